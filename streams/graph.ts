import { z } from 'zod';
import { LIMITS } from '../schemas/limits.ts';
import { Promotion } from '../schemas/models/models.ts';
import { Shadow, Trial, TrialEnd } from '../schemas/models/trials.ts';
import { readPolicies } from '../schemas/policies/policies.ts';
import type { Retention } from '../schemas/policies/retention.ts';
import type { Config } from '../schemas/settings/config.ts';
import { Account, Campaign, Charge, Claim, LearnedForAds, Shown } from '../schemas/topics/ads.ts';
import { Product, ShopEvent, UserDeed } from '../schemas/topics/events.ts';
import { DeadLetter, JobReport } from '../schemas/topics/operations.ts';
import type { Plain } from '../schemas/topics/parse.ts';
import { PlainEvent } from '../schemas/topics/plain-event.ts';
import { isPlainRequest } from '../schemas/topics/plain-request.ts';
import { Example, RankedList, RankRequest } from '../schemas/topics/ranking.ts';
import { LearnedSearches } from '../schemas/topics/search.ts';
import { Answer } from '../schemas/topics/support.ts';
import { ItemVectors, VectorProgress } from '../schemas/topics/vectors.ts';
import { DeltaReader } from './features/log/delta.ts';
import { ITEMS, USERS } from './features/log/entities.ts';
import { readSnapshot } from './features/log/snapshot.ts';
import type { TopicSpec } from './kafka/bus.ts';

export type Topic = (
  | ({
      /** Of JSON. */
      schema: z.ZodType;
    } & Plain)
  | {
      /** Of packed bytes. Throws RECORD_REFUSED. */
      unpack: (value: Buffer) => unknown;
    }
) & {
  /**
   * What the record's key is. Topics of the same key have the same partitions, so that a key's records meet in one
   * process. `source` and `bucket`: packed for a partition of users or items, to which it is sent.
   */
  key: 'user' | 'item' | 'campaign' | 'source' | 'bucket' | 'surface' | 'part' | 'position' | 'process';
  /**
   * Compacted topics keep the last record of each key, some of them for so many days; the others keep days, or what is
   * not in all snapshots yet: their job deletes it then.
   */
  keep: 'compacted' | 'compacted at once' | 'until in snapshots' | { days: number } | { compacted_days: number };
  /** Above it a record is refused unread. */
  limit_bytes: number;
};

