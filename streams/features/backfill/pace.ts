import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Of the time a backfill works so much: at the most, at the least, and so much more after each second in which lists come
 * in time; and where nobody asks for any.
 */
export const SHARE = { most: 1 / 10, least: 1 / 64, regained: 1 / 64, quiet: 1 / 2 };
/**
 * A rest is worth its timer after so much work, and is no longer than so much. What counts for lists is less the share of
 * the time than how long a piece is: a list passes several processes, and may wait at each of them for a piece to end.
 */
const PIECE_MS = 2;
const REST_MS = 5_000;
/** So often scorers tell how lists come. */
const LOOK_MS = 1_000;

/**
 * Keeps work small beside those for whom somebody waits. After each piece it rests for a multiple of the time that the
 * piece took, by the clock: whoever has to wait for a processor, or for ClickHouse, rests the longer for it. While lists
 * are late its share is halved, each second, and then grows by the same step again (additive increase, multiplicative
 * decrease: Chiu and Jain, "Analysis of the increase and decrease algorithms", 1989). Where nobody waits for a list it works
 * for half of the time, until somebody does.
 */
export class Pace {
  #share: number;
  /** Since the last rest. */
  #worked_ms = 0;
  #began_ms: number;
  #looked_ms: number;
  readonly #isLate: () => boolean;
  readonly #isQuiet: () => boolean;
  readonly #most: number;
  readonly #now_ms: () => number;
  readonly #pause: (ms: number) => Promise<unknown>;

  constructor(
    isLate: () => boolean,
    {
      isQuiet = (): boolean => false,
      most = SHARE.most,
      now_ms = () => performance.now(),
      pause = (ms: number) => sleep(ms) as Promise<unknown>,
    } = {},
  ) {
    this.#isLate = isLate;
    this.#isQuiet = isQuiet;
    this.#most = most;
    this.#share = most;
    this.#now_ms = now_ms;
    this.#pause = pause;
    this.#began_ms = now_ms();
    this.#looked_ms = this.#began_ms;
  }

  /** Called behind each piece of work. @param worked_ms where it was less than all the time since the last call */
  async rest(worked_ms = this.#now_ms() - this.#began_ms): Promise<void> {
    this.#began_ms = this.#now_ms();
    this.#worked_ms += worked_ms;
    if (this.#worked_ms < PIECE_MS) return;
    this.#look();
    const share = this.#isQuiet() ? Math.max(SHARE.quiet, this.#share) : this.#share;
    await this.#pause(Math.min(REST_MS, this.#worked_ms * (1 / share - 1)));
    this.#worked_ms = 0;
    this.#began_ms = this.#now_ms();
  }

  #look(): void {
    const now_ms = this.#now_ms();
    if (now_ms - this.#looked_ms < LOOK_MS) return;
    this.#looked_ms = now_ms;
    const { least, regained } = SHARE;
    this.#share = this.#isLate() ? Math.max(least, this.#share / 2) : Math.min(this.#most, this.#share + regained);
  }
}
