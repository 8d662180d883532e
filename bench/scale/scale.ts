import { explain, printResult, progress, table } from '../../cli/output.ts';
import { withEmbedded } from '../embedded.ts';
import { fillEvents } from '../features/fill.ts';
import { measureScale, SCALED, type Scaled, type ScaleRow } from './measure.ts';

export interface ScaleOptions {
  partitions: readonly number[];
  processes: readonly number[];
  events: number;
  seconds: number;
  json?: boolean;
}

const USERS = 20_000;
const ITEMS = 5_000;

/**
 * Each job that works off events, with each number of partitions and processes, one run after the other; for each number of
 * partitions there are services of its own, and one log. What was measured is printed also where it is interrupted.
 *
 * @returns the exit code: 0 where all was measured
 */
export async function benchScale({ json = false, ...options }: ScaleOptions): Promise<number> {
  const rows: ScaleRow[] = [];
  const stopping = new AbortController();
  const interrupt = () => stopping.abort(new Error('interrupted'));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);
  let code = 0;
  try {
    await measureAll(options, stopping.signal, row => rows.push(row));
  } catch (error) {
    progress(`temper: ${stopping.signal.aborted ? 'interrupted' : explain(error)}`);
    code = 1;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt);
  }
  printResult({ complete: code === 0, rows }, json, () => inColumns(rows));
  return code;
}

async function measureAll(
  { partitions, processes, events, seconds }: Omit<ScaleOptions, 'json'>,
  signal: AbortSignal,
  tell: (row: ScaleRow) => void,
): Promise<void> {
  // A process that gets no partition would only watch.
  const settings = (each: number) =>
    (Object.keys(SCALED) as Scaled[]).flatMap(job =>
      processes.filter(many => many <= each).map(many => ({ job, partitions: each, processes: many })),
    );
  const all = partitions.reduce((sum, each) => sum + settings(each).length, 0);
  let done = 0;
  for (const each of partitions) {
    await withEmbedded(
      async embedded => {
        progress(`${each} partitions: writing ${events} events`);
        await fillEvents(embedded.bus, { events, users: USERS, items: ITEMS });
        for (const setting of settings(each)) {
          signal.throwIfAborted();
          progress(`${++done} of ${all}: ${setting.job}, ${each} partitions, ${setting.processes} processes`);
          const row = await measureScale(embedded, setting, { seconds, signal });
          progress(
            `${row.events_per_second} events a second, ${row.events_per_cpu_second} a CPU-second, in ${row.seconds} s`,
          );
          tell(row);
        }
      },
      { partitions: each, signal },
    );
  }
}

function inColumns(rows: readonly ScaleRow[]): string {
  const heads = ['JOB', 'PARTITIONS', 'PROCESSES', 'SECONDS', 'EVENTS/S', 'EVENTS/CPU-S'];
  return table([
    [...heads, 'KAFKA CPU-S/M', 'CLICKHOUSE CPU-S/M', 'RSS MB'],
    ...rows.map(row => [
      row.job,
      ...[row.partitions, row.processes, row.seconds, row.events_per_second, row.events_per_cpu_second].map(String),
      ...[row.kafka_cpu_seconds_per_million, row.clickhouse_cpu_seconds_per_million, row.rss_mb].map(String),
    ]),
  ]);
}
