const FEWEST = 1024;

/**
 * The texts of a record, each once, in the order in which they came: a table by hash, with open addressing. It keeps its
 * size when it is emptied, for the next record has about as many.
 */
export class RecordTexts {
  readonly #texts: string[] = [];
  readonly #hashes: number[] = [];
  /** 1 + the number of a text; 0: free. At most half of them are taken. */
  #slots = new Int32Array(FEWEST);
  #chars = 0;

  /** Characters of all of them together. */
  get chars(): number {
    return this.#chars;
  }

  /** @returns the number of a text that is there already; -1 of one that is new, and is there from now on */
  numberOf(text: string, hash: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const number = slots[slot]! - 1;
      if (this.#hashes[number] === hash && this.#texts[number] === text) return number;
    }
    slots[slot] = this.#texts.push(text);
    this.#hashes.push(hash);
    this.#chars += text.length;
    if (2 * this.#texts.length > slots.length) this.#grow();
    return -1;
  }

  /** All of them in a row; none is left. */
  take(): string {
    const all = this.#texts.join('');
    this.#texts.length = 0;
    this.#hashes.length = 0;
    this.#slots.fill(0);
    this.#chars = 0;
    return all;
  }

  #grow(): void {
    const slots = new Int32Array(2 * this.#slots.length);
    const mask = slots.length - 1;
    for (const [number, hash] of this.#hashes.entries()) {
      let slot = hash & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = 1 + number;
    }
    this.#slots = slots;
  }
}
