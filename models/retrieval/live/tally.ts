/** Counts by number, without a map: what was touched is cleared as it is taken. */
export class Tally {
  #counts = new Int32Array(1_024);
  #touched = new Int32Array(1_024);
  #size = 0;

  /** Makes room for numbers below this one. */
  reserve(numbers: number): void {
    if (numbers <= this.#counts.length) return;
    const twice = Math.max(numbers, 2 * this.#counts.length);
    const [counts, touched] = [new Int32Array(twice), new Int32Array(twice)];
    counts.set(this.#counts);
    touched.set(this.#touched);
    [this.#counts, this.#touched] = [counts, touched];
  }

  /** @param number with room for it */
  add(number: number): void {
    if (this.#counts[number]!++ === 0) this.#touched[this.#size++] = number;
  }

  /**
   * Counts the numbers of these slots.
   *
   * @param numbers by slot, negative where it has none
   * @param kinds by place in `slots`: those of these two kinds are counted
   */
  addOf(numbers: Int32Array, slots: Int32Array, kinds: Int32Array, one: number, other: number): void {
    const [counts, touched] = [this.#counts, this.#touched];
    let size = this.#size;
    for (let at = 0; at < slots.length; at++) {
      if (kinds[at] !== one && kinds[at] !== other) continue;
      const number = numbers[slots[at]!]!;
      if (number >= 0 && counts[number]!++ === 0) touched[size++] = number;
    }
    this.#size = size;
  }

  /** Gives all counts since the last time, in no order. */
  take(give: (number: number, count: number) => void): void {
    for (let at = 0; at < this.#size; at++) {
      const number = this.#touched[at]!;
      give(number, this.#counts[number]!);
      this.#counts[number] = 0;
    }
    this.#size = 0;
  }
}
