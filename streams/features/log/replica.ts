import type { Cells, Lateness } from '../../../models/features/aggregates/reducer.ts';
import { type DeltaHead, DeltaReader } from './delta.ts';
import type { Entity } from './entities.ts';
import { Positions } from './positions.ts';
import {
  BUCKETS,
  bucketOf,
  type Names,
  ownCopy,
  readSnapshot,
  readSnapshotHead,
  type SnapshotHead,
} from './snapshot.ts';

/** A key of the partition. */
export interface Entry<S> {
  readonly key: string;
  readonly state: S;
}

/**
 * One partition of an entity's states: made from its snapshots and its log, and followed from then on. It is a function
 * of what is in the log up to its positions: whoever reads it at the same positions has the same.
 */
export class Replica<S extends Cells> {
  /** Shared by all partitions where the reader asks for keys of any. */
  readonly entries: Map<string, Entry<S>>;
  positions = new Positions();
  /** Called with each key that is new. */
  born: ((entry: Entry<S>) => void) | undefined;
  readonly #entity: Entity<S>;
  readonly #where: string;
  readonly #names: Names;
  readonly #offered = new Map<number, { head: SnapshotHead; record: Buffer }>();
  /** What buckets contain beyond the partition's positions; gone as soon as these have caught up. */
  #ahead: Map<number, Positions> | undefined;

  constructor(entity: Entity<S>, where: string, names: Names, entries = new Map<string, Entry<S>>()) {
    this.#entity = entity;
    this.#where = where;
    this.#names = names;
    this.entries = entries;
  }

  /** Takes a record of the snapshots' topic. Of two of one bucket the one that contains more counts. */
  offer(record: Buffer): void {
    const head = readSnapshotHead(record);
    const held = this.#offered.get(head.bucket);
    if (held && contained(held.head) > contained(head)) return;
    this.#offered.set(head.bucket, { head, record: Buffer.from(record) });
  }

  /**
   * Unpacks what was offered.
   *
   * @param pause called after each bucket: there may be a second or more of work
   * @returns the heads of all buckets that have a snapshot
   */
  async restore(pause: () => Promise<void> = async () => {}): Promise<SnapshotHead[]> {
    const heads = [...this.#offered.values()].map(({ head }) => head);
    for (const [bucket, { record }] of this.#offered) {
      this.#offered.delete(bucket);
      for (const [key, state] of readSnapshot(record, this.#entity.format, this.#names).entries) {
        this.entries.set(key, { key, state });
      }
      await pause();
    }
    this.positions = new Positions(leastOf(heads));
    this.#ahead = new Map(heads.map(({ bucket, next }) => [bucket, new Positions(next)]));
    return heads;
  }

  /**
   * Takes a record of the log: what it brings that is not in here yet.
   *
   * @param touched called after each fact that is new, with what it was
   * @returns the record's head
   * @throws OFFSET_LOST where the record does not go on from what is known
   */
  apply(
    record: Buffer,
    touched?: (entry: Entry<S>, delta: DeltaReader, outcome: Lateness | 'duplicate') => void,
  ): DeltaHead {
    const delta = new DeltaReader(record, this.#entity.ofUsers);
    const first = this.positions.take(delta, this.#where);
    if (first >= delta.to) return delta;
    while (delta.next()) {
      if (delta.offset < first || this.isAhead(delta.key, delta.source, delta.offset)) continue;
      const entry = this.entryOf(delta.key);
      const outcome = this.#entity.reduce(entry.state, delta);
      touched?.(entry, delta, outcome);
    }
    this.settle();
    return delta;
  }

  /** The key's entry, made where there is none. */
  entryOf(key: string): Entry<S> {
    let entry = this.entries.get(key);
    if (!entry) {
      entry = { key: ownCopy(key), state: this.#entity.empty() };
      this.entries.set(entry.key, entry);
      this.born?.(entry);
    }
    return entry;
  }

  /** Whether the key's snapshot contained this offset already. */
  isAhead(key: string, source: number, offset: number): boolean {
    if (!this.#ahead) return false;
    const next = this.#ahead.get(bucketOf(key))?.of(source);
    return next !== undefined && offset < next;
  }

  /** Once the positions have passed all snapshots, these need not be asked any more. */
  settle(): void {
    if (!this.#ahead) return;
    for (const [bucket, contained] of this.#ahead) {
      const isBehind = contained.entries().some(([source, next]) => (this.positions.of(source) ?? 0) < next);
      if (!isBehind) this.#ahead.delete(bucket);
    }
    if (this.#ahead.size === 0) this.#ahead = undefined;
  }
}

/** From where the log has to be read behind these snapshots: the whole of it, while a bucket has none. */
export function logStart(heads: readonly SnapshotHead[]): number {
  if (heads.length < BUCKETS) return 0;
  return heads.reduce((least, { log }) => Math.min(least, log), Number.POSITIVE_INFINITY);
}

/** The least that all buckets contain; nothing where one has no snapshot. */
function leastOf(heads: readonly SnapshotHead[]): [source: number, next: number][] {
  if (heads.length < BUCKETS) return [];
  const least = new Map(heads[0]!.next);
  for (const { next } of heads) {
    const of = new Map(next);
    for (const [source, held] of least) {
      const here = of.get(source);
      if (here === undefined) least.delete(source);
      else least.set(source, Math.min(held, here));
    }
  }
  return [...least];
}

function contained({ next }: SnapshotHead): number {
  return next.reduce((sum, [, offset]) => sum + offset + 1, 0);
}
