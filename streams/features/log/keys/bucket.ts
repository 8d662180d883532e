import type { Cells } from '../../../../models/features/aggregates/reducer.ts';
import { hash32 } from '../../../../models/hash.ts';
import { ByteReader, type ByteWriter } from '../bytes.ts';
import {
  BUCKETS,
  openSnapshot,
  readSnapshot,
  readState,
  type SnapshotHead,
  type StateFormat,
  writeEntry,
  writeHead,
} from '../snapshot.ts';
import type { Entry, LiveEntry } from './live-keys.ts';
import type { Names } from './names.ts';

/** How states are packed, and with which buffer: the same for all buckets of a partition. */
export interface Packing<S extends Cells> {
  format: StateFormat<S>;
  names: Names;
  out: ByteWriter;
}

const NONE = Buffer.alloc(0);
/** An index has at least this many slots, and more than twice as many as keys. */
const FEWEST_SLOTS = 16;
/** So much of what is out of date may lie among the records before they are written anew. */
const WASTE_BYTES = 4_096;

/**
 * The keys of a bucket, packed as a snapshot has them, one after the other in one buffer outside of the JavaScript heap,
 * with 8 to 16 bytes of index for each. Those in use are unpacked too: they are `live`.
 */
export class Bucket<S extends Cells> {
  readonly live = new Set<LiveEntry<S>>();
  /** How many keys there are, packed or not. */
  size = 0;
  readonly #packing: Packing<S>;
  #records: Buffer = NONE;
  #end = 0;
  #wasted = 0;
  /** By the hash of its key, 1 + the place of each record; open addressing. Made when it is first needed. */
  #slots: Uint32Array | undefined;
  #indexed = 0;

  constructor(packing: Packing<S>) {
    this.#packing = packing;
  }

  /** Begins with what a snapshot has. Its states are unpacked where others were declared when they were written. */
  open(snapshot: Buffer): void {
    const { format, names, out } = this.#packing;
    const { bytes, keys, asToday } = openSnapshot(snapshot, format.reducer);
    if (asToday) this.#records = snapshot.subarray(bytes.at);
    else {
      for (const [key, state] of readSnapshot(snapshot, format, names).entries) writeEntry(out, format, key, state);
      this.#records = out.take();
    }
    this.#end = this.#records.length;
    this.#slots = undefined;
    this.size = keys;
  }

