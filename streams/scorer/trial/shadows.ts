import { setTimeout as sleep } from 'node:timers/promises';
import { agreement } from '../../../models/evaluate/agreement.ts';
import type { Pairs } from '../../../models/ranker/dataset/pairs.ts';
import type { Shadow, Trial } from '../../../schemas/models/trials.ts';
import type { ListRecord } from '../../../schemas/topics/ranking.ts';
import type { Report } from '../../report.ts';
import type { Champion } from '../champion/champion.ts';

/** A list that the champion made, with what it was made from. */
export interface Shadowed {
  list: ListRecord;
  pairs: Pairs;
  scores: Float32Array;
  trial: Trial;
  ranker: Champion;
}

/** Lists that wait; each keeps its features, some 70 KB. */
const MOST_WAITING = 64;
/** A run holds the thread: so many times as long belongs to lists that somebody waits for. */
const REST = 9;
const HEAD = 10;

/**
 * Scores lists again by a challenger, after they were sent and one at a time, with a tenth of the thread at most. What
 * does not fit into that is left out: shadows are a sample.
 */
export class Shadows {
  readonly #waiting: Shadowed[] = [];
  readonly #publish: (shadow: Shadow) => Promise<void>;
  readonly #report: Report;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(publish: (shadow: Shadow) => Promise<void>, report: Report) {
    this.#publish = publish;
    this.#report = report;
  }

  /** @returns whether it will be scored */
  offer(shadowed: Shadowed): boolean {
    if (this.#isStopped || this.#waiting.length >= MOST_WAITING) return false;
    this.#waiting.push(shadowed);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return true;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#waiting.length = 0;
    await this.#running;
  }

  async #run(): Promise<void> {
    await sleep(1); // the list goes first
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      const shadow = await shadowOf(next);
      this.#report.count('challenger.shadows');
      this.#report.time('challenger.shadow', shadow.score_ms);
      await this.#publish(shadow).catch(() => this.#report.count('challenger.unshadowed')); // a sample lacks one more
      await sleep(REST * shadow.score_ms);
    }
  }
}

async function shadowOf({ list, pairs, scores, trial, ranker }: Shadowed): Promise<Shadow> {
  const started = performance.now();
  const scored = await ranker.score(pairs);
  const score_ms = performance.now() - started;
  const agreed = scored && agreement(scores, scored.scores, HEAD);
  return {
    v: 1,
    list: list.id,
    at_ms: list.at_ms,
    user: list.user,
    surface: list.surface,
    role: 'shadow',
    experiment: trial.experiment,
    model: trial.model,
    champion: list.model,
    candidates: pairs.items.length,
    kendall: agreed?.kendall ?? null,
    overlap: agreed?.overlap ?? null,
    score_ms,
    champion_ms: list.spent_ms.score,
    failed: scored === undefined,
  };
}
