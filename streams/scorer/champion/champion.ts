import type { Provider } from '../../../models/graph/runtime.ts';
import type { Pairs } from '../../../models/ranker/dataset/pairs.ts';
import { TemperError } from '../../../schemas/errors.ts';
import type { Log } from '../../../schemas/log.ts';
import type { Promotion } from '../../../schemas/models/models.ts';
import type { Trial } from '../../../schemas/models/trials.ts';
import type { Surface } from '../../../schemas/topics/ranking.ts';
import { noteOf } from '../../observe/champions.ts';
import type { Report } from '../../report.ts';

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

/** Between tries to load a model whose registry does not answer: the first pause, and the longest. */
const PAUSE_MS = { first: 1_000, most: 30_000 };

/**
 * The model that answers now, as champion or, by another of these, as challenger. A promotion is loaded beside it,
 * verified and warmed; then one assignment makes it the one that answers, and the old one goes when its last run is over.
 * A promotion that can't be served changes nothing. One that can't be loaded now, as while the registry does not answer,
 * is tried again until it can or something newer is said.
 */
export class Champion {
  #current: Current | undefined;
  #loading: Promise<void> = Promise.resolve();
  /** Numbers what was said: only the newest is tried again. */
  #said = 0;
  /** Who served before what was taken, oldest first: loaded only where all that is newer is refused. */
  #former: Served[] = [];
  #awaited: NodeJS.Timeout | undefined;
  readonly #load: (served: Served) => Promise<Ranker>;
  readonly #report: Report;
  readonly #log: Log;
  readonly #role: 'champion' | 'challenger';
  readonly #note: string;

  constructor(
    load: (served: Served) => Promise<Ranker>,
    report: Report,
    log: Log,
    role: 'champion' | 'challenger' = 'champion',
    surface: Surface = 'home',
  ) {
    this.#load = load;
    this.#report = report;
    this.#log = log;
    this.#role = role;
    this.#note = noteOf(role, surface);
  }

  get id(): string | undefined {
    return this.#current?.ranker.id;
  }

  /** The surface whose lists the one who answers was trained on and promoted for. */
  get surface(): Surface | undefined {
    return this.#current?.served.surface;
  }

  /** Whether what was said last is yet to be loaded, its registry not having answered. */
  get isAwaited(): boolean {
    return this.#awaited !== undefined;
  }

  /**
   * Promotions are taken in their order, one after the other. Resolves when it is served or refused, or to be awaited.
   *
   * @param former who served before it, oldest first: where it is refused, the newest of them that can serve does
   */
  take(served: Served, former: readonly Served[] = []): Promise<void> {
    this.#former.push(...former);
    return this.#try(served, this.#next(), 1);
  }

  /** Nobody answers from now on; who does goes when his last run is over. */
  drop(): Promise<void> {
    this.#next();
    this.#loading = this.#loading.then(async () => {
      const before = this.#current;
      this.#current = undefined;
      this.#report.note(this.#note, 'none');
      if (before && before.runs === 0) await before.ranker.release();
    });
    return this.#loading;
  }

  /** Scores by it, and says which one it was; undefined where there is none or it failed. */
  score(pairs: Pairs): Promise<{ scores: Float32Array; scale: Scale; model: string } | undefined> {
    return this.#ask(async current => {
      const scores = await current.ranker.score(pairs);
      if (!areFinite(scores)) throw new Error(`${current.ranker.id} gave a score that is not finite`);
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
      this.#log.error({ code: 'MODEL_FAILED', err: error, model: current.ranker.id }, failed);
      return undefined;
    } finally {
      current.runs--;
      if (current !== this.#current && current.runs === 0) void current.ranker.release();
    }
  }

  /** Resolves when every promotion that was taken so far is served or refused, or to be awaited. */
  settled(): Promise<void> {
    return this.#loading;
  }

  async stop(): Promise<void> {
    this.#next();
    this.#former = [];
    await this.#loading;
    await this.#current?.ranker.release();
  }

  /** Something newer is said: what was awaited is not any more. */
  #next(): number {
    clearTimeout(this.#awaited);
    this.#awaited = undefined;
    return ++this.#said;
  }

  #try(served: Served, number: number, attempt: number): Promise<void> {
    this.#loading = this.#loading.then(() => this.#swap(served, number, attempt));
    return this.#loading;
  }

  async #swap(served: Served, number: number, attempt: number): Promise<void> {
    if (served.model === this.#current?.ranker.id) {
      this.#former = [];
      return;
    }
    if (attempt > 1 && number !== this.#said) return;
    try {
      const ranker = await this.#load(served);
      const before = this.#current;
      this.#current = { ranker, served, runs: 0, answered: false };
      this.#former = [];
      this.#report.count(this.#named('swaps'));
      this.#report.note(this.#note, ranker.id);
      this.#log.info(
        { code: 'MODEL_SERVES', model: ranker.id, provider: ranker.provider, role: this.#role },
        'serves lists from now on',
      );
      if (number === this.#said) this.#awaited = undefined;
      if (before && before.runs === 0) await before.ranker.release();
    } catch (error) {
      if (error instanceof TemperError && error.retryable && number === this.#said) {
        return this.#await(error, served, number, attempt);
      }
      if (number === this.#said) this.#awaited = undefined;
      this.#report.count(this.#named('refused_models'));
      this.#report.note('refused_model', `${served.model}: ${error instanceof Error ? error.message : error}`);
      this.#log.error(
        { code: 'MODEL_REFUSED', err: error, model: served.model, role: this.#role },
        'the model is refused; all stays as it is',
      );
      const former = this.#former.pop();
      if (former) await this.#swap(former, number, 1);
    }
  }

  #await(error: TemperError, served: Served, number: number, attempt: number): void {
    const pause_ms = Math.min(PAUSE_MS.most, PAUSE_MS.first * 2 ** (attempt - 1));
    this.#awaited = setTimeout(() => void this.#try(served, number, attempt + 1), pause_ms);
    this.#report.count(this.#named('awaited_models'));
    this.#log.warn(
      { code: 'MODEL_AWAITED', err: error, model: served.model, role: this.#role, attempt, pause_ms },
      'the model can not be loaded now: it is tried again, and all stays as it is until then',
    );
  }

  /** What is counted of a challenger stands apart. */
  #named<N extends string>(name: N): N | `challenger.${N}` {
    return this.#role === 'champion' ? name : `challenger.${name}`;
  }
}

/** Without a call for each of them, which is dearer than the question. */
function areFinite(scores: Float32Array): boolean {
  for (let n = 0; n < scores.length; n++) if (!Number.isFinite(scores[n]!)) return false;
  return true;
}
