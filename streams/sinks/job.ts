/**
 * Kafka -> ClickHouse, effectively once:
 *
 *   a batch was inserted                        its rows say where it ends: start behind them
 *   its last record was refused, no row tells   a row of sink_progress does
 *   the insert's outcome is unknown             the same rows with the same token again: a no-op where they arrived
 *   two processes wrote the same records        same topic, partition, offset: the table's engine keeps one
 *   a record is refused                         its dead letter is acknowledged first, then the offset advances
 *
 * Kafka's committed offset is only a hint for the tools that show lag.
 */
import { LIMITS } from '../../schemas/limits.ts';
import type { DeadLetter } from '../../schemas/operations.ts';
import { admit } from '../admit.ts';
import { deadLetterOf, sendDeadLetters } from '../dead-letters.ts';
import { JOBS, type TopicName } from '../graph.ts';
import type { JobContext, RunningJob } from '../job.ts';
import type { Batch } from '../kafka/bus.ts';
import { surely } from '../surely.ts';
import type { Archive } from './rows.ts';
import { archiveOf, stand, standing } from './standing.ts';

export async function startSinks({ bus, store, report }: JobContext): Promise<RunningJob> {
  const outbox = await bus.outbox({ allowed: JOBS.sinks.writes });

  const onBatch = async (batch: Batch): Promise<number> => {
    const { topic, partition } = batch;
    const archive = archiveOf(topic);
    const next = batch.records.at(-1)!.offset + 1;
    const { rows, letters } = sort(archive, batch);
    await batch.confirm();
    await sendDeadLetters(outbox, letters);
    for (const block of blocksOf(rows)) {
      const token = `${archive.table}/${topic}/${partition}/${block[0]!.offset}-${block.at(-1)!.offset}`;
      await surely(() => store.insert(archive.table, block, token), batch.confirm);
    }
    if (rows.at(-1)?.offset !== next - 1) {
      await stand(store, topic, partition, next);
    }
    report.count(`rows.${archive.table}`, rows.length);
    report.count('dead_letters', topic === 'dead.letters' ? 0 : letters.length);
    report.lag(topic, partition, batch.lag);
    return next;
  };

  const consuming = await bus.consume({
    group: 'temper.sinks',
    topics: JOBS.sinks.reads,
    // Few and large inserts: a part of a MergeTree costs the same for one row as for thousands.
    maxWait_ms: 1_000,
    minBytes: 1024 * 1024,
    concurrency: 4,
    onBatch,
    // What no row tells of was never archived, whatever the group has committed: a new store gets all that is left.
    open: async (topic, partition, _heartbeat, { low }) => (await standing(store, topic, partition)) ?? low,
  });
  const reporting = report.publishTo(outbox);
  return {
    failed: consuming.failed,
    async stop() {
      await consuming.stop();
      await reporting.stop();
      await outbox.stop();
    },
  };
}

/** Inserts of limited size. A record's rows stay together, or a crash between two inserts would lose some of them. */
function blocksOf(rows: readonly Row[]): Row[][] {
  const blocks: Row[][] = [];
  for (const row of rows) {
    const block = blocks.at(-1);
    if (block && (block.length < LIMITS.rows_per_insert || block.at(-1)!.offset === row.offset)) block.push(row);
    else blocks.push([row]);
  }
  return blocks;
}

type Row = object & { offset: number };

/** Each record to its rows or to the dead letters. */
function sort(archive: Archive<unknown>, batch: Batch): { rows: Row[]; letters: DeadLetter[] } {
  const { topic, partition, records } = batch;
  const rows: Row[] = [];
  const letters: DeadLetter[] = [];
  for (const record of records) {
    const { key, value, offset, timestamp_ms } = record;
    const source = { topic, partition, offset, recorded: timestamp_ms };
    if (value === null && key !== null && archive.withdrawn) {
      for (const row of archive.withdrawn(key, timestamp_ms)) rows.push(Object.assign(row, source));
      continue;
    }
    const parsed = admit(topic as TopicName, record);
    if (!parsed.ok) letters.push(deadLetterOf(topic, partition, record, parsed.refusal));
    else for (const row of archive.rows(parsed.value)) rows.push(Object.assign(row, source));
  }
  return { rows, letters };
}