const plainEvent = new PlainEvent();
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The topics: what flows between the jobs. */
export const TOPICS = {
  // Where the shop's own ids are to go no further: a job stands between these and the topics that all others read.
  'raw.events': { schema: UserDeed, key: 'user', keep: { days: 1 }, limit_bytes: LIMITS.event_bytes },
  'raw.requests': { schema: RankRequest, key: 'user', keep: { days: 1 }, limit_bytes: LIMITS.request_bytes },
  'raw.lists': { schema: RankedList, key: 'user', keep: { days: 1 }, limit_bytes: LIMITS.record_bytes },
  'shop.events': {
    schema: ShopEvent,
    isPlain: value => plainEvent.read(value),
    key: 'user',
    keep: { days: 7 },
    limit_bytes: LIMITS.event_bytes,
  },
  'shop.catalogue': { schema: Product, key: 'item', keep: 'compacted', limit_bytes: LIMITS.event_bytes },
  'rank.requests': {
    schema: RankRequest,
    isPlainJson: isPlainRequest,
    key: 'user',
    keep: { days: 1 },
    limit_bytes: LIMITS.request_bytes,
  },
  'rank.lists': { schema: RankedList, key: 'user', keep: { days: 7 }, limit_bytes: LIMITS.record_bytes },
  'rank.shadows': { schema: Shadow, key: 'user', keep: { days: 1 }, limit_bytes: LIMITS.request_bytes },
  'support.answers': { schema: Answer, key: 'user', keep: { days: 7 }, limit_bytes: LIMITS.record_bytes },
  'rank.examples': { schema: Example, key: 'user', keep: { days: 7 }, limit_bytes: LIMITS.record_bytes },
  'shop.campaigns': { schema: Campaign, key: 'campaign', keep: 'compacted', limit_bytes: LIMITS.request_bytes },
  'ads.claims': { schema: Claim, key: 'campaign', keep: { days: 7 }, limit_bytes: LIMITS.event_bytes },
  'ads.charges': { schema: Charge, key: 'campaign', keep: { days: 7 }, limit_bytes: LIMITS.event_bytes },
  'ads.ledger': { schema: Account, key: 'campaign', keep: 'compacted', limit_bytes: LIMITS.event_bytes },
  'ads.shown': {
    schema: Shown,
    key: 'user',
    keep: { compacted_days: LIMITS.cap_hours / 24 },
    limit_bytes: LIMITS.record_bytes,
  },
  'ads.learned': { schema: LearnedForAds, key: 'part', keep: 'compacted', limit_bytes: LIMITS.event_bytes },
  'features.user.log': {
    unpack: value => new DeltaReader(value, true),
    key: 'source',
    keep: 'until in snapshots',
    limit_bytes: LIMITS.record_bytes,
  },
  'features.item.log': {
    unpack: value => new DeltaReader(value, false),
    key: 'source',
    keep: 'until in snapshots',
    limit_bytes: LIMITS.record_bytes,
  },
  'features.user.snapshots': {
    unpack: value => readSnapshot(value, USERS.format),
    key: 'bucket',
    keep: 'compacted at once',
    limit_bytes: LIMITS.record_bytes,
  },
  'features.item.snapshots': {
    unpack: value => readSnapshot(value, ITEMS.format),
    key: 'bucket',
    keep: 'compacted at once',
    limit_bytes: LIMITS.record_bytes,
  },
  'item.vectors': { schema: ItemVectors, key: 'item', keep: 'compacted', limit_bytes: LIMITS.record_bytes },
  'vector.progress': { schema: VectorProgress, key: 'part', keep: 'compacted', limit_bytes: LIMITS.record_bytes },
  'search.learned': { schema: LearnedSearches, key: 'part', keep: 'compacted', limit_bytes: LIMITS.record_bytes },
  models: {
    schema: z.union([Trial, TrialEnd, Promotion]),
    key: 'surface',
    keep: 'compacted',
    limit_bytes: LIMITS.record_bytes,
  },
  'dead.letters': { schema: DeadLetter, key: 'position', keep: { days: 14 }, limit_bytes: LIMITS.record_bytes },
  'job.metrics': { schema: JobReport, key: 'process', keep: { days: 1 }, limit_bytes: LIMITS.record_bytes },
} as const satisfies Record<string, Topic>;

export type TopicName = keyof typeof TOPICS;

interface Job {
  does: string;
  /** Read as a member of the job's consumer group: each partition by one process. */
  reads: readonly TopicName[];
  /** Read whole by every process, into memory. */
  follows: readonly TopicName[];
  writes: readonly TopicName[];
  /** ClickHouse tables that it fills. */
  fills: readonly string[];
  /** ClickHouse tables that it asks while it works. */
  asks?: readonly string[];
  /** Whether nobody waits for what it does: on one machine it then stands behind those for which somebody does. */
  background: boolean;
}

