import type { ProductWords } from '../retrieval/live/product-words.ts';
import type { VectorIndex } from '../retrieval/vectors/vector-index.ts';

const UNKNOWN = -2;
/** What the other index does not have. */
export const NOWHERE = -1;

/**
 * Where the slots of an index of words stand in one of vectors, and the other way round. An item is looked up by its name
 * once, until items come or go: among names that are scattered in memory, a thousand take a millisecond.
 */
export class JoinedSlots {
  readonly #words: ProductWords;
  readonly #vectors: VectorIndex;
  #ofWords: Int32Array = new Int32Array(0);
  #ofVectors: Int32Array = new Int32Array(0);
  #moves = '';

  constructor(words: ProductWords, vectors: VectorIndex) {
    this.#words = words;
    this.#vectors = vectors;
  }

  /** Forgets what was looked up, if items have come or gone. */
  renew(): this {
    const [words, vectors] = [this.#words, this.#vectors];
    const moves = `${words.moves} ${vectors.moves}`;
    if (moves === this.#moves) return this;
    this.#moves = moves;
    this.#ofWords = unknown(this.#ofWords, words.slots);
    this.#ofVectors = unknown(this.#ofVectors, vectors.size);
    return this;
  }

  /** The slot in the index of vectors of one in that of words, or NOWHERE. */
  vectorOf(word: number): number {
    const known = this.#ofWords[word]!;
    if (known !== UNKNOWN) return known;
    const found = this.#vectors.slotOf(this.#words.itemAt(word)!) ?? NOWHERE;
    this.#ofWords[word] = found;
    return found;
  }

  /** The slot in the index of words of one in that of vectors, or NOWHERE. */
  wordOf(vector: number): number {
    const known = this.#ofVectors[vector]!;
    if (known !== UNKNOWN) return known;
    const found = this.#words.slotOf(this.#vectors.itemAt(vector)) ?? NOWHERE;
    this.#ofVectors[vector] = found;
    return found;
  }
}

function unknown(room: Int32Array, size: number): Int32Array {
  return (room.length < size ? new Int32Array(Math.ceil(1.5 * size)) : room).fill(UNKNOWN);
}

const joins = new WeakMap<VectorIndex, { words: ProductWords; slots: JoinedSlots }>();

/** Those of two indices, kept for the next search among the same. */
export function joinedSlots(words: ProductWords, vectors: VectorIndex): JoinedSlots {
  let join = joins.get(vectors);
  if (join?.words !== words) {
    join = { words, slots: new JoinedSlots(words, vectors) };
    joins.set(vectors, join);
  }
  return join.slots.renew();
}
