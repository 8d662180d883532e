import path from 'node:path';
import type { z } from 'zod';
import { TemperError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { type PlannedStage, trialPlanText } from '../models/trials.ts';
import { readBounded } from './bounded-file.ts';
import {
  type Connections,
  clickhouseUrl,
  connectionEnvironment,
  connectionProblems,
  connectionsOf,
  SECRETS,
  secretFile,
} from './connections.ts';
import { BUCKET, Environment } from './environment.ts';
import {
  type Observability,
  observabilityEnvironment,
  observabilityOf,
  observabilityProblems,
} from './observability.ts';

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
  warmStart: 'on' | 'off';
  hardening: 'off' | 'on';
  /** Null: nothing is hidden. */
  dpNoise: number | null;
  dpClip: number;
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
      ? [...connectionProblems(parsed.data), ...observabilityProblems(parsed.data), ...trainingProblems(parsed.data)]
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
    warmStart: e.TEMPER_WARM_START,
    hardening: e.TEMPER_HARDENING,
    dpNoise: e.TEMPER_DP_NOISE,
    dpClip: e.TEMPER_DP_CLIP,
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
    TEMPER_WARM_START: config.warmStart,
    TEMPER_HARDENING: config.hardening,
    TEMPER_DP_NOISE: config.dpNoise ?? 'off',
    TEMPER_DP_CLIP: config.dpClip,
    TEMPER_THREADS: config.threads,
    ...observabilityEnvironment(config),
    TEMPER_LOG: config.log,
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, v]) => (v === undefined ? [] : [[name, String(v)]])),
  );
}

/** What hides examples is made for the perceptron, and for examples as they are. */
function trainingProblems(e: Settings): string[] {
  if (e.TEMPER_DP_NOISE === null) return [];
  const kind = e.TEMPER_RANKER === 'mlp' ? [] : [`TEMPER_DP_NOISE: expected TEMPER_RANKER=mlp, got ${e.TEMPER_RANKER}`];
  return [...kind, ...(e.TEMPER_HARDENING === 'on' ? ['TEMPER_DP_NOISE: expected TEMPER_HARDENING=off, got on'] : [])];
}

type Settings = z.output<typeof Environment>;
