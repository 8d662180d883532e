import { exactSearch, MetricKind } from 'usearch';
import { fromHalves, halves } from '../../graph/half.ts';
import { top } from '../top.ts';
import { rotationOf } from './rotation.ts';

/** Items by their nearness to a query, nearest first. */
export interface Nearest {
  items: string[];
  /** Where they stand in the index until items come or go. */
  slots: Int32Array;
  /** Products of the query with the items' vectors: their cosines, where all have length 1. */
  scores: Float32Array;
}

/** Of each item wanted, so many are taken from the coarse scan, and some more for the sake of small numbers. */
const REACH = { factor: 1.5, more: 16 };
const FIRST_CAPACITY = 256;
/** What the greatest number is in 8 bits. */
const GREATEST = 127;
/** Of rotated vectors, one in four hundred of 384 numbers has one that is so many deviations from 0, and is cut off there. */
const DEVIATIONS = 4.5;
/** What each float16 is, by its bits. */
const NUMBERS = fromHalves(Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits));

/**
 * Vectors of items, in memory, of which those nearest to a query are found: all are compared with it in 8 bits, and the
 * best of them again in 16. An item costs 3 bytes for each number of its vector, and no time before it is asked for.
 */
export class VectorIndex {
  readonly width: number;
  readonly #slots = new Map<string, number>();
  /** Changes when an item comes or goes, and not with its vector. */
  moves = 0;
  /** By slot; the slots in use are the first ones. */
  readonly #items: string[] = [];
  #fine = new Uint16Array(0);
  #coarse = new Int8Array(0);
  readonly #rotate: (vector: Float32Array) => void;
  /** What a number of a rotated vector of length 1 is multiplied by. */
  readonly #scale: number;

  constructor(width: number) {
    this.width = width;
    this.#rotate = rotationOf(width);
    this.#scale = GREATEST / Math.min(1, DEVIATIONS / Math.sqrt(width));
  }

  get size(): number {
    return this.#items.length;
  }

  /**
   * Takes an item's vector, in place of the one that it had.
   *
   * @throws RangeError where it has another width, no length, or a number that float16 does not have
   */
  set(item: string, vector: Float32Array): void {
    if (this.setHalves(item, halves(vector))) return;
    throw new RangeError(`expected ${this.width} finite numbers that are not all 0, got ${vector.length} for ${item}`);
  }

  /**
   * The same, of a vector in float16, as it comes from elsewhere.
   *
   * @returns false where it is no vector for this index: then the item has none
   */
  setHalves(item: string, fine: Uint16Array): boolean {
    const coarse = fine.length === this.width ? this.#coarsened(numbersOf(fine)) : undefined;
    if (!coarse) {
      this.delete(item);
      return false;
    }
    const slot = this.#slots.get(item) ?? this.#add(item);
    this.#fine.set(fine, slot * this.width);
    this.#coarse.set(coarse, slot * this.width);
    return true;
  }

  /** Forgets an item, if it is there: the last one takes its slot. */
  delete(item: string): void {
    const slot = this.#slots.get(item);
    if (slot === undefined) return;
    this.#slots.delete(item);
    this.moves++;
    const last = this.#items.pop()!;
    if (last === item) return;
    const start = this.#items.length * this.width;
    this.#items[slot] = last;
    this.#slots.set(last, slot);
    this.#fine.copyWithin(slot * this.width, start, start + this.width);
    this.#coarse.copyWithin(slot * this.width, start, start + this.width);
  }

