/** Scores that are added up for one query, by slot; what was touched is cleared before the next. */
export class Sums {
  scores: Float32Array;
  /** Sums of the idf of the query's words that a slot has; once they are covered, their share of all. */
  #covered: Float32Array;
  /** Slots with a score, in no order. */
  touched: Int32Array;
  count = 0;
  /** Room for slots that are chosen, so that a query among frequent words leaves no large arrays behind. */
  #room: Int32Array;

  constructor(capacity: number) {
    this.scores = new Float32Array(capacity);
    this.#covered = new Float32Array(capacity);
    this.touched = new Int32Array(capacity);
    this.#room = new Int32Array(capacity);
  }

  /** Adds what a term gives to each slot that has it: BM25's saturated weight, times its idf. */
  add(slots: Int32Array, weights: Float32Array, having: number, idf: number, k1: number): void {
    const [scores, covered, touched] = [this.scores, this.#covered, this.touched];
    let count = this.count;
    for (let at = 0; at < having; at++) {
      const slot = slots[at]!;
      const score = scores[slot]!;
      if (score === 0) touched[count++] = slot;
      scores[slot] = score + (idf * weights[at]!) / (k1 + weights[at]!);
      covered[slot]! += idf;
    }
    this.count = count;
  }

  /** Multiplies scores by a power of the share of the query that they are for. */
  cover(all: number, power: number): void {
    for (let at = 0; at < this.count; at++) {
      const slot = this.touched[at]!;
      const share = this.#covered[slot]! / all;
      this.#covered[slot] = share;
      if (power > 0) this.scores[slot]! *= power === 1 ? share : share ** power; // a power costs many times a product
    }
  }

  /** Takes a share of another query's scores where it is greater than what is there. */
  raise(other: Sums, share: number): void {
    for (let at = 0; at < other.count; at++) {
      const slot = other.touched[at]!;
      if (this.scores[slot] === 0) this.touched[this.count++] = slot;
      this.scores[slot] = Math.max(this.scores[slot]!, share * other.scores[slot]!);
      this.#covered[slot] = Math.max(this.#covered[slot]!, other.#covered[slot]!);
    }
  }

  /** Those of the touched that may be found, until others are chosen. */
  chosen(isFound: (slot: number) => boolean): Int32Array {
    const [touched, room] = [this.touched, this.#room];
    let count = 0;
    for (let at = 0; at < this.count; at++) if (isFound(touched[at]!)) room[count++] = touched[at]!;
    return room.subarray(0, count);
  }

  /**
   * The slots that have at least this share of what the best of some has of the query: none where these are none.
   *
   * @param among those of which the best counts; all that do may be given back
   */
  covering(share: number, among: Int32Array): Int32Array {
    const [covered, touched] = [this.#covered, this.touched];
    let best = 0;
    for (let at = 0; at < among.length; at++) best = Math.max(best, covered[among[at]!]!);
    if (best === 0) return new Int32Array(0);
    const least = share * best;
    const room = this.#room; // `among` may stand in it: it is not needed any more
    let count = 0;
    for (let at = 0; at < this.count; at++) if (covered[touched[at]!]! >= least) room[count++] = touched[at]!;
    return room.slice(0, count);
  }

  clear(): void {
    for (let at = 0; at < this.count; at++) this.scores[this.touched[at]!] = this.#covered[this.touched[at]!] = 0;
    this.count = 0;
  }

  grow(): void {
    const twice = <A extends Float32Array | Int32Array>(array: A): A => {
      const grown = new (array.constructor as new (length: number) => A)(2 * array.length);
      grown.set(array);
      return grown;
    };
    this.scores = twice(this.scores);
    this.#covered = twice(this.#covered);
    this.touched = twice(this.touched);
    this.#room = twice(this.#room);
  }
}
