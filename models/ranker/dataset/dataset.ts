import type { Columns } from '../../graph/training/batches.ts';
import type { Journeys } from '../../next-item/journeys.ts';
import type { RankerBatch } from '../model.ts';

/**
 * Examples in columns: a row is an item that was shown in a list. Rows come in the order of time, and those of a list
 * stand together.
 */
export interface Dataset extends RankerBatch {
  featureNames: string[];
  /** Place in the list, from 0. */
  position: Float32Array;
  clicked: Uint8Array;
  /** These three may be UNKNOWN: nobody waited for long enough, or the shop does not tell. */
  carted: Uint8Array;
  purchased: Uint8Array;
  dismissed: Uint8Array;
  /** How much a row counts in the loss, around 1. */
  weight: Float32Array;
  /** Probability that the policy put the item at this place; NaN where unknown. */
  propensity: Float32Array;
  /** 1: the list was shown in uniformly random order. */
  explored: Uint8Array;
  user: Int32Array;
  at_ms: Float64Array;
  /** [lists]: the place in `languages` of that in which the list was asked for, -1 where its request did not say. */
  language?: Int32Array | undefined;
  languages?: string[] | undefined;
  /** What users did with the catalogue, for rankers that learn from that; absent where it was not asked for. */
  journeys?: Journeys | undefined;
}

/** The columns that have one number for each row. */
export const COLUMNS = [
  ...(['position', 'clicked', 'carted', 'purchased', 'dismissed', 'weight', 'propensity', 'explored'] as const),
  ...(['item', 'list', 'user', 'at_ms'] as const),
];
type Column = (typeof COLUMNS)[number];

/** What stands for a label that nobody knows. */
export const UNKNOWN = 255;

/** Shares of the rows, by time, for training, for stopping in time, and for judging. */
export const SHARES = [0.65, 0.1, 0.25] as const;

/** Cuts a dataset by time into parts of about the given shares of rows, none through a list. Nothing is copied. */
export function splitByTime(dataset: Dataset, shares: readonly number[] = SHARES): Dataset[] {
  const whole = shares.reduce((a, b) => a + b, 0);
  let start = 0;
  let wanted = 0;
  return shares.map(share => {
    wanted += (share / whole) * dataset.rows;
    const end = Math.max(start, nextList(dataset, Math.round(wanted)));
    const part = between(dataset, start, end);
    start = end;
    return part;
  });
}

/** Of what a training may learn from, the last part, which sets its probabilities right and nothing else. */
const CALIBRATION = 1 / 13;

/** What a training looks at, by time: to learn from, to calibrate by, and to stop by. The part to judge by is left. */
export function trainingParts(dataset: Dataset): Record<'train' | 'calibration' | 'validation', Dataset> {
  const [early, validation] = splitByTime(dataset) as [Dataset, Dataset];
  const [train, calibration] = splitByTime(early, [1 - CALIBRATION, CALIBRATION]) as [Dataset, Dataset];
  return { train, calibration, validation };
}

/** The rows of each list as [start, end). */
export function* listsOf({ list, rows }: Pick<Dataset, 'list' | 'rows'>): Iterable<[start: number, end: number]> {
  for (let start = 0, row = 1; row <= rows; row++) {
    if (row < rows && list[row] === list[start]) continue;
    yield [start, row];
    start = row;
  }
}

/** The examples of some lists alone, in the order in which they are given; all else stays as it is. */
export function withLists(dataset: Dataset, lists: readonly (readonly [start: number, end: number])[]): Dataset {
  const rows = lists.flatMap(([start, end]) => Array.from({ length: end - start }, (_, at) => start + at));
  const width = dataset.featureNames.length;
  const picked = COLUMNS.map(name => {
    const column = dataset[name].slice(0, rows.length);
    for (const [at, row] of rows.entries()) column[at] = dataset[name][row]!;
    return [name, column];
  });
  const features = new Float32Array(rows.length * width);
  for (const [at, row] of rows.entries()) {
    features.set(dataset.features.subarray(row * width, (row + 1) * width), at * width);
  }
  return { ...dataset, ...(Object.fromEntries(picked) as Pick<Dataset, Column>), rows: rows.length, features };
}

/** What a graph that learns from examples is fed with; see `exampleLosses`. */
export function exampleColumns({ featureNames, features, position, clicked, weight }: Dataset): Columns {
  return {
    features: { data: features, shape: [featureNames.length] },
    position: { data: position, shape: [1] },
    clicked: { data: clicked, shape: [1] },
    weight: { data: weight, shape: [1] },
  };
}

/** The first row at or after this one with which a list begins. */
function nextList({ list, rows }: Dataset, row: number): number {
  let at = row;
  while (at > 0 && at < rows && list[at] === list[at - 1]) at++;
  return at;
}

/** Rows of a dataset; journeys, and what is known of lists and items by their numbers, stay whole. */
function between(dataset: Dataset, start: number, end: number): Dataset {
  const width = dataset.featureNames.length;
  const columns = COLUMNS.map(name => [name, dataset[name].subarray(start, end)]);
  return {
    ...dataset,
    ...(Object.fromEntries(columns) as Pick<Dataset, Column>),
    rows: end - start,
    features: dataset.features.subarray(start * width, end * width),
  };
}
