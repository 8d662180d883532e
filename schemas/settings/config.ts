import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { TemperError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { type PlannedStage, TrialPlan, trialPlanText } from '../models/trials.ts';
import { readBounded } from './bounded-file.ts';
import {
  CONNECTION_SETTINGS,
  type Connections,
  clickhouseUrl,
  connectionEnvironment,
  connectionProblems,
  connectionsOf,
  SECRETS,
  secretFile,
} from './connections.ts';
import {
  OBSERVABILITY_SETTINGS,
  type Observability,
  observabilityEnvironment,
  observabilityOf,
  observabilityProblems,
} from './observability.ts';

const share = z.coerce.number().min(0).max(1);
const positiveInt = z.coerce.number().int().positive();
/** A time, such as 15m or 6h, in milliseconds; or off. */
const interval = z
  .string()
  .regex(/^(off|[1-9]\d*[smh])$/, 'expected a time such as 15m, or off')
  .transform(text => (text === 'off' ? null : Number(text.slice(0, -1)) * INTERVAL_MS[text.at(-1) as 's' | 'm' | 'h']));
const INTERVAL_MS = { s: 1_000, m: 60_000, h: 3_600_000 };
const address = z.string().regex(/^[^\s:/]+:\d{1,5}$/, 'expected host:port');

const BUCKET = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([\w!.*'()/-]*))?$/;

/** Every variable that Temper reads, with what it means. `temper doctor` and the README print this table. */
const Environment = z.object({
  TEMPER_DATA: z
    .string()
    .min(1)
    .default('.temper')
    .describe('directory of models, snapshots, logs and embedded services'),
  TEMPER_CACHE: z
    .string()
    .min(1)
    .default(path.join(os.homedir(), '.cache', 'temper'))
    .describe('directory into which Kafka, Temporal, ClickHouse and pretrained models are installed once'),
  TEMPER_KAFKA: z
    .string()
    .transform(text => text.split(',').map(part => part.trim()))
    .pipe(z.array(address).min(1))
    .optional()
    .describe('brokers as host:port,host:port; unset: an embedded broker'),
  TEMPER_TEMPORAL: address.optional().describe('Temporal frontend as host:port; unset: an embedded server'),
  TEMPER_TEMPORAL_UI: z.url().optional().describe("address of Temporal's Web UI, for the links that Temper prints"),
  TEMPER_TEMPORAL_NAMESPACE: z.string().min(1).default('default').describe('Temporal namespace'),
  TEMPER_CLICKHOUSE: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('ClickHouse as http(s)://user:password@host:port; unset: an embedded server'),
  TEMPER_CLICKHOUSE_DATABASE: z
    .string()
    .regex(/^[a-z_][a-z0-9_]*$/, 'expected lower-case letters, digits and _')
    .default('temper')
    .describe('ClickHouse database'),
  ...CONNECTION_SETTINGS,
  TEMPER_PARTITIONS: positiveInt
    .max(1_024)
    .default(4)
    .describe('partitions of each topic that is keyed by user or item'),
  TEMPER_REPLICATION: positiveInt.max(9).default(1).describe('replication factor of the topics'),
  TEMPER_EXPLORATION: share.default(0.1).describe('share of requests answered in uniformly random order'),
  TEMPER_CONTROL: share.default(0.1).describe('share of users who always get the popularity list'),
  TEMPER_POLICY: z
    .string()
    .min(1)
    .optional()
    .describe('JSON file with the policy of each surface; unset: the defaults'),
  TEMPER_POLICIES: z
    .string()
    .min(1)
    .optional()
    .describe('directory of Markdown files from which questions are answered; unset: nobody answers questions'),
  TEMPER_GENERATOR: z
    .union([z.enum(['extractive', 'smollm2-135m-instruct']), z.url({ protocol: /^https?$/ })])
    .default('extractive')
    .describe(
      'what makes answers of sources: their own sentences, or a language model at an OpenAI-compatible address',
    ),
  TEMPER_GENERATOR_MODEL: z.string().min(1).default('default').describe('name of the model at that address'),
  TEMPER_GENERATOR_KEY: z.string().min(1).optional().describe('key for that address, sent as a bearer token'),
  TEMPER_TEXT_ENCODER: z
    .string()
    .min(1)
    .default('all-minilm-l6-v2')
    .describe("what makes vectors of products' texts: a name of `temper models list`, a directory with one, or none"),
  TEMPER_IMAGE_ENCODER: z
    .string()
    .min(1)
    .default('efficientnet-lite0')
    .describe('what makes vectors of pictures and videos, or none'),
  TEMPER_MEDIA: z
    .string()
    .min(1)
    .optional()
    .describe("directory below which products' pictures and videos are; unset: media in TEMPER_DATA"),
  TEMPER_REGISTRY: z
    .string()
    .regex(BUCKET, 'expected s3://bucket or s3://bucket/prefix')
    .optional()
    .describe('bucket of S3 in which models are, as s3://bucket/prefix; unset: models in TEMPER_DATA'),
  TEMPER_REGISTRY_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("address of another store that speaks like S3, http(s)://host:port; unset: Amazon's"),
  TEMPER_REGISTRY_REGION: z.string().min(1).default('us-east-1').describe('region of the bucket'),
  TEMPER_REGISTRY_CREDENTIALS: z
    .string()
    .regex(/^[^:\s]+:\S+$/, 'expected id:secret')
    .optional()
    .describe("access key of the bucket as id:secret; unset: where AWS's own tools look for one"),
  TEMPER_KEYS: z
    .string()
    .min(1)
    .optional()
    .describe(
      'directory of the keys by which promotions sign models and scorers know them; unset: keys in TEMPER_DATA',
    ),
  TEMPER_PSEUDONYM_KEYS: z
    .string()
    .min(1)
    .optional()
    .describe('file of the keys by which users become pseudonyms on their way in; unset: ids stay as they come'),
  TEMPER_GATES: z
    .string()
    .min(1)
    .optional()
    .describe('JSON file with what a candidate has to show before it may serve; unset: the defaults'),
  TEMPER_CONSOLE: z
    .union([
      z.literal('none'),
      z.string().regex(/^(127\.0\.0\.1|localhost|\[::1\]):\d{1,5}$/, 'expected 127.0.0.1:port, localhost:port or none'),
    ])
    .default('127.0.0.1:7433')
    .describe('where the console listens, on loopback alone; the next free port where this one is taken; or none'),
  TEMPER_CONSOLE_ORIGIN: z
    .url({ protocol: /^https$/ })
    .optional()
    .describe('https://host[:port] at which a proxy of yours shows the console to others; unset: nobody else sees it'),
  TEMPER_LABEL_WINDOW_MS: positiveInt
    .default(60_000)
    .describe('how long a list waits for its clicks before it is an example'),
  TEMPER_PURCHASE_WINDOW_MS: positiveInt
    .default(30 * 60_000)
    .describe('how long a list waits for carts and purchases, which amend its example'),
  TEMPER_PROVIDERS: z
    .string()
    .transform(text => text.split(',').map(part => part.trim()))
    .pipe(z.array(z.enum(['cpu', 'cuda'])).min(1))
    .default(['cpu'])
    .describe('ONNX Runtime execution providers, first choice first'),
  TEMPER_RANKER: z
    .enum(['mlp', 'fusion', 'sequence'])
    .default('mlp')
    .describe(
      "what retrainings train: a perceptron on features, a ranker that sees items and histories too, or a blend that expects each user's next item",
    ),
  TEMPER_TRIAL: TrialPlan.default([]).describe(
    'stages through which a model goes before it is promoted, such as shadow:10m,canary:5%:1h,canary:25%:6h (at most 12, of 14 days in all); none',
  ),
  TEMPER_APPROVAL: z
    .enum(['needed', 'none'])
    .default('none')
    .describe('whether somebody has to approve a model that passed the gates before it serves anybody'),
  TEMPER_WATCH: interval
    .default(15 * INTERVAL_MS.m)
    .describe('how often the champion is looked at while it serves, such as 15m; off: never'),
  TEMPER_WATCH_POLICY: z
    .string()
    .min(1)
    .optional()
    .describe('JSON file with what follows from which signal of the watch; unset: the defaults'),
  TEMPER_COMPRESS: z
    .enum(['none', 'int8', 'float16'])
    .default('none')
    .describe('the smaller form in which a trained perceptron or fusion ranker is judged and served'),
  TEMPER_HARDENING: z
    .enum(['off', 'on'])
    .default('off')
    .describe('whether rankers are hardened against fraud and tampering as they learn'),
  TEMPER_THREADS: positiveInt.default(1).describe('threads that one ONNX Runtime session may use'),
  ...OBSERVABILITY_SETTINGS,
  TEMPER_LOG: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info').describe('log level'),
});

/** A bucket that speaks S3's language. */
export interface Bucket {
  bucket: string;
  /** In front of all names: empty, or with a `/` at its end. */
  prefix: string;
  endpoint: string | undefined;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string } | undefined;
}

export interface Config extends Connections, Observability {
  dataDir: string;
  cacheDir: string;
  /** Unset: `models` in the data directory. */
  registry: Bucket | undefined;
  kafka: string[] | undefined;
  temporal: string | undefined;
  temporalUi: string | undefined;
  temporalNamespace: string;
  clickhouse: string | undefined;
  clickhouseDatabase: string;
  partitions: number;
  replication: number;
  exploration: number;
  control: number;
  policy: string | undefined;
  /** Unset: there is no job that answers questions. */
  policies: string | undefined;
  /** `extractive`, a language model that runs here, or the address of one. */
  generator: string;
  generatorModel: string;
  generatorKey: string | undefined;
  textEncoder: string;
  imageEncoder: string;
  media: string;
  /** Unset: `keys` in the data directory. */
  keys: string | undefined;
  pseudonymKeys: string | undefined;
  gates: string | undefined;
  /** host:port on loopback, or none. */
  console: string;
  consoleOrigin: string | undefined;
  labelWindow_ms: number;
  purchaseWindow_ms: number;
  providers: ('cpu' | 'cuda')[];
  ranker: 'mlp' | 'fusion' | 'sequence';
  /** What a model goes through before it is promoted; nothing: it is promoted at once. */
  trial: PlannedStage[];
  approval: 'needed' | 'none';
  /** Null: it is never looked at. */
  watchEvery_ms: number | null;
  watchPolicy: string | undefined;
  compress: 'none' | 'int8' | 'float16';
  hardening: 'off' | 'on';
  threads: number;
  log: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

/**
 * Reads the configuration; a wrong one is refused with all of its errors at once.
 *
 * A secret may stand in a file, which `NAME_FILE` names.
 *
 * @param defaults what counts where the environment says nothing, in its own notation
 */
export function readConfig(
  defaults: Record<string, string> = {},
  environment: Record<string, string | undefined> = process.env,
): Config {
  const { secrets, problems: unread } = secretsFrom({ ...defaults, ...environment });
  const env: Record<string, string | undefined> = { ...defaults, ...environment, ...secrets };
  const unknown = Object.keys(env).filter(
    name => name.startsWith('TEMPER_') && !(name in Environment.shape) && !SECRET_FILES.has(name),
  );
  const parsed = Environment.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')));
  const problems = [
    ...unread,
    ...unknown.map(name => `${name}: there is no such variable`),
    ...(parsed.success
      ? [...connectionProblems(parsed.data), ...observabilityProblems(parsed.data)]
      : parsed.error.issues.map(
          ({ message, path: [name] }) => `${String(name)}: ${message}${came(String(name), env)}`,
        )),
  ];
  if (!parsed.success || problems.length > 0) {
    throw new TemperError('CONFIG_INVALID', {
      got: `\n  ${problems.join('\n  ')}\n`,
      next: 'Correct these environment variables; `temper doctor` lists all of them',
    });
  }
  const e = parsed.data;
  return {
    dataDir: path.resolve(e.TEMPER_DATA),
    cacheDir: path.resolve(e.TEMPER_CACHE),
    registry: bucketOf(e),
    kafka: e.TEMPER_KAFKA,
    temporal: e.TEMPER_TEMPORAL,
    temporalUi: e.TEMPER_TEMPORAL_UI,
    temporalNamespace: e.TEMPER_TEMPORAL_NAMESPACE,
    clickhouse: clickhouseUrl(e),
    ...connectionsOf(e),
    clickhouseDatabase: e.TEMPER_CLICKHOUSE_DATABASE,
    partitions: e.TEMPER_PARTITIONS,
    replication: e.TEMPER_REPLICATION,
    exploration: e.TEMPER_EXPLORATION,
    control: e.TEMPER_CONTROL,
    policy: e.TEMPER_POLICY === undefined ? undefined : path.resolve(e.TEMPER_POLICY),
    policies: e.TEMPER_POLICIES === undefined ? undefined : path.resolve(e.TEMPER_POLICIES),
    generator: e.TEMPER_GENERATOR,
    generatorModel: e.TEMPER_GENERATOR_MODEL,
    generatorKey: e.TEMPER_GENERATOR_KEY,
    textEncoder: e.TEMPER_TEXT_ENCODER,
    imageEncoder: e.TEMPER_IMAGE_ENCODER,
    media: path.resolve(e.TEMPER_MEDIA ?? path.join(e.TEMPER_DATA, 'media')),
    keys: e.TEMPER_KEYS === undefined ? undefined : path.resolve(e.TEMPER_KEYS),
    pseudonymKeys: e.TEMPER_PSEUDONYM_KEYS === undefined ? undefined : path.resolve(e.TEMPER_PSEUDONYM_KEYS),
    gates: e.TEMPER_GATES === undefined ? undefined : path.resolve(e.TEMPER_GATES),
    console: e.TEMPER_CONSOLE,
    consoleOrigin: e.TEMPER_CONSOLE_ORIGIN && new URL(e.TEMPER_CONSOLE_ORIGIN).origin,
    labelWindow_ms: e.TEMPER_LABEL_WINDOW_MS,
    purchaseWindow_ms: e.TEMPER_PURCHASE_WINDOW_MS,
    providers: e.TEMPER_PROVIDERS,
    ranker: e.TEMPER_RANKER,
    trial: e.TEMPER_TRIAL,
    approval: e.TEMPER_APPROVAL,
    watchEvery_ms: e.TEMPER_WATCH,
    watchPolicy: e.TEMPER_WATCH_POLICY === undefined ? undefined : path.resolve(e.TEMPER_WATCH_POLICY),
    compress: e.TEMPER_COMPRESS,
    hardening: e.TEMPER_HARDENING,
    threads: e.TEMPER_THREADS,
    ...observabilityOf(e),
    log: e.TEMPER_LOG,
  };
}

const SECRET_FILES: ReadonlySet<string> = new Set(SECRETS.map(secretFile));

/** Secrets from the files that `NAME_FILE` names, without the end of their last line. */
function secretsFrom(env: Record<string, string | undefined>) {
  const secrets: Record<string, string> = {};
  const problems: string[] = [];
  for (const name of SECRETS) {
    const file = env[secretFile(name)];
    if (!file) continue;
    if (env[name]) {
      problems.push(`${name}: is given twice, also as ${secretFile(name)}`);
      continue;
    }
    try {
      const text = readBounded(file, LIMITS.settings_file_bytes)
        .toString('utf8')
        .replace(/\r?\n$/, '');
      if (text === '') throw new Error('expected a secret, got nothing');
      secrets[name] = text;
    } catch (error) {
      problems.push(`${secretFile(name)}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { secrets, problems };
}

/** What came, but for a secret. */
function came(name: string, env: Record<string, string | undefined>): string {
  return (SECRETS as readonly string[]).includes(name) ? '' : `, got ${JSON.stringify(env[name])}`;
}

function bucketOf(e: z.output<typeof Environment>): Bucket | undefined {
  const [, bucket, folder = ''] = BUCKET.exec(e.TEMPER_REGISTRY ?? '') ?? [];
  if (bucket === undefined) return undefined;
  const [accessKeyId, ...secret] = e.TEMPER_REGISTRY_CREDENTIALS?.split(':') ?? [];
  const prefix = folder.replace(/^\/+|\/+$/g, '');
  return {
    bucket,
    prefix: prefix === '' ? '' : `${prefix}/`,
    endpoint: e.TEMPER_REGISTRY_ENDPOINT,
    region: e.TEMPER_REGISTRY_REGION,
    credentials: accessKeyId === undefined ? undefined : { accessKeyId, secretAccessKey: secret.join(':') },
  };
}

/** The variables with their meanings, for `temper doctor`. */
export function describeConfig(): { name: string; meaning: string }[] {
  return Object.entries(Environment.shape).map(([name, schema]) => ({ name, meaning: schema.description ?? '' }));
}

/** This process's environment with the configuration in it: for the processes that Temper starts. */
export function childEnvironment(config: Config): Record<string, string | undefined> {
  const inherited = Object.entries(process.env).filter(([name]) => !SECRET_FILES.has(name)); // they are read already
  return { ...Object.fromEntries(inherited), ...toEnvironment(config) };
}

/** The configuration as the variables that give it again. */
export function toEnvironment(config: Config): Record<string, string> {
  const values: Record<keyof typeof Environment.shape, string | number | undefined> = {
    TEMPER_DATA: config.dataDir,
    TEMPER_CACHE: config.cacheDir,
    TEMPER_REGISTRY: config.registry && `s3://${config.registry.bucket}/${config.registry.prefix}`,
    TEMPER_REGISTRY_ENDPOINT: config.registry?.endpoint,
    TEMPER_REGISTRY_REGION: config.registry?.region,
    TEMPER_REGISTRY_CREDENTIALS: config.registry?.credentials && Object.values(config.registry.credentials).join(':'),
    TEMPER_KAFKA: config.kafka?.join(','),
    TEMPER_TEMPORAL: config.temporal,
    TEMPER_TEMPORAL_UI: config.temporalUi,
    TEMPER_TEMPORAL_NAMESPACE: config.temporalNamespace,
    TEMPER_CLICKHOUSE: config.clickhouse,
    TEMPER_CLICKHOUSE_DATABASE: config.clickhouseDatabase,
    ...connectionEnvironment(config),
    TEMPER_PARTITIONS: config.partitions,
    TEMPER_REPLICATION: config.replication,
    TEMPER_EXPLORATION: config.exploration,
    TEMPER_CONTROL: config.control,
    TEMPER_POLICY: config.policy,
    TEMPER_POLICIES: config.policies,
    TEMPER_GENERATOR: config.generator,
    TEMPER_GENERATOR_MODEL: config.generatorModel,
    TEMPER_GENERATOR_KEY: config.generatorKey,
    TEMPER_TEXT_ENCODER: config.textEncoder,
    TEMPER_IMAGE_ENCODER: config.imageEncoder,
    TEMPER_MEDIA: config.media,
    TEMPER_KEYS: config.keys,
    TEMPER_PSEUDONYM_KEYS: config.pseudonymKeys,
    TEMPER_GATES: config.gates,
    TEMPER_CONSOLE: config.console,
    TEMPER_CONSOLE_ORIGIN: config.consoleOrigin,
    TEMPER_LABEL_WINDOW_MS: config.labelWindow_ms,
    TEMPER_PURCHASE_WINDOW_MS: config.purchaseWindow_ms,
    TEMPER_PROVIDERS: config.providers.join(','),
    TEMPER_RANKER: config.ranker,
    TEMPER_TRIAL: trialPlanText(config.trial),
    TEMPER_APPROVAL: config.approval,
    TEMPER_WATCH: config.watchEvery_ms === null ? 'off' : `${config.watchEvery_ms / 1_000}s`,
    TEMPER_WATCH_POLICY: config.watchPolicy,
    TEMPER_COMPRESS: config.compress,
    TEMPER_HARDENING: config.hardening,
    TEMPER_THREADS: config.threads,
    ...observabilityEnvironment(config),
    TEMPER_LOG: config.log,
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, v]) => (v === undefined ? [] : [[name, String(v)]])),
  );
}
