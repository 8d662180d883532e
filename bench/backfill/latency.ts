import { bootstrap, type Interval } from '../../models/evaluate/bootstrap.ts';
import type { BackfillStatus } from '../../workflows/clients/backfill.ts';

/** What went on beside the lists. */
export type Beside = 'no backfill' | BackfillStatus['step'];

/** A list that was asked for, and how long it took. */
export interface Asked {
  at_ms: number;
  took_ms: number;
}

/** From when on something went on: until the next mark. */
export interface Mark {
  at_ms: number;
  /** Undefined where lists do not count. */
  beside: Beside | undefined;
}

/** Lists in their order while one thing went on. */
export interface Stretch {
  beside: Beside;
  lists: Asked[];
}

export interface Latency {
  while: Beside;
  lists: number;
  p50_ms: number;
  p99_ms: number;
  worst_ms: number;
  /** By how much the p99 is above that of lists without a backfill, with 95 % confidence; none of these themselves. */
  moved_ms?: Interval;
}

/** Lists that are asked for within so long wait for the same things: the bootstrap draws them together. */
const BLOCK_MS = 2_000;
const DRAWS = { seed: 1, resamples: 1_000 };

/** What was asked for between marks, which are in the order of time. */
export function stretchesOf(lists: readonly Asked[], marks: readonly Mark[]): Stretch[] {
  const inOrder = lists.toSorted((a, b) => a.at_ms - b.at_ms);
  return marks.flatMap(({ at_ms, beside }, n) => {
    const until_ms = marks[n + 1]?.at_ms ?? Number.POSITIVE_INFINITY;
    const during = inOrder.filter(list => list.at_ms >= at_ms && list.at_ms < until_ms);
    return beside === undefined ? [] : [{ beside, lists: during }];
  });
}

/** By what went on beside the lists, in the order in which it first did. A stretch without lists says nothing. */
export function latencies(all: readonly Stretch[]): Latency[] {
  const stretches = all.filter(({ lists }) => lists.length > 0);
  const usual = new Blocks(stretches, 'no backfill');
  return [...new Set(stretches.map(({ beside }) => beside))].map(beside => {
    const blocks = new Blocks(stretches, beside);
    return {
      while: beside,
      lists: blocks.lists,
      p50_ms: rounded(blocks.quantile(0.5)),
      p99_ms: rounded(blocks.quantile(0.99)),
      worst_ms: rounded(blocks.quantile(1)),
      ...(beside !== 'no backfill' && usual.lists > 0 && { moved_ms: moved(usual, blocks) }),
    };
  });
}

function moved(usual: Blocks, beside: Blocks): Interval {
  const difference = (times: Uint32Array) =>
    beside.quantile(0.99, times.subarray(usual.size)) - usual.quantile(0.99, times);
  const { value, low, high } = bootstrap(usual.size + beside.size, difference, DRAWS)!;
  return { value: rounded(value), low: rounded(low), high: rounded(high) };
}

/** The lists beside which one thing went on, as blocks that can be drawn. */
class Blocks {
  /** How many blocks there are. */
  readonly size: number;
  readonly #inOrder: { took_ms: number; block: number }[] = [];

  constructor(stretches: readonly Stretch[], of: Beside) {
    let block = -1;
    for (const { beside, lists } of stretches) {
      if (beside !== of) continue;
      let until_ms = Number.NEGATIVE_INFINITY;
      for (const { at_ms, took_ms } of lists) {
        if (at_ms >= until_ms) {
          block++;
          until_ms = at_ms + BLOCK_MS;
        }
        this.#inOrder.push({ took_ms, block });
      }
    }
    this.size = block + 1;
    this.#inOrder.sort((a, b) => a.took_ms - b.took_ms);
  }

  get lists(): number {
    return this.#inOrder.length;
  }

  /** @param times how often each block counts; NaN where none does */
  quantile(share: number, times: Uint32Array = new Uint32Array(this.size).fill(1)): number {
    const all = this.#inOrder.reduce((sum, { block }) => sum + times[block]!, 0);
    let left = Math.floor(share * (all - 1));
    for (const { took_ms, block } of this.#inOrder) {
      left -= times[block]!;
      if (left < 0) return took_ms;
    }
    return Number.NaN;
  }
}

function rounded(ms: number): number {
  return Math.round(10 * ms) / 10;
}
