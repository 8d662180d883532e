import { TemperError } from '../../schemas/errors.ts';

/** A place on the straight path of a row: 0 is its baseline, 1 the row itself. */
export interface Point {
  readonly row: number;
  readonly alpha: number;
}

/** What a model says there: its score, and how fast each element's share of it changes with alpha. */
export interface Sample {
  readonly score: number;
  readonly slopes: Float32Array;
}

/** A path integral, an element each, whose sum is known beforehand: the difference of the scores at both ends. */
export interface Integral {
  readonly attributions: Float64Array;
  readonly score: number;
  readonly baselineScore: number;
  /** |sum of the attributions - (score - baseline score)|. */
  readonly error: number;
  /** At how many places the gradient was taken. */
  readonly points: number;
}

export interface Accuracy {
  /** The greatest error, in units of the score, or of the scores' difference where that is above 1. */
  readonly tolerance: number;
  /** Of a row; where the tolerance asks for more, it is an error. */
  readonly mostPoints: number;
}

/** Gauss and Legendre's rule on [0, 1]: exact up to degree 5, and one of its places halves the interval. */
const RULE = [
  { at: 0.5 - Math.sqrt(3 / 20), weight: 5 / 18 },
  { at: 0.5, weight: 8 / 18 },
  { at: 0.5 + Math.sqrt(3 / 20), weight: 5 / 18 },
];
const HALF = 1;
/** Intervals to begin with: fewer might agree with the scores by chance. */
const INTERVALS = 4;

/** Of a float32 score, relatively. What may be rounding is no error that halving could mend. */
const ROUNDING = 2 ** -21;

/** Of the tolerance, what parts may miss their sums by: the rest is for their rounding, which adds up too. */
const ENOUGH = 0.9;

interface Interval {
  readonly row: number;
  readonly from: number;
  readonly to: number;
  /** Scores at its ends. */
  readonly low: number;
  readonly high: number;
}

interface Part extends Interval {
  readonly middle: number;
  readonly attributions: Float64Array;
  /** Between the sum of its attributions and the difference of its scores, beyond rounding. */
  readonly error: number;
}

/**
 * Integrates the slopes of each row from its baseline to itself. The integral over any interval has a known sum, the
 * difference of the scores at its ends; so each interval's error is known, not estimated, and those alone are halved
 * that need it: around the kinks of ReLU, mostly. All intervals of all rows are evaluated together, level by level.
 *
 * @param sample what the model says at places, in their order
 * @throws NOT_CONVERGED where a row needs more than `mostPoints`, as one whose score jumps does
 */
export async function integrate(
  rows: number,
  sample: (points: readonly Point[]) => Promise<Sample[]>,
  accuracy: Accuracy,
): Promise<Integral[]> {
  const edges = Array.from({ length: INTERVALS + 1 }, (_, edge) => edge / INTERVALS);
  const all = [...Array(rows).keys()];
  const scores = (await sample(all.flatMap(row => edges.map(alpha => ({ row, alpha }))))).map(({ score }) => score);
  const parts: Part[][] = all.map(() => []);
  const points = all.map(() => edges.length);
  const scoreAt = (row: number, edge: number) => scores[row * edges.length + edge]!;
  const gap = (row: number) => scoreAt(row, INTERVALS) - scoreAt(row, 0);
  const toleranceOf = (row: number) => accuracy.tolerance * Math.max(1, Math.abs(gap(row)));

  let open: Interval[] = all.flatMap(row =>
    edges.slice(1).map((to, edge) => ({
      row,
      from: edges[edge]!,
      to,
      low: scoreAt(row, edge),
      high: scoreAt(row, edge + 1),
    })),
  );
  while (open.length > 0) {
    const samples = await sample(
      open.flatMap(({ row, from, to }) => RULE.map(({ at }) => ({ row, alpha: from + at * (to - from) }))),
    );
    for (const [place, interval] of open.entries()) {
      parts[interval.row]!.push(part(interval, samples.slice(RULE.length * place, RULE.length * (place + 1))));
      points[interval.row]! += RULE.length;
    }
    const touched = [...new Set(open.map(({ row }) => row))];
    open = touched.flatMap(row => {
      const { kept, halves } = halved(parts[row]!, toleranceOf(row));
      if (points[row]! + RULE.length * halves.length > accuracy.mostPoints) throw inexact(row, parts[row]!, accuracy);
      parts[row] = kept;
      return halves;
    });
  }
  return all.map(row => {
    const attributions = total(parts[row]!.map(each => each.attributions));
    const error = Math.abs(attributions.reduce((sum, each) => sum + each, 0) - gap(row));
    if (!(error <= toleranceOf(row))) throw inexact(row, parts[row]!, accuracy);
    return {
      attributions,
      score: scoreAt(row, INTERVALS),
      baselineScore: scoreAt(row, 0),
      error,
      points: points[row]!,
    };
  });
}

/** The integral over an interval, and how far its sum is from what it has to be. */
function part(interval: Interval, samples: readonly Sample[]): Part {
  const { from, to, low, high } = interval;
  const width = to - from;
  const weighted = samples.map(({ slopes }, place) =>
    Float64Array.from(slopes, slope => slope * RULE[place]!.weight * width),
  );
  const attributions = total(weighted);
  const sum = attributions.reduce((a, b) => a + b, 0);
  return {
    ...interval,
    attributions,
    middle: samples[HALF]!.score,
    error: Math.max(0, Math.abs(sum - (high - low)) - ROUNDING * (Math.abs(low) + Math.abs(high))),
  };
}

/** The worst parts in halves: as many as it takes for the others to be within half of the tolerance. */
function halved(parts: readonly Part[], tolerance: number): { kept: Part[]; halves: Interval[] } {
  let rest = parts.reduce((sum, { error }) => sum + error, 0);
  if (rest <= ENOUGH * tolerance) return { kept: [...parts], halves: [] };
  const sorted = [...parts].sort((a, b) => b.error - a.error);
  const good = sorted.findIndex(({ error }) => {
    const enough = rest <= tolerance / 2;
    rest -= error;
    return enough;
  });
  const worst = good < 0 ? sorted : sorted.slice(0, good);
  return {
    kept: good < 0 ? [] : sorted.slice(good),
    halves: worst.flatMap(({ row, from, to, low, high, middle }) => {
      const half = (from + to) / 2;
      return [
        { row, from, to: half, low, high: middle },
        { row, from: half, to, low: middle, high },
      ];
    }),
  };
}

function total(vectors: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(vectors[0]!.length);
  for (const vector of vectors) for (let place = 0; place < sum.length; place++) sum[place]! += vector[place]!;
  return sum;
}

function inexact(row: number, parts: readonly Part[], { tolerance, mostPoints }: Accuracy): TemperError {
  const worst = parts.reduce((a, b) => (b.error > a.error || Number.isNaN(b.error) ? b : a));
  return new TemperError('NOT_CONVERGED', {
    where: `row ${row}, between ${worst.from} and ${worst.to} of the way from its baseline`,
    expected: `attributions that add up to the scores' difference within ${tolerance}, by ${mostPoints} gradients`,
    got: `${parts.reduce((sum, { error }) => sum + error, 0)}`,
    next: 'Allow more points or a wider tolerance; a score that jumps, or is not finite, has no such attributions',
  });
}
