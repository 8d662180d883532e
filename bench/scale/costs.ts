import { SNAPSHOTS_PER_LOG } from '../../streams/features/log/rotation.ts';

/** Something that costs something: what was seen of it, once or several times, and what measures it again. */
interface Seen {
  what: string;
  seen: readonly number[];
  unit: string;
  by: string;
}

const SCALE = '`temper bench scale`';
const FOLLOW = '`temper bench follow`';
const RESTORE = '`npm run bench:restore`';
const SCORER = '`temper start --rate 30`, `cpu_seconds` on `job.metrics`';
const BYTES = '`temper start`, `temper bench bytes`';
const A_SECOND = 'a second by one process';

/**
 * What one of something costs, as it was seen on a machine with 2 cores (AMD EPYC). Who measures anew changes it here: a
 * test holds docs/operations.md to all of it.
 */
export const SEEN = {
  features_events_per_second: { what: 'features', seen: [99_000, 112_000], unit: `events ${A_SECOND}`, by: SCALE },
  sinks_rows_per_second: { what: 'sinks, events', seen: [178_000, 184_000], unit: `rows ${A_SECOND}`, by: SCALE },
  clickhouse_cpu_seconds_per_million: {
    what: 'ClickHouse, a million events inserted',
    seen: [4.8, 5.2],
    unit: 'CPU-seconds',
    by: SCALE,
  },
  scorer_cpu_ms_per_list: {
    what: 'a list, features of others followed meanwhile',
    seen: [4.1],
    unit: 'ms of CPU time of the scorer',
    by: SCORER,
  },
  /** Each scorer applies what all users do. */
  scorer_follows_events_per_cpu_second: {
    what: "all users and items followed, without Kafka's client",
    seen: [74_000, 88_000],
    unit: 'events a CPU-second of each scorer',
    by: FOLLOW,
  },
  log_bytes_per_event: { what: 'an event in the logs of users and items', seen: [23.5], unit: 'bytes', by: RESTORE },
  snapshot_bytes_per_log_byte: {
    what: 'snapshots for each byte of the log',
    seen: [SNAPSHOTS_PER_LOG],
    unit: 'bytes',
    by: '`SNAPSHOTS_PER_LOG`',
  },
  state_bytes_per_user: { what: 'the state of a user who rests', seen: [800], unit: 'bytes', by: RESTORE },
  restore_cpu_seconds_per_million_users: {
    what: 'a million users restored',
    seen: [21.9],
    unit: 'CPU-seconds',
    by: RESTORE,
  },
  kafka_bytes_per_event: { what: 'an event in Kafka', seen: [231, 236], unit: 'bytes', by: BYTES },
  kafka_bytes_per_request: { what: 'a request in Kafka', seen: [173, 199], unit: 'bytes', by: BYTES },
  kafka_bytes_per_list: { what: 'a list in Kafka', seen: [6_739], unit: 'bytes', by: BYTES },
  kafka_bytes_per_examples: { what: 'the examples of a list in Kafka', seen: [5_099], unit: 'bytes', by: BYTES },
  clickhouse_bytes_per_event: { what: 'a row of `events`, merged', seen: [19.1, 18.9], unit: 'bytes', by: BYTES },
  clickhouse_bytes_per_list: {
    what: 'a row of `ranked_lists`, merged',
    seen: [1_195, 1_185],
    unit: 'bytes',
    by: BYTES,
  },
  clickhouse_bytes_per_example: { what: 'a row of `examples`, merged', seen: [119, 121.5], unit: 'bytes', by: BYTES },
} as const satisfies Record<string, Seen>;

export type Costs = Readonly<Record<keyof typeof SEEN, number>>;

/** The mean of what was seen. */
export const COSTS = Object.fromEntries(Object.entries(SEEN).map(([name, { seen }]) => [name, meanOf(seen)])) as Costs;

/** A line of the table in docs/operations.md. */
export function lineOf({ what, seen, unit, by }: Seen): string {
  const numbers = seen.map(value => (value < 10_000 ? value.toLocaleString('en') : `${value / 1_000} thousand`));
  return `| ${what} | ${numbers.join(' and ')} ${unit} | ${by} |`;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
