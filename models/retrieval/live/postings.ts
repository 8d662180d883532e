const FIRST = 4;

/**
 * The products that have a term, by slot, ascending, with how often each of their fields has it. A posting comes and
 * goes without the others being made again.
 */
export class Postings {
  length = 0;
  #slots = new Int32Array(FIRST);
  /** By posting, then by field. */
  #counts: Uint8Array;
  /** Term weights of BM25F, by posting, as of `#version`. */
  #weights = new Float32Array(FIRST);
  #version = -1;
  readonly #fields: number;

  constructor(fields: number) {
    this.#fields = fields;
    this.#counts = new Uint8Array(FIRST * fields);
  }

  /** Counts the term once more in a field of a product. */
  count(slot: number, field: number): void {
    const at = this.#placeOf(slot);
    if (at === this.length || this.#slots[at] !== slot) this.#insert(at, slot);
    const place = at * this.#fields + field;
    if (this.#counts[place]! < 255) this.#counts[place]!++;
    this.#version = -1;
  }

  delete(slot: number): void {
    const at = this.#placeOf(slot);
    if (at === this.length || this.#slots[at] !== slot) return;
    this.#slots.copyWithin(at, at + 1, this.length);
    this.#counts.copyWithin(at * this.#fields, (at + 1) * this.#fields, this.length * this.#fields);
    this.length--;
    this.#version = -1;
  }

  /**
   * Counts one more for those of some products that have the term in a field. Each is found from where the last one was,
   * by steps that double and then by halving (Bentley and Yao, "An almost optimal algorithm for unbounded searching", 1976).
   *
   * @param some slots, ascending
   * @param having counts, by place in `some`
   */
  countIn(field: number, some: Int32Array, having: Uint16Array): void {
    const [slots, counts, fields, length] = [this.#slots, this.#counts, this.#fields, this.length];
    let low = 0;
    for (let place = 0; place < some.length && length > 0; place++) {
      const slot = some[place]!;
      let left = 1;
      while (low + left < length && slots[low + left]! <= slot) left *= 2;
      left = Math.min(left, length - low);
      while (left > 1) {
        const half = left >> 1;
        if (slots[low + half]! <= slot) low += half;
        left -= half;
      }
      if (slots[low] === slot && counts[low * fields + field]! > 0) having[place]!++;
    }
  }

  /**
   * @param version of the norms; the weights are worked out once for each
   * @param norms by slot, then by field: what one occurrence weighs there
   */
  weighed(version: number, norms: Float32Array): { slots: Int32Array; weights: Float32Array } {
    if (version !== this.#version) {
      for (let at = 0; at < this.length; at++) {
        let weight = 0;
        const norm = this.#slots[at]! * this.#fields;
        for (let field = 0; field < this.#fields; field++) {
          weight += this.#counts[at * this.#fields + field]! * norms[norm + field]!;
        }
        this.#weights[at] = weight;
      }
      this.#version = version;
    }
    return { slots: this.#slots, weights: this.#weights };
  }

  #placeOf(slot: number): number {
    if (this.length === 0 || this.#slots[this.length - 1]! < slot) return this.length;
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#slots[middle]! < slot) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #insert(at: number, slot: number): void {
    if (this.length === this.#slots.length) this.#grow();
    this.#slots.copyWithin(at + 1, at, this.length);
    this.#counts.copyWithin((at + 1) * this.#fields, at * this.#fields, this.length * this.#fields);
    this.#slots[at] = slot;
    this.#counts.fill(0, at * this.#fields, (at + 1) * this.#fields);
    this.length++;
  }

  #grow(): void {
    const [slots, counts] = [this.#slots, this.#counts];
    this.#slots = new Int32Array(2 * slots.length);
    this.#counts = new Uint8Array(2 * counts.length);
    this.#weights = new Float32Array(2 * slots.length);
    this.#slots.set(slots);
    this.#counts.set(counts);
  }
}
