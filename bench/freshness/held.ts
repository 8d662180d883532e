/** What has been read of the log of users' features: how many events its first records contain. */
export class Held {
  readonly #ends: number[] = [];

  /** The next record of the log, with so many events. */
  take(events: number): void {
    this.#ends.push(this.events + events);
  }

  get records(): number {
    return this.#ends.length;
  }

  get events(): number {
    return this.#ends.at(-1) ?? 0;
  }

  /** In the first of the records, or in as many of them as were read here. */
  of(records: number): number {
    return this.#ends[Math.min(records, this.records) - 1] ?? 0;
  }
}
