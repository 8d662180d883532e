/**
 * Commits of one partition, held back until everything that was read before them is older than the window:
 * whoever reads on from a committed offset meets every list that may still change.
 */
export class HeldCommits {
  readonly #window_ms: number;
  readonly #waiting = new Map<string, { next: number; read_ms: number }[]>();

  constructor(window_ms: number) {
    this.#window_ms = window_ms;
  }

  /**
   * @param first the first offset of the batch that was just read
   * @param next the offset behind it
   * @param now_ms the partition's time after it
   * @returns the offset of this topic that may be committed now, if one has come of age; at first, where reading began:
   *   what is deleted before the window has passed would not be missed otherwise
   */
  add(topic: string, { first, next }: { first: number; next: number }, now_ms: number): number | undefined {
    const known = this.#waiting.get(topic);
    const waiting = known ?? [];
    this.#waiting.set(topic, waiting);
    waiting.push({ next, read_ms: now_ms });
    return this.ripe(topic, now_ms) ?? (known ? undefined : first);
  }

  /** What has come of age since it was asked for the last time, if anything has. */
  ripe(topic: string, now_ms: number): number | undefined {
    const waiting = this.#waiting.get(topic) ?? [];
    let ripe: number | undefined;
    while (waiting[0] && waiting[0].read_ms + this.#window_ms < now_ms) ripe = waiting.shift()!.next;
    return ripe;
  }
}
