import type { Provider } from '../../models/graph/runtime.ts';
import type { Pairs } from '../../models/ranker/pairs.ts';
import type { Log } from '../../schemas/log.ts';
import type { Promotion } from '../../schemas/models.ts';
import type { Report } from '../report.ts';

/** A model that is loaded and can score. */
export interface Ranker {
  id: string;
  /** Where ONNX Runtime really computes. */
  provider: Provider;
  /** @returns a logit for each of the items */
  score(pairs: Pairs): Promise<Float32Array>;
  /**
   * What it expects the user to take next, best first; only a sequence ranker says that.
   *
   * @param history newest first
   */
  next?(history: readonly string[], most: number): Promise<readonly string[]>;
  release(): Promise<void>;
}

interface Current {
  ranker: Ranker;
  promotion: Promotion;
  runs: number;
  answered: boolean;
}

/**
 * The model that answers now. A promotion is loaded beside it, verified and warmed; then one assignment makes it the
 * champion, and the old one goes when its last run is over. A promotion that can't be served changes nothing.
 */
export class Champion {
  #current: Current | undefined;
  #loading: Promise<void> = Promise.resolve();
  readonly #load: (promotion: Promotion) => Promise<Ranker>;
  readonly #report: Report;
  readonly #log: Log;

  constructor(load: (promotion: Promotion) => Promise<Ranker>, report: Report, log: Log) {
    this.#load = load;
    this.#report = report;
    this.#log = log;
  }

  get id(): string | undefined {
    return this.#current?.ranker.id;
  }

  /** Promotions are taken in their order, one after the other. */
  take(promotion: Promotion): Promise<void> {
    this.#loading = this.#loading.then(() => this.#swap(promotion));
    return this.#loading;
  }

  /** Scores by the champion, and says which one it was; undefined where there is none or it failed. */
  score(pairs: Pairs): Promise<{ scores: Float32Array; model: string } | undefined> {
    return this.#ask(async current => {
      const scores = await current.ranker.score(pairs);
      if (!scores.every(Number.isFinite)) throw new Error(`${current.ranker.id} gave a score that is not finite`);
      if (!current.answered) {
        current.answered = true;
        this.#report.gauge('promotion_to_first_list_ms', Date.now() - current.promotion.at_ms);
      }
      return { scores, model: current.ranker.id };
    }, 'the champion failed: this list falls back to popularity');
  }

  /**
   * What the champion expects the user to take next, best first; nothing where it does not say, or failed.
   *
   * @param history newest first
   */
  async next(history: readonly string[], most: number): Promise<readonly string[]> {
    const expected = await this.#ask(
      async ({ ranker }) => (await ranker.next?.(history, most)) ?? [],
      'the champion failed: this list is found without it',
    );
    return expected ?? [];
  }

  async #ask<T>(question: (current: Current) => Promise<T>, failed: string): Promise<T | undefined> {
    const current = this.#current;
    if (!current) return undefined;
    current.runs++;
    try {
      return await question(current);
    } catch (error) {
      this.#report.count('failed_scores');
      this.#log.error({ err: error, model: current.ranker.id }, failed);
      return undefined;
    } finally {
      current.runs--;
      if (current !== this.#current && current.runs === 0) void current.ranker.release();
    }
  }

  /** Resolves when every promotion that was taken so far is served or refused. */
  settled(): Promise<void> {
    return this.#loading;
  }

  async stop(): Promise<void> {
    await this.#loading;
    await this.#current?.ranker.release();
  }

  async #swap(promotion: Promotion): Promise<void> {
    if (promotion.model === this.#current?.ranker.id) return;
    try {
      const ranker = await this.#load(promotion);
      const before = this.#current;
      this.#current = { ranker, promotion, runs: 0, answered: false };
      this.#report.count('swaps');
      this.#report.note('champion', ranker.id);
      this.#log.info({ model: ranker.id, provider: ranker.provider }, 'serves lists from now on');
      if (before && before.runs === 0) await before.ranker.release();
    } catch (error) {
      this.#report.count('refused_models');
      this.#report.note('refused_model', `${promotion.model}: ${error instanceof Error ? error.message : error}`);
      this.#log.error({ err: error, model: promotion.model }, 'the promoted model is refused; the champion stays');
    }
  }
}
