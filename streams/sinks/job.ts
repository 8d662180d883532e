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
import type { Store } from '../../schemas/clickhouse.ts';
import { LIMITS } from '../../schemas/limits.ts';
import type { DeadLetter } from '../../schemas/operations.ts';
import { parseRecord } from '../../schemas/parse.ts';
import { deadLetterOf, sendDeadLetters } from '../dead-letters.ts';
import { JOBS, type TopicName } from '../graph.ts';
import type { JobContext, RunningJob } from '../job.ts';
import type { Batch } from '../kafka/bus.ts';
import { ARCHIVES, type Archive } from './rows.ts';

export async function startSinks({ bus, store, report }: JobContext): Promise<RunningJob> {
  const outbox = await bus.outbox({ allowed: JOBS.sinks.writes });

  const onBatch = async (batch: Batch): Promise<number> => {
    const { topic, partition } = batch;
    const archive = archiveOf(topic);
    const next = batch.records.at(-1)!.offset + 1;
    const { rows, letters, endsInRows } = sort(archive, batch);
    await batch.confirm();
    await sendDeadLetters(outbox, letters);
    for (let at = 0; at < rows.length; at += LIMITS.rows_per_insert) {
      const block = rows.slice(at, at + LIMITS.rows_per_insert);
      await store.insert(
        archive.table,
        block,
        `${archive.table}/${topic}/${partition}/${batch.records[0]!.offset}-${next}/${at}`,
      );
      await batch.confirm();
    }
    if (!endsInRows) await store.insert('sink_progress', [{ topic, partition, next, at: Date.now() }]);
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
    open: (topic, partition) => standing(store, archiveOf(topic).table, topic, partition),
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

function archiveOf(topic: string): Archive {
  const archive = ARCHIVES[topic as TopicName];
  if (!archive) throw new Error(`no archive is declared for ${topic}: add it to streams/sinks/rows.ts`);
  return archive;
}

/** The greatest offset that ClickHouse knows of, plus one; nothing where it has never seen the partition. */
async function standing(store: Store, table: string, topic: string, partition: number): Promise<number | undefined> {
  const [row] = await store.query<{ next: string | null }>(
    `SELECT nullIf(greatest(
       (SELECT max(next) FROM sink_progress WHERE topic = {topic:String} AND partition = {partition:UInt16}),
       (SELECT if(count() = 0, 0, max(offset) + 1) FROM ${table} WHERE topic = {topic:String} AND partition = {partition:UInt16})
     ), 0) AS next`,
    { topic, partition },
  );
  return row?.next ? Number(row.next) : undefined;
}

/** Each record to its rows or to the dead letters. */
function sort(
  archive: Archive,
  { topic, partition, records }: Batch,
): { rows: object[]; letters: DeadLetter[]; endsInRows: boolean } {
  const rows: object[] = [];
  const letters: DeadLetter[] = [];
  for (const record of records) {
    const { key, value, offset, timestamp_ms } = record;
    const source = { topic, partition, offset, recorded: timestamp_ms };
    if (value === null && key !== null && archive.withdrawn) {
      rows.push({ ...archive.withdrawn(key, timestamp_ms), ...source });
      continue;
    }
    const parsed = parseRecord(archive.schema, value, timestamp_ms, archive.limit_bytes);
    if (!parsed.ok) letters.push(deadLetterOf(topic, partition, record, parsed.refusal));
    else for (const row of archive.rows(parsed.value)) rows.push({ ...row, ...source });
  }
  const last = rows.at(-1) as { offset: number } | undefined;
  return { rows, letters, endsInRows: last?.offset === records.at(-1)!.offset };
}
