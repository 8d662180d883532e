import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { TrialPlan } from '../models/trials.ts';
import { CONNECTION_SETTINGS } from './connections.ts';
import { OBSERVABILITY_SETTINGS } from './observability.ts';

const share = z.coerce.number().min(0).max(1);
const positiveInt = z.coerce.number().int().positive();
/** A time, such as 15m or 6h, in milliseconds; or off. */
const interval = z
  .string()
  .regex(/^(off|[1-9]\d*[smh])$/, 'expected a time such as 15m, or off')
  .transform(text => (text === 'off' ? null : Number(text.slice(0, -1)) * INTERVAL_MS[text.at(-1) as 's' | 'm' | 'h']));
const INTERVAL_MS = { s: 1_000, m: 60_000, h: 3_600_000 };
const address = z.string().regex(/^[^\s:/]+:\d{1,5}$/, 'expected host:port');

export const BUCKET = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([\w!.*'()/-]*))?$/;

/** Every variable that Temper reads, with what it means. `temper doctor` and the README print this table. */
export const Environment = z.object({
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
    .describe(
      'bucket of S3 in which models and snapshots of examples are, as s3://bucket/prefix; unset: models in TEMPER_DATA',
    ),
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
  TEMPER_WARM_START: z
    .enum(['on', 'off'])
    .default('on')
    .describe("whether retrainings begin from the champion's parameters, where these fit"),
  TEMPER_HARDENING: z
    .enum(['off', 'on'])
    .default('off')
    .describe('whether rankers are hardened against fraud and tampering as they learn'),
  TEMPER_DP_NOISE: z
    .union([z.literal('off').transform(() => null), z.coerce.number().gt(0).max(100)])
    .default(null)
    .describe(
      'noise that hides each example from a perceptron that learns, in lengths of a clipped gradient, such as 1; or off',
    ),
  TEMPER_DP_CLIP: z.coerce
    .number()
    .gt(0)
    .default(1)
    .describe('length to which the gradient of an example is clipped then'),
  TEMPER_THREADS: positiveInt.default(1).describe('threads that one ONNX Runtime session may use'),
  ...OBSERVABILITY_SETTINGS,
  TEMPER_LOG: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info').describe('log level'),
});

/** The variables with their meanings, for `temper doctor`. */
export function describeConfig(): { name: string; meaning: string }[] {
  return Object.entries(Environment.shape).map(([name, schema]) => ({ name, meaning: schema.description ?? '' }));
}
