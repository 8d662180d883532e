import type { Cells } from '../../../models/features/aggregates/reducer.ts';
import type { Outcome } from '../../../models/features/states.ts';
import { hash32 } from '../../../models/hash.ts';
import { ByteWriter } from './bytes.ts';
import { type DeltaHead, DeltaReader } from './delta.ts';
import type { Entity } from './entities.ts';
import { Bucket, type Entry, type LiveEntry } from './keys/bucket.ts';
import type { LiveKeys } from './keys/live-keys.ts';
import { type Names, ownCopy } from './keys/names.ts';
import { Positions } from './positions.ts';
import { BUCKETS, bucketOf, readSnapshotHead, type SnapshotHead } from './snapshot.ts';

/** Called with a fact's key after the fact was reduced, and with what it was. */
export type Touched<S> = (entry: Entry<S>, delta: DeltaReader, outcome: Outcome) => void;

/**
 * One partition of an entity's states: made from its snapshots and its log, and followed from then on. It is a function
 * of what is in the log up to its positions: whoever reads it at the same positions has the same. Keys in use are
 * unpacked, the others are as in their snapshots.
 */
export class Replica<S extends Cells> {
  positions = new Positions();
  /** Of the snapshots from which it was restored. */
  snapshotBytes = 0;
  /** Whether the log behind them, as it was read, has a key that was erased: an older snapshot may still be needed for it. */
  hasErasures = false;
  readonly #entity: Entity<S>;
  readonly #where: string;
  readonly #names: Names;
  readonly #live: LiveKeys<S>;
  readonly #buckets: Bucket<S>[];
  readonly #offered = new Map<number, { head: SnapshotHead; record: Buffer }>();
  /** What buckets contain beyond the partition's positions; gone as soon as these have caught up. */
  #ahead: Map<number, Positions> | undefined;
  /** While the log is read to its end: nobody asks for a key yet, so its facts wait beside it. */
  #isBehind = false;
  #size = 0;
  /** Of each bucket as it was restored: what is written of it goes on with that. */
  readonly #generations = new Uint32Array(BUCKETS);

  /** @param live may be that of several partitions, where no key is in two of them */
  constructor(entity: Entity<S>, where: string, names: Names, live: LiveKeys<S>) {
    this.#entity = entity;
    this.#where = where;
    this.#names = names;
    this.#live = live;
    const packing = { entity, names, out: new ByteWriter() };
    this.#buckets = Array.from({ length: BUCKETS }, () => new Bucket(packing));
  }

  /** How many keys there are. */
  get size(): number {
    return this.#size;
  }

