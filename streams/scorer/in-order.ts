/**
 * Work that is begun one after the other and goes on side by side, some of it at a time. What comes of it is taken in the
 * order in which it was begun, and nothing behind what failed is taken.
 */
export class InOrder {
  readonly #most: number;
  /** Of each that is under way what resolves once its result is taken. */
  readonly #under: Promise<void>[] = [];
  #last: Promise<void> = Promise.resolve();

  /** @param most so much of it is under way at one time, at least 1 */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Begins some work, at once or when there is room for it, and does not wait for it but where it alone may be under way.
   *
   * @param take gets what comes of it
   * @throws what earlier work threw
   */
  async begin<T>(work: () => Promise<T>, take: (result: T) => void): Promise<void> {
    const before = this.#last;
    this.#last = work().then(async result => {
      await before;
      take(result);
    });
    this.#last.catch(() => {}); // who waits for it hears of it
    this.#under.push(this.#last);
    if (this.#under.length >= this.#most) await this.#under.shift();
  }

  /** Resolves once all that was begun is taken. @throws what it threw */
  async settled(): Promise<void> {
    this.#under.length = 0;
    await this.#last;
  }
}
