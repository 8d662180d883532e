import { p99Bounds, type Service } from '../../models/evaluate/sequential/guardrails.ts';
import type { Random } from '../../models/random.ts';

/** Half of what a trial allows. */
const FAILS = 0.005;
/** Lognormal, in milliseconds: the 99th percentile is forty times the median. */
const TIME = { median: 2, spread: 1.6 };
/** Times are counted in classes that are so much wider each. */
const CLASS = Math.log(1.02);
const CLASSES = 1_200;
const CATEGORIES = 8;

/** How lists are made, by models that are all alike, but for how many fail. */
export class Made {
  readonly #dice: Random;
  readonly #fails: number;
  #lists = 0;
  #failed = 0;
  #kinds = 0;
  readonly #times = new Uint32Array(CLASSES);
  /** Of each tenth of the probabilities: what was expected, what was clicked, and how many items. */
  readonly #expected = new Float64Array(10);
  readonly #clicked = new Float64Array(10);
  #items = 0;

  constructor(dice: Random, fails = FAILS) {
    this.#dice = dice;
    this.#fails = fails;
  }

  /** One more list, which so many models score. */
  list(items: number, models = 1): void {
    const { uniform, normal, below } = this.#dice;
    this.#lists++;
    if (uniform() < this.#fails) this.#failed++;
    let ms = 0;
    for (let n = 0; n < models; n++) ms += TIME.median * Math.exp(TIME.spread * normal());
    this.#times[Math.max(0, Math.min(CLASSES - 1, CLASSES / 2 + Math.floor(Math.log(ms) / CLASS)))]! += 1;
    let seen = 0; // a bit for each category
    for (let n = 0; n < items; n++) {
      const kind = 1 << below(CATEGORIES);
      if ((seen & kind) === 0) this.#kinds++;
      seen |= kind;
    }
  }

  item(probability: number, isClicked: boolean): void {
    const tenth = Math.min(9, Math.floor(10 * probability));
    this.#expected[tenth]! += probability;
    this.#clicked[tenth]! += Number(isClicked);
    this.#items++;
  }

  service(): Service {
    const bounds = p99Bounds(this.#lists);
    const error = this.#expected.reduce((sum, expected, n) => sum + Math.abs(expected - this.#clicked[n]!), 0);
    return {
      served: this.#lists,
      failed: this.#failed,
      score_ms: this.#lists > 0 ? this.#percentile(0.5) : null,
      p99_ms: bounds ? { low: this.#percentile(bounds[0]), high: this.#percentile(bounds[1]) } : null,
      calibration: this.#items > 0 ? error / this.#items : null,
      categories: this.#lists > 0 ? this.#kinds / this.#lists : null,
    };
  }

  #percentile(share: number): number {
    let left = share * this.#lists;
    for (let n = 0; n < CLASSES; n++) {
      left -= this.#times[n]!;
      if (left <= 0) return Math.exp((n + 0.5 - CLASSES / 2) * CLASS);
    }
    return Number.POSITIVE_INFINITY;
  }
}
