import type { BackfillPart } from '../../../schemas/backfills.ts';
import { TemperError } from '../../../schemas/errors.ts';
import type { Bus, Outbox } from '../../kafka/bus.ts';
import { DeltaReader } from '../log/delta.ts';
import { readSnapshotHead, type SnapshotHead } from '../log/snapshot.ts';
import type { StateTopics } from '../restore.ts';
import type { Piece } from './files.ts';
import { bucketsWithout, rebuiltRecord } from './switch.ts';

/** Snapshots that are on their way to the broker at a time. */
const BYTES_AT_ONCE = 256 * 1024;

/**
 * Publishes what was rebuilt of a partition where it is not there yet, and then has whoever works on the partition take
 * it, by a record in the log. An attempt may have died between the two, and a partition on which nothing happens would
 * never lack a bucket again: so the record is looked for too.
 *
 * @param pieces a snapshot of each bucket, under the bucket's number
 * @param rest called between some of them
 * @returns how many buckets were not there, or 1 where the log alone had not told of them: once more, until it is 0
 * @throws OFFSET_LOST where the log no longer reaches back to where the backfill began, and nothing is published
 * @throws FILE_MISSING where a bucket lacks that is not among the pieces, and nobody is told of the others
 */
export async function publishRebuilt(
  { bus, outbox }: { bus: Bus; outbox: Outbox },
  topics: StateTopics,
  part: BackfillPart,
  pieces: AsyncIterable<Piece> | Iterable<Piece>,
  rest: () => Promise<void>,
): Promise<number> {
  const { partition } = part;
  const { generation } = part.position;
  const lacking = new Set(bucketsWithout(generation, await headsIn(bus, topics, partition, rest)));
  const lacked = lacking.size;
  if (lacked > 0) {
    await expectLog(bus, topics, part);
    for await (const some of bySize(pieces, lacking)) {
      const send = ({ number, value }: Piece) =>
        outbox.publish(topics.snapshots, { key: String(number), partition, value });
      await Promise.all(some.map(send));
      for (const { number } of some) lacking.delete(number);
      await rest();
    }
    if (lacking.size > 0) throw missing(part, lacking.size);
  } else if (await isTold(bus, topics, part)) return 0;
  await outbox.publish(topics.log, {
    key: String(partition),
    partition,
    value: rebuiltRecord(partition, generation),
  });
  return Math.max(1, lacked);
}

/** Those that are wanted, as many at a time as may be on their way. */
async function* bySize(
  pieces: AsyncIterable<Piece> | Iterable<Piece>,
  wanted: ReadonlySet<number>,
): AsyncGenerator<Piece[]> {
  let [some, bytes]: [Piece[], number] = [[], 0];
  for await (const piece of pieces) {
    if (!wanted.has(piece.number)) continue;
    some.push(piece);
    bytes += piece.value.length;
    if (bytes < BYTES_AT_ONCE) continue;
    yield some;
    [some, bytes] = [[], 0];
  }
  if (some.length > 0) yield some;
}

function missing({ run, entity, partition }: BackfillPart, buckets: number): TemperError {
  return new TemperError('FILE_MISSING', {
    where: `backfill ${run}, ${entity} ${partition}`,
    expected: 'a snapshot of each bucket',
    got: `none of ${buckets} that lack`,
    next: 'Start the backfill again',
  });
}

/** All heads of a partition's snapshots, in their order. */
async function headsIn(
  bus: Bus,
  { snapshots }: StateTopics,
  partition: number,
  rest: () => Promise<void>,
): Promise<SnapshotHead[]> {
  const heads: SnapshotHead[] = [];
  await bus.follow({
    topics: [snapshots],
    partitions: [partition],
    once: true,
    rest,
    apply: (_topic, _partition, { value }) => value && heads.push(readSnapshotHead(value)),
  });
  return heads;
}

/** Whether the log has the record of this generation, which stands behind where the backfill began. */
async function isTold(bus: Bus, { log }: StateTopics, part: BackfillPart): Promise<boolean> {
  const { partition } = part;
  const start = Math.max(neededOf(part), await lowOf(bus, log, partition));
  let told = false;
  await bus.follow({
    topics: [log],
    partitions: [partition],
    once: true,
    from: () => start,
    apply: (_topic, _partition, { value }) => {
      told ||= value !== null && new DeltaReader(value, part.entity === 'user').rebuilt === part.position.generation;
    },
  });
  return told;
}

/** Snapshots that need a log which is gone would stop whoever reads them. */
async function expectLog(bus: Bus, { log }: StateTopics, part: BackfillPart): Promise<void> {
  const low = await lowOf(bus, log, part.partition);
  const needed = neededOf(part);
  if (low <= needed) return;
  throw new TemperError('OFFSET_LOST', {
    where: `${log}/${part.partition}`,
    expected: `all from offset ${needed} on, where the backfill began`,
    got: `those from ${low} on`,
    next: 'The backfill took longer than the log is kept. Nothing was changed there; start it again',
  });
}

/** The offset of the log from which what was rebuilt needs it. */
function neededOf({ entity, partition, position }: BackfillPart): number {
  return (entity === 'user' ? position.users : position.items)[partition]!;
}

async function lowOf(bus: Bus, log: string, partition: number): Promise<number> {
  return (await bus.bounds(log)).get(partition)?.low ?? 0;
}