/** The jobs: who reads what and writes what. `temper run JOB` starts one; the launcher starts all. */
export const JOBS = {
  pseudonyms: {
    does: 'puts keyed hashes in the place of users, and gives lists back under those who asked',
    reads: ['raw.events', 'raw.requests', 'rank.lists'],
    follows: ['raw.requests'],
    writes: ['shop.events', 'rank.requests', 'raw.lists', 'dead.letters', 'job.metrics'],
    fills: [],
    background: false,
  },
  features: {
    does: 'reduces events to features of users and items',
    reads: ['shop.events', 'features.item.log'],
    follows: ['features.user.log', 'features.item.log', 'features.user.snapshots', 'features.item.snapshots'],
    writes: [
      'features.user.log',
      'features.item.log',
      'features.user.snapshots',
      'features.item.snapshots',
      'job.metrics',
    ],
    fills: [],
    background: false,
  },
  enrich: {
    does: 'turns products into vectors: their texts, pictures and videos',
    reads: ['shop.catalogue'],
    follows: ['shop.catalogue', 'item.vectors', 'vector.progress'],
    writes: ['item.vectors', 'vector.progress', 'job.metrics'],
    fills: [],
    background: true,
  },
  scorer: {
    does: 'answers each rank request with a ranked list',
    reads: ['rank.requests'],
    follows: [
      'shop.catalogue',
      'features.user.log',
      'features.item.log',
      'features.user.snapshots',
      'features.item.snapshots',
      'item.vectors',
      'vector.progress',
      'search.learned',
      'models',
      'shop.campaigns',
      'ads.ledger',
      'ads.shown',
      'ads.learned',
      'job.metrics',
    ],
    writes: ['rank.lists', 'rank.shadows', 'ads.shown', 'dead.letters', 'job.metrics'],
    fills: [],
    background: false,
  },
  outcomes: {
    does: 'joins lists with what their users did, into examples and what is claimed for ads',
    reads: ['rank.lists', 'shop.events'],
    follows: [],
    writes: ['rank.examples', 'ads.claims', 'job.metrics'],
    fills: [],
    background: true,
  },
  billing: {
    does: 'charges campaigns for what was claimed, within their budgets',
    reads: ['ads.claims'],
    follows: ['ads.ledger'],
    writes: ['ads.charges', 'ads.ledger', 'job.metrics'],
    fills: [],
    background: true,
  },
  support: {
    does: 'answers questions from the policies, the catalogue, and the orders of who asks',
    reads: ['shop.events'],
    follows: ['shop.catalogue', 'rank.lists', 'support.answers'],
    writes: ['rank.requests', 'support.answers', 'job.metrics'],
    fills: [],
    asks: ['events'],
    background: false,
  },
  sinks: {
    does: 'archives topics in ClickHouse, and what is refused in the dead letters',
    reads: [
      'shop.events',
      'shop.catalogue',
      'rank.lists',
      'rank.shadows',
      'rank.examples',
      'support.answers',
      'shop.campaigns',
      'ads.charges',
      'features.user.snapshots',
      'features.item.snapshots',
      'item.vectors',
      'dead.letters',
    ],
    follows: [],
    writes: ['dead.letters', 'job.metrics'],
    fills: [
      'events',
      'catalogue',
      'ranked_lists',
      'shadows',
      'examples',
      'answers',
      'campaigns',
      'charges',
      'user_features',
      'item_features',
      'item_vectors',
      'dead_letters',
    ],
    background: true,
  },
  worker: {
    does: 'runs the workflows that retrain, judge, promote and watch models, check and backfill features, erase users, and learn from searches and ads',
    reads: [],
    follows: [
      'models',
      'features.user.log',
      'features.item.log',
      'features.user.snapshots',
      'features.item.snapshots',
      'job.metrics',
    ],
    writes: [
      'models',
      'search.learned',
      'shop.events',
      'ads.shown',
      'ads.learned',
      'features.user.log',
      'features.item.log',
      'features.user.snapshots',
      'features.item.snapshots',
      'job.metrics',
    ],
    fills: [
      'erasures',
      'erasure_deeds',
      'promotions',
      'training_progress',
      'rebuilds',
      'feature_comparisons',
      'feature_consistency',
      'watch_looks',
      'watch_signals',
      'watch_drift',
      'watch_references',
    ],
    background: true,
  },
} as const satisfies Record<string, Job>;

export type JobName = keyof typeof JOBS;

/**
 * The jobs that a configuration asks for: nobody answers questions where there is nothing to answer from, or makes
 * pseudonyms without a key.
 */
export function jobsFor({ policies, pseudonymKeys }: Pick<Config, 'policies' | 'pseudonymKeys'>): JobName[] {
  const asksFor: Partial<Record<JobName, unknown>> = { support: policies, pseudonyms: pseudonymKeys };
  return (Object.keys(JOBS) as JobName[]).filter(job => !(job in asksFor) || asksFor[job] !== undefined);
}

/** Whether a job needs ClickHouse. */
export function usesStore(job: JobName): boolean {
  const { fills, asks = [] }: Job = JOBS[job];
  return fills.length + asks.length > 0;
}

