/** Counts by number, without a map: what was touched is cleared as it is taken. */
export class Tally {
  #counts = new Int32Array(1_024);
  readonly #touched: number[] = [];

  add(number: number): void {
    while (number >= this.#counts.length) {
      const grown = new Int32Array(2 * this.#counts.length);
      grown.set(this.#counts);
      this.#counts = grown;
    }
    if (this.#counts[number]!++ === 0) this.#touched.push(number);
  }

  /** Gives all counts since the last time, in no order. */
  take(give: (number: number, count: number) => void): void {
    for (const number of this.#touched) {
      give(number, this.#counts[number]!);
      this.#counts[number] = 0;
    }
    this.#touched.length = 0;
  }
}
