import type { Pairs } from '../../../models/ranker/dataset/pairs.ts';
import type { Log } from '../../../schemas/log.ts';
import type { Trial } from '../../../schemas/models/trials.ts';
import type { Experiment, ListRecord, RankRequest, Surface } from '../../../schemas/topics/ranking.ts';
import type { Report } from '../../report.ts';
import { Champion, type Ranker, type Served } from '../champion/champion.ts';
import { experimentOf } from './groups.ts';
import type { Shadows } from './shadows.ts';

/**
 * The model on trial, beside the champion. A trial counts once its model has been loaded or refused, so that no list is
 * meant for a challenger that is still on its way, also where its registry does not answer; where it was refused, its lists
 * fall back to the champion and say so.
 */
export class Challenger {
  readonly ranker: Champion;
  #trial: Trial | undefined;
  #taking: Promise<void> = Promise.resolve();
  readonly #shadows: Shadows | undefined;
  readonly #report: Report;

  constructor(
    load: (served: Served) => Promise<Ranker>,
    report: Report,
    log: Log,
    shadows?: Shadows,
    surface?: Surface,
  ) {
    this.ranker = new Champion(load, report, log, 'challenger', surface);
    this.#report = report;
    this.#shadows = shadows;
  }

  /** Trials are taken in their order. @param trial undefined: it has ended */
  take(trial: Trial | undefined): Promise<void> {
    this.#taking = this.#taking.then(async () => {
      if (trial?.model !== this.ranker.id) {
        this.#trial = undefined;
        await this.ranker.drop(); // where the next one is refused, this one must not make its lists
      }
      if (trial) await this.ranker.take(trial);
      this.#trial = trial;
    });
    return this.#taking;
  }

  /** Resolves when every trial that was taken so far counts, or its model is awaited. */
  settled(): Promise<void> {
    return this.#taking;
  }

  /** The experiment of which a list for this user is part. */
  experimentFor(request: RankRequest): Experiment | undefined {
    const trial = this.#counting;
    return trial && experimentOf(request, trial);
  }

  /**
   * Takes note of a list that the champion made: where the challenger is a shadow, it scores the same candidates later.
   *
   * @returns whether it keeps them until then
   */
  watch(list: ListRecord, pairs: Pairs, scores: Float32Array): boolean {
    const trial = this.#counting;
    if (trial?.stage.kind !== 'shadow' || list.role !== 'champion') return false;
    const isKept = this.#shadows?.offer({ list, pairs, scores, trial, ranker: this.ranker }) ?? false;
    if (!isKept) this.#report.count('challenger.unshadowed');
    return isKept;
  }

  get #counting(): Trial | undefined {
    return this.ranker.isAwaited ? undefined : this.#trial;
  }

  async stop(): Promise<void> {
    await this.#taking;
    await this.#shadows?.stop();
    await this.ranker.stop();
  }
}
