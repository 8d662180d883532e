/** Scores that are added up for one query, by slot; what was touched is cleared before the next. */
export class Sums {
  scores: Float32Array;
  /** Sums of the idf of the query's words that a slot has; once they are covered, their share of all. */
  #covered: Float32Array;
  /** Slots with a score, and those that are held, in no order. */
  touched: Int32Array;
  count = 0;
  /** 1 where a slot still takes scores, once others do not any more. */
  #held: Uint8Array;
  /** Room for slots that are chosen, so that a query among frequent words leaves no large arrays behind. */
  #room: Int32Array;

  constructor(capacity: number) {
    this.scores = new Float32Array(capacity);
    this.#covered = new Float32Array(capacity);
    this.touched = new Int32Array(capacity);
    this.#held = new Uint8Array(capacity);
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

  /**
   * Whether the k best are among the touched, whatever is added for the rest of the query's words: k of those that may be
   * found have a better score already than any other slot can get, and one has so much of the query that no other matches
   * (Turtle and Flood, "Query evaluation: strategies and optimizations", 1995).
   *
   * @param rest the sum of the idf of the words that are to come, of `all`: more than they can add to a score
   * @param share see `covering`
   */
  areSettled(k: number, rest: number, all: number, power: number, share: number, isFound?: (slot: number) => boolean) {
    const [scores, covered, touched] = [this.scores, this.#covered, this.touched];
    const most = rest * (rest / all) ** power;
    let [better, best] = [0, 0];
    for (let at = 0; at < this.count; at++) {
      const slot = touched[at]!;
      if (isFound && !isFound(slot)) continue;
      const own = covered[slot]! / all;
      if (scores[slot]! * (power === 1 ? own : own ** power) <= most) continue;
      better++;
      best = Math.max(best, covered[slot]!);
      if (better >= k && share * best > rest) return true;
    }
    return false;
  }

  /** From now on what is added counts for those that were touched, and for these; their scores may stay 0. */
  hold(also: Int32Array): void {
    const [touched, held] = [this.touched, this.#held];
    for (let at = 0; at < this.count; at++) held[touched[at]!] = 1;
    for (let at = 0; at < also.length; at++) {
      const slot = also[at]!;
      if (held[slot] === 1) continue;
      held[slot] = 1;
      touched[this.count++] = slot;
    }
  }

  /** `add` for those that are held. */
  addToHeld(slots: Int32Array, weights: Float32Array, having: number, idf: number, k1: number): void {
    const [scores, covered, held] = [this.scores, this.#covered, this.#held];
    for (let at = 0; at < having; at++) {
      const slot = slots[at]!;
      if (held[slot] === 0) continue;
      scores[slot]! += (idf * weights[at]!) / (k1 + weights[at]!);
      covered[slot]! += idf;
    }
  }

  /** Multiplies scores by a power of the share of the query that they are for. */
  cover(all: number, power: number): void {
    const [scores, covered, touched] = [this.scores, this.#covered, this.touched];
    for (let at = 0; at < this.count; at++) {
      const slot = touched[at]!;
      const share = covered[slot]! / all;
      covered[slot] = share;
      if (power > 0) scores[slot]! *= power === 1 ? share : share ** power; // a power costs many times a product
    }
  }

  /** Takes a share of another query's scores where it is greater than what is there. */
  raise(other: Sums, share: number): void {
    for (let at = 0; at < other.count; at++) {
      const slot = other.touched[at]!;
      if (this.scores[slot] === 0 && this.#held[slot] === 0) this.touched[this.count++] = slot;
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
   * @returns in a room that the next search takes
   */
  covering(share: number, among: Int32Array): Int32Array {
    const [covered, touched] = [this.#covered, this.touched];
    let best = 0;
    for (let at = 0; at < among.length; at++) best = Math.max(best, covered[among[at]!]!);
    if (best === 0) return this.#room.subarray(0, 0);
    const least = share * best;
    const room = this.#room; // `among` may stand in it: it is not needed any more
    let count = 0;
    for (let at = 0; at < this.count; at++) if (covered[touched[at]!]! >= least) room[count++] = touched[at]!;
    return room.subarray(0, count);
  }

  clear(): void {
    const [scores, covered, touched, held] = [this.scores, this.#covered, this.touched, this.#held];
    for (let at = 0; at < this.count; at++) {
      const slot = touched[at]!;
      scores[slot] = covered[slot] = held[slot] = 0;
    }
    this.count = 0;
  }

  grow(): void {
    const twice = <A extends Float32Array | Int32Array | Uint8Array>(array: A): A => {
      const grown = new (array.constructor as new (length: number) => A)(2 * array.length);
      grown.set(array);
      return grown;
    };
    this.scores = twice(this.scores);
    this.#covered = twice(this.#covered);
    this.touched = twice(this.touched);
    this.#held = twice(this.#held);
    this.#room = twice(this.#room);
  }
}