/** What the launcher creates where it is missing. */
export function topicSpecs(config: Config): TopicSpec[] {
  const { topics } = readPolicies(config.policy).retention;
  return Object.entries<Topic>(TOPICS).map(([topic, { key, keep }]) => ({
    topic,
    ...(topic in topics && { decided: ['retention.ms', 'segment.ms'] }),
    partitions: SHARED.has(key) ? config.partitions : 1,
    replication: config.replication,
    config: {
      'max.message.bytes': String(LIMITS.record_bytes),
      // The broker's clock: against it a shop's clock that runs ahead is seen, and freshness is measured.
      'message.timestamp.type': 'LogAppendTime',
      // Producers may compress: the broker unpacks it, as it holds what is packed to no limit of what is in it.
      'compression.type': 'uncompressed',
      ...keeping(keptBy(topics, topic, keep)),
    },
  }));
}

/** How a topic is kept: by its age, as the shop's policy has it, where that says anything of it. */
export function keptBy(topics: Retention['topics'], topic: string, keep: Topic['keep']): Topic['keep'] {
  const days = topics[topic as keyof typeof topics];
  return days === undefined ? keep : { days };
}

/** The keys whose topics have as many partitions as there are of users and items. Campaigns have them to share the work. */
const SHARED: ReadonlySet<Topic['key']> = new Set(['user', 'item', 'campaign', 'source', 'bucket']);

function keeping(keep: Topic['keep']): Record<string, string> {
  // A stale write by a process that was thought dead loses to the newer one, as long as this is still in the log.
  if (keep === 'compacted') return { 'cleanup.policy': 'compact', 'min.compaction.lag.ms': String(HOUR_MS) };
  // Here it costs whoever reads it no more than a longer way through the log.
  // It may be cut as well: `delete` allows that, and no time does it.
  if (keep === 'compacted at once')
    return { 'cleanup.policy': 'compact,delete', 'retention.ms': '-1', ...COMPACTED_SOON };
  if (keep === 'until in snapshots') return { 'cleanup.policy': 'delete', 'retention.ms': '-1', ...SEGMENTS };
  if ('days' in keep) {
    const ms = keep.days * DAY_MS;
    // A segment is deleted when its last record is too old: its first one is kept by the segment's span longer.
    return { 'cleanup.policy': 'delete', 'retention.ms': String(ms), 'segment.ms': String(Math.ceil(ms * SEGMENT)) };
  }
  return {
    'cleanup.policy': 'compact,delete',
    'retention.ms': String(keep.compacted_days * DAY_MS),
    ...COMPACTED_SOON,
  };
}

/** Only whole segments are compacted or deleted: what is read at every start should not wait for a gigabyte. */
const SEGMENTS = { 'segment.bytes': String(64 * 1024 * 1024) };
/** Of what a retention is worth, a segment's span. */
const SEGMENT = 1 / 7;
/** What was replaced is gone after a day, however little comes: it may be of somebody who is to be forgotten. */
const COMPACTED_SOON = { ...SEGMENTS, 'max.compaction.lag.ms': String(DAY_MS) };

/** The graph as a Mermaid flowchart. */
export function toMermaid(): string {
  const node = (name: string) => name.replace(/\W/g, '_');
  const lines = ['flowchart LR'];
  for (const topic of Object.keys(TOPICS)) lines.push(`  ${node(topic)}[(${topic})]`);
  for (const [job, { does, reads, follows, writes, fills, asks = [] }] of Object.entries<Job>(JOBS)) {
    lines.push(`  job_${job}["<b>${job}</b><br>${does}"]`);
    for (const topic of reads) lines.push(`  ${node(topic)} --> job_${job}`);
    for (const topic of follows) lines.push(`  ${node(topic)} -.-> job_${job}`);
    for (const topic of writes) if (topic !== 'job.metrics') lines.push(`  job_${job} --> ${node(topic)}`);
    for (const table of fills) lines.push(`  job_${job} --> ch_${table}[[ClickHouse ${table}]]`);
    for (const table of asks) lines.push(`  ch_${table} -.-> job_${job}`);
  }
  return `${lines.join('\n')}\n`;
}