  /** All keys, bucket by bucket; the states of those that are packed are copies. */
  *entries(): Generator<Entry<S>> {
    for (const bucket of this.#buckets) yield* bucket.entries();
  }

  /** Takes a record of the snapshots' topic. Of two of one bucket the later generation counts, then the one that contains more. */
  offer(record: Buffer): void {
    const head = readSnapshotHead(record);
    const held = this.#offered.get(head.bucket);
    if (held && isBetter(held.head, head)) return;
    this.#offered.set(head.bucket, { head, record: Buffer.from(record) });
  }

  /** What was offered and counts. */
  get offered(): SnapshotHead[] {
    return Array.from(this.#offered.values(), ({ head }) => head);
  }

  /**
   * Whether what was offered is enough: a snapshot of each bucket, all of one generation, and behind them a log that goes
   * back to here.
   */
  isOffered(log: number): boolean {
    const heads = this.offered;
    const isOne = heads.every(({ generation }) => generation === heads[0]!.generation);
    return heads.length === BUCKETS && isOne && logStart(heads) >= log;
  }

  /**
   * Takes over what was offered. From here on what comes of the log waits until its keys are asked for, until `catchUp`.
   *
   * @returns the heads of all buckets that have a snapshot
   */
  restore(): SnapshotHead[] {
    const offered = [...this.#offered.values()];
    this.#offered.clear();
    const heads = offered.map(({ head }) => head);
    for (const { head, record } of offered) {
      const bucket = this.#buckets[head.bucket]!;
      bucket.open(record);
      this.#generations[head.bucket] = head.generation;
      this.#size += bucket.size;
      this.snapshotBytes += record.length;
    }
    this.positions = new Positions(leastOf(heads));
    this.#ahead = new Map(heads.map(({ bucket, next }) => [bucket, new Positions(next)]));
    this.#isBehind = true;
    return heads;
  }

  /** The log has been read to its end: what comes now is reduced at once. */
  catchUp(): void {
    this.#isBehind = false;
  }

  /**
   * Takes a record of the log: what it brings that is not in here yet.
   *
   * @param touched called for each fact that is reduced at once
   * @returns the record's head
   * @throws OFFSET_LOST where the record does not go on from what is known
   */
  apply(record: Buffer, touched?: Touched<S>): DeltaHead {
    const delta = new DeltaReader(record, this.#entity.ofUsers);
    if (delta.rebuilt !== undefined) return delta;
    const first = this.positions.take(delta, this.#where);
    if (first >= delta.to) return delta;
    const contained = this.#containedOf(delta.source);
    while (delta.next()) {
      if (delta.offset < first) continue;
      if (!this.#isBehind && !this.#ahead) this.#reduce(delta, touched);
      else {
        if (delta.fact.type === 'erasure') this.hasErasures = true;
        const hash = hash32(delta.key);
        if (contained && delta.offset < contained[hash % BUCKETS]!) continue;
        if (this.#isBehind && delta.fact.type !== 'erasure' && !(this.#live.size > 0 && this.#live.has(delta.key)))
          this.#wait(delta, hash);
        else this.#reduce(delta, touched);
      }
    }
    this.settle();
    return delta;
  }

  /** The key's entry, if there is such a key. */
  get(key: string): Entry<S> | undefined {
    return this.#live.get(key) ?? this.#unpacked(key);
  }

  /** The key's entry, made where there is none, for a state that is to be changed. */
  entryOf(key: string): Entry<S> {
    const entry = this.#live.get(key) ?? this.#unpacked(key) ?? this.#born(key);
    entry.changed = true;
    return entry;
  }

  /** Forgets a key: it is as one that never was. */
  erase(key: string): void {
    const bucket = this.#buckets[bucketOf(key)]!;
    const live = this.#live.get(key);
    if (live) this.#live.drop(live);
    const isPacked = bucket.erase(key);
    if (!live && !isPacked) return;
    bucket.size--;
    this.#size--;
  }

  /** How often all of it has been rebuilt: of its buckets the least, as they were restored. */
  get generation(): number {
    return this.#generations.reduce((least, each) => Math.min(least, each));
  }

  /** The bucket as it is now. @param log from there on the log has what is not in it */
  snapshot(bucket: number, log: number, generation: number = this.#generations[bucket]!): Buffer {
    return this.#buckets[bucket]!.write({ bucket, log, generation, next: this.positions.entries() });
  }

  /** Whether the key's snapshot contained this offset already. */
  isAhead(key: string, source: number, offset: number): boolean {
    const next = this.#ahead?.get(bucketOf(key))?.of(source);
    return next !== undefined && offset < next;
  }

  /** By bucket, up to which offset of a source it contains all; undefined where none is ahead. */
  #containedOf(source: number): Float64Array | undefined {
    if (!this.#ahead) return undefined;
    containedBy.fill(0);
    for (const [bucket, next] of this.#ahead) containedBy[bucket] = next.of(source) ?? 0;
    return containedBy;
  }

  /** Once the positions have passed all snapshots, these need not be asked any more. */
  settle(): void {
    if (!this.#ahead) return;
    for (const [bucket, contained] of this.#ahead) {
      if (contained.entries().some(([source, next]) => (this.positions.of(source) ?? 0) < next)) return;
      this.#ahead.delete(bucket);
    }
    this.#ahead = undefined;
  }

  #reduce(delta: DeltaReader, touched: Touched<S> | undefined): void {
    if (delta.fact.type === 'erasure') {
      this.erase(delta.key);
      return;
    }
    if (delta.recent !== undefined) delta.recent = this.#names.of(delta.recent); // a state may keep it
    const entry = this.entryOf(delta.key);
    const outcome = this.#entity.reduce(entry.state, delta);
    touched?.(entry, delta, outcome);
  }

  #wait(delta: DeltaReader, hash: number): void {
    const bucket = this.#buckets[hash % BUCKETS]!;
    const before = bucket.size;
    bucket.wait(delta, hash);
    this.#size += bucket.size - before;
  }

  #unpacked(key: string): LiveEntry<S> | undefined {
    if (this.#size === 0) return undefined;
    const bucket = this.#buckets[bucketOf(key)]!;
    const unpacked = bucket.unpack(key);
    return unpacked && this.#enter({ key: ownCopy(key), ...unpacked, bucket, used: true });
  }

  #born(key: string): LiveEntry<S> {
    const bucket = this.#buckets[bucketOf(key)]!;
    bucket.size++;
    this.#size++;
    return this.#enter({ key: ownCopy(key), state: this.#entity.empty(), bucket, used: true, changed: true });
  }

  #enter(entry: LiveEntry<S>): LiveEntry<S> {
    this.#live.add(entry);
    return entry;
  }
}

/** Filled anew for each record. */
const containedBy = new Float64Array(BUCKETS);

/** From where the log has to be read behind these snapshots: the whole of it, while a bucket has none. */
export function logStart(heads: readonly SnapshotHead[]): number {
  if (heads.length < BUCKETS) return 0;
  return heads.reduce((least, { log }) => Math.min(least, log), Number.POSITIVE_INFINITY);
}

/** The least that all buckets contain; nothing where one has no snapshot. */
export function leastOf(heads: readonly SnapshotHead[]): [source: number, next: number][] {
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

/** Whether the first of two snapshots of a bucket stays. */
function isBetter(held: SnapshotHead, head: SnapshotHead): boolean {
  if (held.generation !== head.generation) return held.generation > head.generation;
  return contained(held) > contained(head);
}

function contained({ next }: SnapshotHead): number {
  return next.reduce((sum, [, offset]) => sum + offset + 1, 0);
}
