/**
 * Offsets that wait to be committed, by slot: the newest of each. One request at a time, since kafkajs tries one again
 * for half a minute where a broker dies meanwhile: one that came behind a newer one would put the group back.
 */
export class Commits {
  readonly #waiting = new Map<string, number>();
  readonly #send: (offsets: [slot: string, offset: number][]) => Promise<void>;
  readonly #isHeld: (slot: string) => boolean;
  #sending: Promise<void> = Promise.resolve();
  /** What is asked for while one is under way goes together behind it. */
  #next: Promise<void> | undefined;

  /**
   * @param send commits them all
   * @param isHeld whether the slot is still read here: what could not be committed then waits for the next time
   */
  constructor(send: (offsets: [slot: string, offset: number][]) => Promise<void>, isHeld: (slot: string) => boolean) {
    this.#send = send;
    this.#isHeld = isHeld;
  }

  set(slot: string, offset: number): void {
    this.#waiting.set(slot, offset);
  }

  delete(slot: string): void {
    this.#waiting.delete(slot);
  }

  /** Resolves once all that waited at the call is committed. @throws what the commit threw */
  flush(): Promise<void> {
    this.#next ??= this.#sending
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        this.#sending = this.#flushNow();
        return this.#sending;
      });
    return this.#next;
  }

  async #flushNow(): Promise<void> {
    const offsets = [...this.#waiting];
    this.#waiting.clear();
    if (offsets.length === 0) return;
    try {
      await this.#send(offsets);
    } catch (error) {
      // Where no record follows, no later commit would come in its place.
      for (const [slot, offset] of offsets) {
        if (this.#isHeld(slot) && !this.#waiting.has(slot)) this.#waiting.set(slot, offset);
      }
      throw error;
    }
  }
}
