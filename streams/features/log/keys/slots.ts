import { hash32 } from '../../../../models/hash.ts';
import { ByteReader } from '../bytes.ts';
import { BUCKETS } from '../snapshot.ts';

/** A power of two, as all numbers of slots. */
const FEWEST = 16;
/** Of the hash the bucket has the lowest ones. */
const BUCKET_BITS = Math.log2(BUCKETS);
const ASCII = 0x80;

/**
 * Where the record of each key of a bucket is, by the hash of the key: open addressing in typed arrays, 8 to 16 bytes a
 * key. Records begin with a number, then the key.
 */
export class Slots {
  /** Of each slot, 1 + the place of its record; 0: free. */
  places: Uint32Array;
  /** Of each slot, 1 + the place of the last fact that waits; 0: none does. Absent while none waits at all. */
  waiting: Uint32Array | undefined;
  #taken = 0;

  constructor(keys: number) {
    let most = FEWEST;
    while (most <= 2 * keys) most *= 2;
    this.places = new Uint32Array(most);
  }

  /** The key's slot, or the free one that it would get. @param hash the key's hash32 */
  find(records: Buffer, key: string, hash = hash32(key)): number {
    const { places } = this;
    const last = places.length - 1;
    let slot = (hash >>> BUCKET_BITS) & last;
    while (places[slot] !== 0 && !isKeyAt(records, places[slot]! - 1, key)) slot = (slot + 1) & last;
    return slot;
  }

  /** Notes where the record is that belongs into this slot. @returns the slot that it has then */
  put(records: Buffer, slot: number, place: number): number {
    const isNew = this.places[slot] === 0;
    this.places[slot] = 1 + place;
    if (!isNew || 2 * ++this.#taken < this.places.length) return slot;
    this.#grow(records);
    return this.find(records, keyAt(records, place));
  }

  #grow(records: Buffer): void {
    const { places, waiting } = this;
    this.places = new Uint32Array(2 * places.length);
    const last = this.places.length - 1;
    if (waiting) this.waiting = new Uint32Array(2 * places.length);
    for (let slot = 0; slot < places.length; slot++) {
      if (places[slot] === 0) continue;
      let to = (hash32(keyAt(records, places[slot]! - 1)) >>> BUCKET_BITS) & last;
      while (this.places[to] !== 0) to = (to + 1) & last;
      this.places[to] = places[slot]!;
      if (waiting) this.waiting![to] = waiting[slot]!;
    }
  }
}

/** The key of the record at a place. */
export function keyAt(records: Buffer, place: number): string {
  const bytes = new ByteReader(records, place);
  bytes.whole();
  return bytes.text();
}

/** As `keyAt(...) === key`, without a text for most. A key of ASCII alone has as many bytes as characters, no other has. */
function isKeyAt(records: Buffer, place: number, key: string): boolean {
  let at = place;
  while (records[at]! >= ASCII) at++;
  const size = records[++at]!;
  if (size >= ASCII || size > key.length) return keyAt(records, place) === key;
  if (size < key.length) return false;
  for (let n = 0; n < size; n++) {
    const code = key.charCodeAt(n);
    if (code >= ASCII || records[++at] !== code) return false;
  }
  return true;
}
