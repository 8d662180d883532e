import type { Provider } from '../../models/graph/runtime.ts';
import type { Pairs } from '../../models/ranker/pairs.ts';
import type { Log } from '../../schemas/log.ts';
import type { Promotion } from '../../schemas/models.ts';
import type { Trial } from '../../schemas/trials.ts';
import type { Report } from '../report.ts';

/** What scores are: absent, logits of a click. */
export type Scale = 'rate' | undefined;

/** A model that is loaded and can score. */
export interface Ranker {
  id: string;
  /** Where ONNX Runtime really computes. */
  provider: Provider;
  /** @returns a logit of a click for each of the items, or what `scale` says */
  score(pairs: Pairs): Promise<Float32Array>;
  /** `rate`: its scores are P(click). */
  scale?: Scale;
  /**
   * What it expects the user to take next, best first; only a sequence ranker says that.
   *
   * @param history newest first
   */
  next?(history: readonly string[], most: number): Promise<readonly string[]>;
  release(): Promise<void>;
}

/** What says that a model serves: as champion, or as the challenger of a trial. */
export type Served = Promotion | Trial;

interface Current {
  ranker: Ranker;
  served: Served;
  runs: number;
  answered: boolean;
}

/**
 * The model that answers now, as champion or, by another of these, as challenger. A promotion is loaded beside it,
 * verified and warmed; then one assignment makes it the one that answers, and the old one goes when its last run is over.
 * A promotion that can't be served changes nothing.
 */
export class Champion {
  #current: Current | undefined;
  #loading: Promise<void> = Promise.resolve();
  readonly #load: (served: Served) => Promise<Ranker>;
  readonly #report: Report;
  readonly #log: Log;
  readonly #role: 'champion' | 'challenger';

  constructor(
    load: (served: Served) => Promise<Ranker>,
    report: Report,
    log: Log,
    role: 'champion' | 'challenger' = 'champion',
  ) {
    this.#load = load;
    this.#report = report;
    this.#log = log;
    this.#role = role;
  }

  get id(): string | undefined {
    return this.#current?.ranker.id;
  }

  /** Promotions are taken in their order, one after the other. */
  take(served: Served): Promise<void> {
    this.#loading = this.#loading.then(() => this.#swap(served));
    return this.#loading;
  }

  /** Nobody answers from now on; who does goes when his last run is over. */
  drop(): Promise<void> {
    this.#loading = this.#loading.then(async () => {
      const before = this.#current;
      this.#current = undefined;
      this.#report.note(this.#role, 'none');
      if (before && before.runs === 0) await before.ranker.release();
    });
    return this.#loading;
  }

  /** Scores by it, and says which one it was; undefined where there is none or it failed. */
  score(pairs: Pairs): Promise<{ scores: Float32Array; scale: Scale; model: string } | undefined> {
    return this.#ask(async current => {
      const scores = await current.ranker.score(pairs);
      if (!scores.every(Number.isFinite)) throw new Error(`${current.ranker.id} gave a score that is not finite`);
      if (!current.answered) {
        current.answered = true;
        this.#report.gauge(this.#named('promotion_to_first_list_ms'), Date.now() - current.served.at_ms);
      }
      return { scores, scale: current.ranker.scale, model: current.ranker.id };
    }, `the ${this.#role} failed: this list is ordered without it`);
  }

  /**
   * What the champion expects the user to take next, best first; nothing where it does not say, or failed.
   *
   * @param history newest first
   */
  async next(history: readonly string[], most: number): Promise<readonly string[]> {
    const expected = await this.#ask(
      async ({ ranker }) => (await ranker.next?.(history, most)) ?? [],
      `the ${this.#role} failed: this list is found without it`,
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
      this.#report.count(this.#named('failed_scores'));
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

  async #swap(served: Served): Promise<void> {
    if (served.model === this.#current?.ranker.id) return;
    try {
      const ranker = await this.#load(served);
      const before = this.#current;
      this.#current = { ranker, served, runs: 0, answered: false };
      this.#report.count(this.#named('swaps'));
      this.#report.note(this.#role, ranker.id);
      this.#log.info({ model: ranker.id, provider: ranker.provider, role: this.#role }, 'serves lists from now on');
      if (before && before.runs === 0) await before.ranker.release();
    } catch (error) {
      this.#report.count(this.#named('refused_models'));
      this.#report.note('refused_model', `${served.model}: ${error instanceof Error ? error.message : error}`);
      this.#log.error(
        { err: error, model: served.model, role: this.#role },
        'the model is refused; all stays as it is',
      );
    }
  }

  /** What is counted of a challenger stands apart. */
  #named(name: string): string {
    return this.#role === 'champion' ? name : `${this.#role}.${name}`;
  }
}
