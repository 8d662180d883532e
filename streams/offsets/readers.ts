import { JOBS, type JobName, type TopicName } from '../graph.ts';

/** A group that keeps its place, and what it means that records were lost before it had read them. */
export interface Reader {
  job: JobName;
  group: string;
  topics: readonly TopicName[];
  /** Of records that are skipped. */
  misses: string;
  /** Whether what it writes names their offsets, or it finds its place without: whole topics, or its own log. */
  remembers: boolean;
}

export const READERS: readonly Reader[] = [
  {
    job: 'pseudonyms',
    group: 'temper.pseudonyms',
    topics: JOBS.pseudonyms.reads,
    misses: 'nobody hears of these events and requests, and lists among them do not go back to the shop',
    remembers: true,
  },
  {
    job: 'features',
    group: 'temper.features.users',
    topics: ['shop.events'],
    misses: 'the features of their users and items lack these events, and go on with the next',
    remembers: true,
  },
  {
    job: 'scorer',
    group: 'temper.scorer',
    topics: JOBS.scorer.reads,
    misses: 'these requests stay without a list',
    remembers: true,
  },
  {
    job: 'enrich',
    group: 'temper.enrich',
    topics: JOBS.enrich.reads,
    misses: 'nothing: the catalogue is read whole at every start',
    remembers: false,
  },
  {
    job: 'outcomes',
    group: 'temper.outcomes',
    topics: JOBS.outcomes.reads,
    misses: 'lists among them become no examples, and examples lack what their users did',
    remembers: true,
  },
  {
    job: 'billing',
    group: 'temper.billing',
    topics: JOBS.billing.reads,
    misses: 'what was clicked is not charged',
    remembers: true,
  },
  {
    job: 'support',
    group: 'temper.support',
    topics: JOBS.support.reads,
    misses: 'questions among them stay without an answer',
    remembers: true,
  },
  {
    job: 'sinks',
    group: 'temper.sinks',
    topics: JOBS.sinks.reads,
    misses: 'ClickHouse has no rows of them, and those that are refused among them no dead letters',
    remembers: true,
  },
];

/** The logs and snapshots of features, whose place is in themselves. */
export const FEATURES = {
  group: 'temper.features.items',
  /** Read by that group. */
  topic: 'features.item.log',
  topics: ['features.user.log', 'features.user.snapshots', 'features.item.log', 'features.item.snapshots'],
  /** All that read one of them. */
  readers: ['temper.features.users', 'temper.features.items', 'temper.scorer', 'temper.sinks'],
  misses: 'the features of all users and items are made anew from the events that are left, and forget what is older',
} as const satisfies { topic: TopicName; topics: readonly TopicName[] } & Record<string, unknown>;
