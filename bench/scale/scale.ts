import { printResult, progress, table } from '../../cli/output.ts';
import { measureScale, SCALED, type Scaled, type ScaleRow } from './measure.ts';

export interface ScaleOptions {
  partitions: readonly number[];
  processes: readonly number[];
  events: number;
  json?: boolean;
}

/** Each job that works off events, with each number of partitions and processes, one run after the other. */
export async function benchScale({ partitions, processes, events, json = false }: ScaleOptions): Promise<void> {
  const rows: ScaleRow[] = [];
  for (const job of Object.keys(SCALED) as Scaled[]) {
    for (const each of partitions) {
      // A process that gets no partition would only watch.
      for (const many of processes.filter(number => number <= each)) {
        progress(`${job}: ${each} partitions, ${many} processes`);
        const row = await measureScale({ job, partitions: each, processes: many, events });
        progress(`${row.events_per_second} events a second, ${row.events_per_cpu_second} a CPU-second`);
        rows.push(row);
      }
    }
  }
  printResult({ rows }, json, () =>
    table([
      ['JOB', 'PARTITIONS', 'PROCESSES', 'EVENTS/S', 'EVENTS/CPU-S', 'KAFKA CPU-S/M', 'CLICKHOUSE CPU-S/M', 'RSS MB'],
      ...rows.map(row => [
        row.job,
        ...[row.partitions, row.processes, row.events_per_second, row.events_per_cpu_second].map(String),
        ...[row.kafka_cpu_seconds_per_million, row.clickhouse_cpu_seconds_per_million, row.rss_mb].map(String),
      ]),
    ]),
  );
}
