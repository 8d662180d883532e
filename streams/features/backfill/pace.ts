import { setTimeout as sleep } from 'node:timers/promises';

/** Of the time a backfill works so much: at the most, at the least, and so much more after each second in which lists come in time. */
export const SHARE = { most: 1 / 4, least: 1 / 64, regained: 1 / 64 };
/** A rest is worth its timer after so much work, and no longer than so much. */
const WORK_MS = 20;
const REST_MS = 5_000;
/** So often scorers tell how lists come. */
const LOOK_MS = 1_000;

/**
 * Keeps work small beside those for whom somebody waits. After each piece it rests for a multiple of the time that the
 * piece took, by the clock: whoever has to wait for a processor, or for ClickHouse, rests the longer for it. While lists
 * are late its share is halved, each second, and then grows by the same step again (additive increase, multiplicative
 * decrease: Chiu and Jain, "Analysis of the increase and decrease algorithms", 1989).
 */
export class Pace {
  #share = SHARE.most;
  #began_ms: number;
  #looked_ms: number;
  readonly #isLate: () => boolean;
  readonly #now_ms: () => number;
  readonly #pause: (ms: number) => Promise<unknown>;

  constructor(isLate: () => boolean, { now_ms = () => performance.now(), pause = (ms: number) => sleep(ms) } = {}) {
    this.#isLate = isLate;
    this.#now_ms = now_ms;
    this.#pause = pause;
    this.#began_ms = now_ms();
    this.#looked_ms = this.#began_ms;
  }

  /** Called behind each piece of work. */
  async rest(): Promise<void> {
    const worked_ms = this.#now_ms() - this.#began_ms;
    if (worked_ms < WORK_MS) return;
    this.#look();
    await this.#pause(Math.min(REST_MS, worked_ms * (1 / this.#share - 1)));
    this.#began_ms = this.#now_ms();
  }

  #look(): void {
    const now_ms = this.#now_ms();
    if (now_ms - this.#looked_ms < LOOK_MS) return;
    this.#looked_ms = now_ms;
    const { most, least, regained } = SHARE;
    this.#share = this.#isLate() ? Math.max(least, this.#share / 2) : Math.min(most, this.#share + regained);
  }
}
