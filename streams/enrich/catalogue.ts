import type { ActiveEncoders } from '../../models/retrieval/vectors/active-encoders.ts';
import { admit } from '../admit.ts';
import { JOBS } from '../graph.ts';
import type { JobContext } from '../job.ts';
import type { Batch, Outbox, StreamRecord, Subscription } from '../kafka/bus.ts';
import { type Enrichment, vectorsOf } from './enrich.ts';
import { type Partition, restorePartition, writeVectors } from './partition.ts';
import { tellProgress } from './progress.ts';

/** Products whose vectors are made and written together: with more, a crash repeats more. */
const CHUNK = 8;
const BEAT_MS = 1_000;

/**
 * `shop.catalogue` -> `item.vectors`. Nothing is committed, so that each start reads the catalogue from its beginning:
 * what is held of the same content by the same encoder is not encoded again, so reading is all that a start costs, and
 * another encoder is no more than a start. A partition that was read to where it had ended is told in `vector.progress`.
 */
export async function consumeCatalogue(
  { config: { partitions: count }, bus, report }: JobContext,
  outbox: Outbox,
  told: ActiveEncoders,
  enrichment: Enrichment,
): Promise<Subscription> {
  const partitions = new Map<number, Partition>();
  let stopping = false;

  const takeChunk = async (batch: Batch, { held }: Partition, records: readonly StreamRecord[]): Promise<void> => {
    const withdrawn = records.filter(({ value }) => value === null);
    const products = records.flatMap(record => {
      const parsed = record.value && admit('shop.catalogue', record);
      if (parsed && !parsed.ok) report.count('refused'); // the sink writes the dead letter; the product stays as it was
      return parsed?.ok ? parsed.value : [];
    });
    await batch.confirm();
    const vectors = await beating(batch, () => vectorsOf(products, item => held.get(item) ?? [], enrichment));
    await batch.confirm();
    await Promise.all([
      ...withdrawn.map(({ key }) => writeVectors(outbox, held, key!, [])),
      ...products.map(({ item }, row) => writeVectors(outbox, held, item, vectors[row]!)),
    ]);
    report.count('withdrawn', withdrawn.length);
  };

  /** The end as it was is reached. Who is held and not present was withdrawn while nobody looked. */
  const complete = async (batch: Batch, { held }: Partition, present: ReadonlySet<string>): Promise<void> => {
    const gone = [...held.keys()].filter(item => !present.has(item));
    await Promise.all(gone.map(item => writeVectors(outbox, held, item, [])));
    await batch.confirm();
    await tellProgress(outbox, told, enrichment.use, { partition: batch.partition, partitions: count, held });
  };

  const onBatch = async (batch: Batch): Promise<undefined> => {
    const partition = partitions.get(batch.partition)!;
    const { catchingUp } = partition;
    const records = lastOfEach(batch.records).filter(({ key, offset }) => offset >= (catchingUp?.last.get(key!) ?? 0));
    for (let at = 0; at < records.length; at += CHUNK) {
      if (stopping) return;
      await takeChunk(batch, partition, records.slice(at, at + CHUNK));
    }
    if (catchingUp && batch.records.at(-1)!.offset + 1 >= catchingUp.end) {
      await complete(batch, partition, catchingUp.present);
      partition.catchingUp = undefined;
    }
    report.took(batch);
    const items = [...partitions.values()].reduce((sum, { held }) => sum + held.size, 0);
    report.gauge('items', items);
  };

  // An empty partition brings no record with which its owner could begin: anybody may tell that it is encoded.
  for (const [partition, { low, high }] of await bus.bounds('shop.catalogue')) {
    if (low === high) {
      await tellProgress(outbox, told, enrichment.use, { partition, partitions: count, held: new Map() });
    }
  }
  const consuming = await bus.consume({
    group: 'temper.enrich',
    topics: JOBS.enrich.reads,
    maxWait_ms: 250,
    minBytes: 64 * 1024,
    maxBytes: 256 * 1024, // the products of a batch wait in memory until all of them are encoded
    onBatch,
    async open(_topic, partition, heartbeat) {
      partitions.set(partition, await restorePartition(bus, partition, heartbeat));
      return undefined;
    },
    close: (_topic, partition) => void partitions.delete(partition),
  });
  return {
    failed: consuming.failed,
    async stop() {
      stopping = true;
      await consuming.stop();
    },
  };
}

/** The last record of each key: what came before it is of no interest any more. */
function lastOfEach(records: readonly StreamRecord[]): StreamRecord[] {
  const last = new Map(records.map(record => [record.key, record]));
  last.delete(null);
  return [...last.values()];
}

/** Long work, during which the group must not take this process for dead. Whose the partition is then is asked afterwards. */
async function beating<T>(batch: Batch, work: () => Promise<T>): Promise<T> {
  const beat = setInterval(() => void batch.confirm().catch(() => {}), BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(beat);
  }
}
