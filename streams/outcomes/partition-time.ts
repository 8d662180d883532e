/** A topic that has given nothing for so long holds the others back no more. */
const QUIET_MS = 2_000;

/**
 * The time of one partition that is read from several topics: as far as the one that lags most, by the newest event
 * time that each has given. Otherwise a topic that is read a second later than the other would find its lists closed
 * when a recorded week passes in a minute. When all are quiet, time goes on by the clock on the wall.
 */
export class PartitionTime {
  readonly #topics: Map<string, { at_ms: number; heard_ms: number }>;
  #now_ms = 0;

  /** @param wall_ms the wall's clock, in all methods: an argument, so that tests decide it */
  constructor(topics: readonly string[], wall_ms: number) {
    this.#topics = new Map(topics.map(topic => [topic, { at_ms: 0, heard_ms: wall_ms }]));
  }

  saw(topic: string, at_ms: number, wall_ms: number): void {
    const known = this.#topics.get(topic)!;
    known.at_ms = Math.max(known.at_ms, at_ms);
    known.heard_ms = wall_ms;
  }

  /** Never goes back. */
  now_ms(wall_ms: number): number {
    const all = [...this.#topics.values()];
    const heard = all.filter(topic => wall_ms - topic.heard_ms <= QUIET_MS);
    const newest_ms = Math.max(...all.map(topic => topic.at_ms));
    const silence_ms = wall_ms - Math.max(...all.map(topic => topic.heard_ms));
    const now_ms = heard.length > 0 ? Math.min(...heard.map(topic => topic.at_ms)) : newest_ms + silence_ms - QUIET_MS;
    if (newest_ms > 0) this.#now_ms = Math.max(this.#now_ms, now_ms);
    return this.#now_ms;
  }
}