  /** The key's state as it was packed last. */
  unpack(key: string): S | undefined {
    const record = this.#slotted[this.#find(key)]!;
    if (record === 0) return undefined;
    const bytes = new ByteReader(this.#records, record - 1);
    bytes.whole();
    bytes.skip(bytes.whole());
    return readState(bytes, this.#packing.format, this.#packing.names);
  }

  /** Puts a live key back. */
  pack(entry: LiveEntry<S>): void {
    this.live.delete(entry);
    if (!entry.changed) return;
    const { out, format } = this.#packing;
    writeEntry(out, format, entry.key, entry.state);
    if (this.#end + out.length > this.#records.length) this.#grow(out.length);
    const at = this.#end;
    this.#end += out.moveTo(this.#records, at);
    this.#place(entry.key, at);
    if (this.#wasted > WASTE_BYTES + this.#end / 2) this.write();
  }

  /**
   * Writes all keys anew as they are now, one after the other. The bucket goes on with what was written.
   *
   * @param head what stands before them
   */
  write(head?: SnapshotHead): Buffer {
    const { out, format } = this.#packing;
    const slots = this.#slotted;
    const changed = new Map<number, LiveEntry<S>>();
    const born: { entry: LiveEntry<S>; at: number }[] = [];
    for (const entry of this.live) {
      if (!entry.changed) continue;
      const record = slots[this.#find(entry.key)]!;
      if (record > 0) changed.set(record, entry);
      else born.push({ entry, at: 0 });
    }
    if (head) writeHead(out, format.reducer, head, this.size);
    const start = out.length;
    for (let slot = 0; slot < slots.length; slot++) {
      const record = slots[slot]!;
      if (record === 0) continue;
      slots[slot] = 1 + out.length - start;
      const entry = changed.get(record);
      if (entry) writeEntry(out, format, entry.key, entry.state);
      else out.bytes(this.#records, record - 1, this.#endOf(record - 1));
    }
    for (const each of born) {
      each.at = out.length - start;
      writeEntry(out, format, each.entry.key, each.entry.state);
    }
    const written = out.take();
    this.#records = written.subarray(start);
    this.#end = this.#records.length;
    for (const { entry, at } of born) this.#place(entry.key, at);
    for (const entry of this.live) entry.changed = false;
    this.#wasted = 0;
    return written;
  }

  /** All keys, those that are packed unpacked for the moment. */
  *entries(): Generator<Entry<S>> {
    const { format, names } = this.#packing;
    const [records, places] = [this.#records, Array.from(this.#slotted)]; // as they are now, whatever is done meanwhile
    const live = [...this.live];
    for (const { key, state } of live) yield { key, state };
    const unpacked = new Set(live.map(({ key }) => key));
    for (const place of places) {
      if (place === 0) continue;
      const bytes = new ByteReader(records, place - 1);
      bytes.whole();
      const key = bytes.text();
      if (!unpacked.has(key)) yield { key, state: readState(bytes, format, names) };
    }
  }

  /** The records with room for more: a snapshot's buffer is left as it is. */
  #grow(by: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.ceil((this.#end + by) * 1.25));
    this.#records.copy(larger, 0, 0, this.#end);
    this.#records = larger;
  }

  /** Where the record that begins here ends. */
  #endOf(at: number): number {
    const bytes = new ByteReader(this.#records, at);
    const size = bytes.whole();
    return bytes.at + size;
  }

  /** Notes where the key's record is from now on. */
  #place(key: string, at: number): void {
    const slots = this.#slotted;
    const slot = this.#find(key);
    const before = slots[slot]!;
    slots[slot] = 1 + at;
    if (before > 0) this.#wasted += this.#endOf(before - 1) - (before - 1);
    else if (2 * ++this.#indexed >= slots.length) this.#slots = rehashed(this.#records, slots);
  }

  /** The key's slot, or the free one that it would get. */
  #find(key: string): number {
    const slots = this.#slotted;
    const records = this.#records;
    for (let slot = slotOf(key, slots.length); ; slot = (slot + 1) % slots.length) {
      if (slots[slot] === 0 || keyAt(records, slots[slot]! - 1) === key) return slot;
    }
  }

  /** The index, made where it is not there yet. */
  get #slotted(): Uint32Array {
    if (this.#slots) return this.#slots;
    let most = FEWEST_SLOTS;
    while (most <= 2 * this.size) most *= 2;
    const slots = new Uint32Array(most);
    this.#indexed = 0;
    for (let at = 0; at < this.#end; at = this.#endOf(at), this.#indexed++)
      giveSlot(slots, keyAt(this.#records, at), at);
    this.#slots = slots;
    return slots;
  }
}

function keyAt(records: Buffer, at: number): string {
  const bytes = new ByteReader(records, at);
  bytes.whole();
  return bytes.text();
}

/** Of the hash the bucket has the lowest bits. */
function slotOf(key: string, slots: number): number {
  return Math.floor(hash32(key) / BUCKETS) % slots;
}

/** Gives a key that is not there yet a slot. */
function giveSlot(slots: Uint32Array, key: string, at: number): void {
  let slot = slotOf(key, slots.length);
  while (slots[slot] !== 0) slot = (slot + 1) % slots.length;
  slots[slot] = 1 + at;
}

function rehashed(records: Buffer, slots: Uint32Array): Uint32Array {
  const more = new Uint32Array(2 * slots.length);
  for (const record of slots) if (record > 0) giveSlot(more, keyAt(records, record - 1), record - 1);
  return more;
}
