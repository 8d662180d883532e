import type { Cells } from '../../../../models/features/aggregates/reducer.ts';
import { ByteReader, type ByteWriter } from '../bytes.ts';
import type { DeltaReader } from '../delta.ts';
import type { Entity } from '../entities.ts';
import { openSnapshot, readSnapshot, readState, type SnapshotHead, writeEntry, writeHead } from '../snapshot.ts';
import type { Names } from './names.ts';
import { keyAt, Slots } from './slots.ts';
import { waitingFacts, writeWaiting } from './waiting.ts';

/** A key with its state. */
export interface Entry<S> {
  readonly key: string;
  readonly state: S;
}

/** A key whose state is unpacked. */
export interface LiveEntry<S extends Cells> extends Entry<S> {
  readonly bucket: Bucket<S>;
  /** Since it was last thought of to leave. */
  used: boolean;
  /** Since it was packed. */
  changed: boolean;
}

/** How states change and are packed, and with which buffer: the same for all buckets of a partition. */
export interface Packing<S extends Cells> {
  entity: Entity<S>;
  names: Names;
  out: ByteWriter;
}

const NONE = Buffer.alloc(0);
/** So much of what is out of date, or waits, may lie in memory anyway before the records are written anew. */
const SPARE_BYTES = 8 * 1024;
/** And so much for each byte of records. A restore leaves less waiting than that, and so unpacks nothing. */
const SPARE = { outOfDate: 0.5, waiting: 2.5 };

/**
 * The keys of a bucket, packed as a snapshot has them, one after the other in one buffer outside of the JavaScript heap.
 * Those in use are unpacked too: they are `live`.
 */
export class Bucket<S extends Cells> {
  readonly live = new Set<LiveEntry<S>>();
  /** How many keys there are, packed or not. */
  size = 0;
  readonly #packing: Packing<S>;
  #records: Buffer = NONE;
  #end = 0;
  /** Bytes of records in whose place there are others. */
  #wasted = 0;
  /** Made when it is first needed. */
  #index: Slots | undefined;
  /** Facts of packed keys that have not been reduced yet. */
  #facts: Buffer = NONE;
  #factsEnd = 0;
  /** The time of the first of them. */
  #since_ms = 0;

  constructor(packing: Packing<S>) {
    this.#packing = packing;
  }

  /** Begins with what a snapshot has. Its states are packed anew where others were declared when they were written. */
  open(snapshot: Buffer): void {
    const { entity, names, out } = this.#packing;
    const { bytes, keys, asToday } = openSnapshot(snapshot, entity.format.reducer);
    if (asToday) this.#records = snapshot.subarray(bytes.at);
    else {
      const { entries } = readSnapshot(snapshot, entity.format, names);
      for (const [key, state] of entries) writeEntry(out, entity.format, key, state);
      this.#records = out.take();
    }
    this.#end = this.#records.length;
    this.#index = undefined;
    this.size = keys;
  }

