/** What one of something costs, as it was seen on a machine with 2 cores (AMD EPYC): each with what measures it again. */
export interface Costs {
  features_events_per_cpu_second: number;
  sinks_rows_per_cpu_second: number;
  /** ClickHouse's, to insert a million events. */
  clickhouse_cpu_seconds_per_million: number;
  scorer_cpu_seconds_per_list: number;
  /** Each scorer applies what all users do. */
  scorer_follows_events_per_cpu_second: number;
  /** Of an event, in the logs of users and items together. */
  log_bytes_per_event: number;
  snapshot_bytes_per_log_byte: number;
  state_bytes_per_user: number;
  restore_cpu_seconds_per_million_users: number;
  /** A record, as the broker stores it. */
  kafka_bytes: { event: number; request: number; list: number; examples: number };
  /** A row, compressed and merged. */
  clickhouse_bytes: { event: number; list: number; example: number };
}

export const COSTS: Costs = {
  features_events_per_cpu_second: 108_000, // temper bench scale: 97 to 116 thousand with one process
  sinks_rows_per_cpu_second: 217_000, // the same: 197 to 248 thousand with one process
  clickhouse_cpu_seconds_per_million: 5, // the same: 4.6 to 5.4
  scorer_cpu_seconds_per_list: 0.0041, // temper start --rate 30: the scorer's cpu_seconds on job.metrics, over its lists
  scorer_follows_events_per_cpu_second: 80_000, // temper bench follow, without Kafka's client: 74 and 88 thousand
  log_bytes_per_event: 23.5, // npm run bench:restore
  snapshot_bytes_per_log_byte: 1, // as declared in streams/features/log/rotation.ts
  state_bytes_per_user: 700, // npm run bench:restore, users at rest
  restore_cpu_seconds_per_million_users: 22, // npm run bench:restore
  kafka_bytes: { event: 231, request: 173, list: 7_109, examples: 5_317 }, // temper start --rate 30, temper bench bytes
  clickhouse_bytes: { event: 19.1, list: 1_195, example: 119 }, // the same
};
