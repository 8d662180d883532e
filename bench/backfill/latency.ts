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

/** How long lists took, in their order, while one thing went on. */
export interface Stretch {
  beside: Beside;
  took_ms: number[];
}

/** Least and greatest of several p99. */
export interface Spread {
  least: number;
  most: number;
}

export interface Latency {
  while: Beside;
  lists: number;
  p50_ms: number;
  p99_ms: number;
  worst_ms: number;
  /** Of each stretch of this step, one a backfill. */
  stretch_p99_ms: Spread & { middle: number };
  /** Without a backfill, of each run of as many lists as a stretch of this step has: a p99 of few lists swings more. */
  usual_p99_ms: Spread;
  /** Whether the middle one of the stretches' p99 is within what is usual, or below. */
  stands_still: boolean;
}

/** What was asked for between marks, which are in the order of time. */
export function stretchesOf(lists: readonly Asked[], marks: readonly Mark[]): Stretch[] {
  const inOrder = lists.toSorted((a, b) => a.at_ms - b.at_ms);
  return marks.flatMap(({ at_ms, beside }, n) => {
    const until_ms = marks[n + 1]?.at_ms ?? Number.POSITIVE_INFINITY;
    const during = inOrder.filter(list => list.at_ms >= at_ms && list.at_ms < until_ms);
    return beside === undefined ? [] : [{ beside, took_ms: during.map(({ took_ms }) => took_ms) }];
  });
}

/** By what went on beside the lists, in the order in which it first did. A stretch without lists says nothing. */
export function latencies(all: readonly Stretch[]): Latency[] {
  const stretches = all.filter(({ took_ms }) => took_ms.length > 0);
  const without = stretches.filter(({ beside }) => beside === 'no backfill');
  return [...new Set(stretches.map(({ beside }) => beside))].map(beside => {
    const of = stretches.filter(stretch => stretch.beside === beside).map(({ took_ms }) => took_ms);
    const lists = of.flat();
    const middle = of.map(p99).toSorted((a, b) => a - b)[Math.floor(of.length / 2)]!; // of two the greater
    const usual = spreadOf(
      without.flatMap(({ took_ms }) => runsOf(took_ms, Math.round(lists.length / of.length))).map(p99),
    );
    return {
      while: beside,
      lists: lists.length,
      p50_ms: quantile(lists, 0.5),
      p99_ms: p99(lists),
      worst_ms: quantile(lists, 1),
      stretch_p99_ms: { ...spreadOf(of.map(p99)), middle },
      usual_p99_ms: usual,
      stands_still: middle <= usual.most,
    };
  });
}

/** One behind the other, each of so many; all of it where it has fewer. What is left over at its end counts nowhere. */
function runsOf(took_ms: readonly number[], lists: number): (readonly number[])[] {
  const runs = Math.max(1, Math.floor(took_ms.length / lists));
  return Array.from({ length: runs }, (_, n) => took_ms.slice(n * lists, (n + 1) * lists));
}

function spreadOf(values: readonly number[]): Spread {
  return { least: quantile(values, 0), most: quantile(values, 1) };
}

const p99 = (values: readonly number[]): number => quantile(values, 0.99);

/** To a tenth; 0 where there are no values. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(10 * (sorted[Math.floor(share * (sorted.length - 1))] ?? 0)) / 10;
}