  /** An item's vector, to the precision of float16. */
  get(item: string): Float32Array | undefined {
    const slot = this.#slots.get(item);
    if (slot === undefined) return undefined;
    return numbersOf(this.#fine.subarray(slot * this.width, (slot + 1) * this.width));
  }

  slotOf(item: string): number | undefined {
    return this.#slots.get(item);
  }

  itemAt(slot: number): string {
    return this.#items[slot]!;
  }

  /** The products of a query with some items' vectors, NaN where an item has none. */
  products(query: Float32Array, items: readonly string[]): Float32Array {
    const products = new Float32Array(items.length);
    for (let place = 0; place < products.length; place++) {
      products[place] = this.productAt(query, this.#slots.get(items[place]!) ?? -1);
    }
    return products;
  }

  /** The product of a query with the vector of a slot, NaN for one below 0. */
  productAt(query: Float32Array, slot: number): number {
    return slot < 0 ? Number.NaN : product(query, this.#fine, slot * this.width);
  }

  /**
   * The k items nearest to a query, or all, if there are no more.
   *
   * @param some where not all may be found: which slots' may, and how many times as many as are wanted are looked at for them
   */
  nearest(query: Float32Array, k: number, some?: { isFound(slot: number): boolean; reach: number }): Nearest {
    const coarse = query.length === this.width ? this.#coarsened(query.slice()) : undefined;
    if (!coarse) {
      throw new RangeError(`expected a query of ${this.width} numbers that are not all 0, got ${query.length}`);
    }
    const wanted = Math.min(k * (some?.reach ?? 1), this.size);
    if (wanted < 1) return { items: [], slots: new Int32Array(0), scores: new Float32Array(0) };
    const all = this.#coarse.subarray(0, this.size * this.width);
    const found = exactSearch(all, coarse, this.width, Math.min(this.size, reachOf(wanted)), MetricKind.IP, 1);
    const near = lowHalves(found.keys);
    const slots = (some ? firstFound(near, some.isFound, reachOf(k)) : near).sort();
    const scores = new Float32Array(slots.length);
    for (let place = 0; place < slots.length; place++) {
      scores[place] = product(query, this.#fine, slots[place]! * this.width);
    }
    const best = top(scores, k);
    const chosen = best.documents.map(place => slots[place]!);
    return { items: Array.from(chosen, slot => this.#items[slot]!), slots: chosen, scores: best.scores };
  }

  #add(item: string): number {
    const slot = this.#items.push(item) - 1;
    this.#slots.set(item, slot);
    this.moves++;
    if (slot * this.width === this.#fine.length) this.#grow();
    return slot;
  }

  /**
   * The direction of a vector, which is rotated in place, in 8 bits; nothing where it has none, or a number that is none.
   * In memory of its own: the library reads from where a view's memory begins, wherever the view does.
   */
  #coarsened(vector: Float32Array): Int8Array | undefined {
    let squares = 0;
    for (let at = 0; at < vector.length; at++) squares += vector[at]! * vector[at]!;
    if (!(squares > 0 && squares < Number.POSITIVE_INFINITY)) return undefined;
    this.#rotate(vector);
    const scale = this.#scale / Math.sqrt(squares);
    const coarse = new Int8Array(vector.length);
    for (let at = 0; at < coarse.length; at++) {
      coarse[at] = Math.max(-GREATEST, Math.min(GREATEST, Math.round(scale * vector[at]!)));
    }
    return coarse;
  }

  #grow(): void {
    const capacity = Math.max(
      FIRST_CAPACITY * this.width,
      this.width * Math.ceil((this.#fine.length / this.width) * 1.5),
    );
    const [fine, coarse] = [new Uint16Array(capacity), new Int8Array(capacity)];
    fine.set(this.#fine);
    coarse.set(this.#coarse);
    [this.#fine, this.#coarse] = [fine, coarse];
  }
}

function numbersOf(fine: Uint16Array): Float32Array {
  const vector = new Float32Array(fine.length);
  for (let at = 0; at < fine.length; at++) vector[at] = NUMBERS[fine[at]!]!;
  return vector;
}

/** How many by 8 bits are looked at for so many of the best. */
function reachOf(wanted: number): number {
  return Math.ceil(REACH.factor * wanted) + REACH.more;
}

/** The first slots that may be found, of those nearest first. */
function firstFound(near: Int32Array, isFound: (slot: number) => boolean, most: number): Int32Array {
  const slots = new Int32Array(Math.min(most, near.length));
  let count = 0;
  for (let place = 0; place < near.length && count < most; place++) {
    if (isFound(near[place]!)) slots[count++] = near[place]!;
  }
  return slots.subarray(0, count);
}

/** Small numbers of 64 bits without an object for each; the processors that the library is built for are little-endian. */
function lowHalves(numbers: BigUint64Array): Int32Array {
  const both = new Int32Array(numbers.buffer, numbers.byteOffset, 2 * numbers.length);
  const low = new Int32Array(numbers.length);
  for (let at = 0; at < low.length; at++) low[at] = both[2 * at]!;
  return low;
}

/**
 * Four sums side by side, so that an addition does not wait for the one before it. They are not unpacked from an array:
 * V8 would keep them as objects, and make a new one with each addition.
 */
function product(query: Float32Array, fine: Uint16Array, start: number): number {
  const width = query.length;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let at = 0;
  for (; at + 3 < width; at += 4) {
    a += query[at]! * NUMBERS[fine[start + at]!]!;
    b += query[at + 1]! * NUMBERS[fine[start + at + 1]!]!;
    c += query[at + 2]! * NUMBERS[fine[start + at + 2]!]!;
    d += query[at + 3]! * NUMBERS[fine[start + at + 3]!]!;
  }
  for (; at < width; at++) a += query[at]! * NUMBERS[fine[start + at]!]!;
  return a + b + c + d;
}