  /** The key's state, with the facts that waited for it; undefined where there is no such key. */
  unpack(key: string): { state: S; changed: boolean } | undefined {
    const slots = this.#slots;
    const slot = slots.find(this.#records, key);
    if (slots.places[slot] === 0) return undefined;
    const changed = !!slots.waiting?.[slot];
    const state = this.#stateIn(slot);
    if (changed) slots.waiting![slot] = 0;
    return { state, changed };
  }

  /** Puts a live key back. */
  pack(entry: LiveEntry<S>): void {
    this.live.delete(entry);
    if (entry.changed) this.#add(entry.key, entry.state);
    if (this.#wasted > SPARE_BYTES + SPARE.outOfDate * this.#end) this.write();
  }

  /** Keeps a fact of a key that is not live until somebody asks for the key, or its bucket is written. @param hash the key's */
  wait(delta: DeltaReader, hash: number): void {
    const { entity, out } = this.#packing;
    const slots = this.#slots;
    let slot = slots.find(this.#records, delta.key, hash);
    if (slots.places[slot] === 0) {
      this.size++;
      slot = this.#add(delta.key, entity.empty());
    }
    slots.waiting ??= new Uint32Array(slots.places.length);
    if (this.#factsEnd === 0) this.#since_ms = delta.fact.at_ms;
    writeWaiting(out, slots.waiting[slot]!, delta, this.#since_ms);
    this.#facts = roomFor(this.#facts, this.#factsEnd, out.length);
    slots.waiting[slot] = 1 + this.#factsEnd;
    this.#factsEnd += out.moveTo(this.#facts, this.#factsEnd);
    if (this.#factsEnd > SPARE_BYTES + SPARE.waiting * this.#end) this.write();
  }

  /** Removes a key that is not live, with what waits for it. @returns whether it was there */
  erase(key: string): boolean {
    const slots = this.#slots;
    const slot = slots.find(this.#records, key);
    if (slots.places[slot] === 0) return false;
    this.write(undefined, slot); // no byte of it stays
    this.#index = undefined;
    return true;
  }

  /**
   * Writes all keys anew as they are now, one after the other. The bucket goes on with what was written.
   *
   * @param head what stands before them
   * @param without the slot of a key that is to be gone
   */
  write(head?: SnapshotHead, without?: number): Buffer {
    const { out, entity } = this.#packing;
    const { format } = entity;
    const slots = this.#slots;
    const { places, waiting } = slots;
    const changed = new Map<number, LiveEntry<S>>();
    const born: { entry: LiveEntry<S>; place: number }[] = [];
    for (const entry of this.live) {
      if (!entry.changed) continue;
      const slot = slots.find(this.#records, entry.key);
      if (places[slot] === 0) born.push({ entry, place: 0 });
      else changed.set(slot, entry);
    }
    if (head) writeHead(out, format.reducer, head, this.size);
    const start = out.length;
    for (let slot = 0; slot < places.length; slot++) {
      if (places[slot] === 0 || slot === without) continue;
      const before = places[slot]! - 1;
      const entry = changed.get(slot);
      const to = out.length - start;
      if (entry) writeEntry(out, format, entry.key, entry.state);
      else if (waiting?.[slot]) writeEntry(out, format, keyAt(this.#records, before), this.#stateIn(slot));
      else out.bytes(this.#records, before, this.#endOf(before));
      places[slot] = 1 + to;
    }
    for (const each of born) {
      each.place = out.length - start;
      writeEntry(out, format, each.entry.key, each.entry.state);
    }
    const written = out.take();
    this.#records = written.subarray(start);
    this.#end = this.#records.length;
    for (const { entry, place } of born) slots.put(this.#records, slots.find(this.#records, entry.key), place);
    for (const entry of this.live) entry.changed = false;
    this.#wasted = 0;
    slots.waiting = undefined;
    this.#facts = NONE;
    this.#factsEnd = 0;
    return written;
  }

  /** All keys, those that are packed unpacked for the moment. Nothing may be changed before it has come to its end. */
  *entries(): Generator<Entry<S>> {
    const live = new Set<string>();
    for (const { key, state } of this.live) {
      live.add(key);
      yield { key, state };
    }
    const { places } = this.#slots;
    for (let slot = 0; slot < places.length; slot++) {
      if (places[slot] === 0) continue;
      const key = keyAt(this.#records, places[slot]! - 1);
      if (!live.has(key)) yield { key, state: this.#stateIn(slot) };
    }
  }

  /** Appends a record. @returns its slot */
  #add(key: string, state: S): number {
    const { out, entity } = this.#packing;
    const slots = this.#slots;
    writeEntry(out, entity.format, key, state);
    this.#records = roomFor(this.#records, this.#end, out.length);
    const place = this.#end;
    this.#end += out.moveTo(this.#records, place);
    const slot = slots.find(this.#records, key);
    const before = slots.places[slot]!;
    if (before > 0) this.#wasted += this.#endOf(before - 1) - (before - 1);
    return slots.put(this.#records, slot, place);
  }

  #stateIn(slot: number): S {
    const { entity, names } = this.#packing;
    const { places, waiting } = this.#slots;
    const bytes = new ByteReader(this.#records, places[slot]! - 1);
    bytes.whole();
    bytes.skip(bytes.whole());
    const state = readState(bytes, entity.format, names);
    if (!waiting?.[slot]) return state;
    for (const change of waitingFacts(this.#facts, waiting[slot]!, this.#since_ms)) {
      if (change.recent !== undefined) change.recent = names.of(change.recent);
      entity.reduce(state, change);
    }
    return state;
  }

  /** Where the record that begins here ends. */
  #endOf(place: number): number {
    const bytes = new ByteReader(this.#records, place);
    const size = bytes.whole();
    return bytes.at + size;
  }

  get #slots(): Slots {
    if (this.#index) return this.#index;
    const slots = new Slots(this.size);
    for (let place = 0; place < this.#end; place = this.#endOf(place)) {
      slots.put(this.#records, slots.find(this.#records, keyAt(this.#records, place)), place);
    }
    this.#index = slots;
    return slots;
  }
}

/** The buffer, or a larger copy: a buffer that came from elsewhere, or went there, is left as it is. */
function roomFor(buffer: Buffer, end: number, more: number): Buffer {
  if (end + more <= buffer.length) return buffer;
  const larger = Buffer.allocUnsafeSlow(Math.ceil((end + more) * 1.25));
  buffer.copy(larger, 0, 0, end);
  return larger;
}
