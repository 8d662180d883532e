/**
 * Kafka -> ClickHouse, effectively once:
 *
 *   a batch was inserted                        its rows say where it ends: start behind them
 *   its last record was refused, no row tells   a row of sink_progress does
 *   the insert's outcome is unknown             the table is asked: where the rows are not there, they are sent again
 *   two processes wrote the same records        same topic, partition, offset: the table's engine keeps one
 *   a record is refused                         its dead letter is acknowledged first, then the offset advances
 *   the next batch is there already             its inserts wait for those before: what rows tell has no gap below it
 *
 * Kafka's committed offset is only a hint for the tools that show lag.
 */
import { warnWithoutKeys } from '../../models/privacy/signed-erasure.ts';
import { keysIn } from '../../models/registry/keys.ts';
import type { DeadLetter } from '../../schemas/topics/operations.ts';
import { deadLetterOf, sendDeadLetters } from '../dead-letters.ts';
import { JOBS } from '../graph.ts';
import type { JobContext, RunningJob } from '../job.ts';
import type { Batch, Sent } from '../kafka/bus.ts';
import { slotOf } from '../kafka/consuming/slots.ts';
import { EventInserts } from './event-inserts.ts';
import { type Insert, RowInserts } from './inserts.ts';
import { putOnce } from './put-once.ts';
import { archiveOf, stand, standing } from './standing.ts';

export async function startSinks({ config, bus, store, report, log }: JobContext): Promise<RunningJob> {
  const keys = keysIn(config);
  await warnWithoutKeys(keys, log);
  const outbox = await bus.outbox({ allowed: JOBS.sinks.writes });

  /** By partition: ends with its last insert, which all of a later batch wait for. */
  const inserting = new Map<string, Promise<void>>();

  /** The next batch is fetched, and sorted, while this one is on its way to ClickHouse. */
  const onBatch = async (batch: Batch): Promise<Sent> => {
    const slot = slotOf(batch.topic, batch.partition);
    const next = batch.records.at(-1)!.offset + 1;
    const sorted = sort(batch, keys);
    const before = inserting.get(slot);
    await batch.confirm();
    await sendDeadLetters(outbox, sorted.letters);
    const written = (async () => {
      if (before) {
        await before;
        await batch.confirm();
      }
      await archive(batch, sorted, next);
    })();
    inserting.set(slot, written);
    return { next, written };
  };

  const archive = async (batch: Batch, { inserts, letters }: Sorted, next: number): Promise<void> => {
    const { topic, partition } = batch;
    const { table } = archiveOf(topic);
    for (const insert of inserts) {
      await putOnce(store, insert, { table, topic, partition }, batch.confirm);
      report.count(`rows.${table}`, insert.rows);
    }
    if (inserts.at(-1)?.last !== next - 1) {
      await stand(store, topic, partition, next);
    }
    report.count('dead_letters', topic === 'dead.letters' ? 0 : letters.length);
    report.took(batch);
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
    open: async (topic, partition, _heartbeat, { low }) => {
      inserting.delete(slotOf(topic, partition)); // of what is in doubt rows tell, once they are there
      return (await standing(store, topic, partition)) ?? low;
    },
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

interface Sorted {
  inserts: readonly Insert[];
  letters: DeadLetter[];
}

/** Each record to its rows or to the dead letters. */
function sort(batch: Batch, keys: string): Sorted {
  const { topic, partition, records } = batch;
  const inserts = topic === 'shop.events' ? new EventInserts(batch, keys) : new RowInserts(archiveOf(topic), batch);
  const letters: DeadLetter[] = [];
  for (const record of records) {
    const refusal = inserts.take(record);
    if (!refusal) continue;
    record.span?.note({ 'temper.refused': refusal.reason });
    letters.push(deadLetterOf(topic, partition, record, refusal));
  }
  return { inserts: inserts.all, letters };
}
