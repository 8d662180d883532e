import path from 'node:path';
import { TemperError } from '../../schemas/errors.ts';
import { readArrays, writeArrays } from '../array-file.ts';
import type { Columns } from '../graph/training/batches.ts';

/**
 * Examples in columns: a row is an item that was shown in a list. Rows come in the order of time, and those of a list
 * stand together.
 */
export interface Dataset {
  featureNames: string[];
  rows: number;
  /** [rows, featureNames.length], as they were when the list was ranked. */
  features: Float32Array;
  /** Place in the list, from 0. */
  position: Float32Array;
  clicked: Uint8Array;
  carted: Uint8Array;
  purchased: Uint8Array;
  /** How much a row counts in the loss, around 1. */
  weight: Float32Array;
  /** Probability that the policy put the item at this place; NaN where unknown. */
  propensity: Float32Array;
  /** 1: the list was shown in uniformly random order. */
  explored: Uint8Array;
  list: Int32Array;
  user: Int32Array;
  at_ms: Float64Array;
}

/** Shares of the rows, by time, for training, for stopping in time, and for judging. */
export const SHARES = [0.7, 0.15, 0.15] as const;

const KIND = 'dataset';

/**
 * Writes a snapshot into a directory; its content's sha256 is its name.
 *
 * @throws INPUT_INVALID where the rows break what `Dataset` says, DISK_FULL
 */
export async function writeDataset(directory: string, dataset: Dataset): Promise<{ path: string; sha256: string }> {
  requireSound(dataset, 'the dataset to write');
  const { featureNames, rows, ...arrays } = dataset;
  const nameOf = (sha256: string) => path.join(directory, `${sha256}.dataset`);
  return await writeArrays(nameOf, { kind: KIND, meta: { featureNames, rows }, arrays });
}

/** Reads a snapshot; throws INPUT_INVALID where it is not one, or was cut short or changed. */
export async function readDataset(file: string): Promise<{ dataset: Dataset; sha256: string }> {
  const { meta, arrays, sha256 } = await readArrays(file, KIND);
  const dataset = { ...(meta as Pick<Dataset, 'featureNames' | 'rows'>), ...arrays } as Dataset;
  requireSound(dataset, file);
  return { dataset, sha256 };
}

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

/** The rows of each list as [start, end). */
export function* listsOf({ list, rows }: Pick<Dataset, 'list' | 'rows'>): Iterable<[start: number, end: number]> {
  for (let start = 0, row = 1; row <= rows; row++) {
    if (row < rows && list[row] === list[start]) continue;
    yield [start, row];
    start = row;
  }
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

function between(dataset: Dataset, start: number, end: number): Dataset {
  const width = dataset.featureNames.length;
  return {
    featureNames: dataset.featureNames,
    rows: end - start,
    features: dataset.features.subarray(start * width, end * width),
    position: dataset.position.subarray(start, end),
    clicked: dataset.clicked.subarray(start, end),
    carted: dataset.carted.subarray(start, end),
    purchased: dataset.purchased.subarray(start, end),
    weight: dataset.weight.subarray(start, end),
    propensity: dataset.propensity.subarray(start, end),
    explored: dataset.explored.subarray(start, end),
    list: dataset.list.subarray(start, end),
    user: dataset.user.subarray(start, end),
    at_ms: dataset.at_ms.subarray(start, end),
  };
}

function requireSound(dataset: Dataset, where: string): void {
  const { featureNames, rows, features, position, weight, list, at_ms } = dataset;
  const width = featureNames.length;
  const { carted, clicked, purchased, propensity, explored, user } = dataset;
  const columns = { position, clicked, carted, purchased, weight, propensity, explored, list, user, at_ms };
  for (const [name, column] of Object.entries({ ...columns, features })) {
    const length = name === 'features' ? rows * width : rows;
    if (column?.length !== length) refuse(`${where}, ${name}`, `${length} elements`, String(column?.length));
  }
  const bad = features.findIndex(x => !Number.isFinite(x));
  if (bad >= 0) {
    const feature = featureNames[bad % width];
    refuse(`${where}, row ${Math.floor(bad / width)}, ${feature}`, 'a finite number', String(features[bad]));
  }
  const seen = new Set<number>();
  for (let row = 0; row < rows; row++) {
    const at = `${where}, row ${row}`;
    if (!(weight[row]! >= 0 && weight[row]! < Number.POSITIVE_INFINITY))
      refuse(at, 'a weight of 0 or more', `${weight[row]}`);
    if (!Number.isFinite(position[row])) refuse(at, 'a position', String(position[row]));
    if (row > 0 && at_ms[row]! < at_ms[row - 1]!) refuse(at, 'rows in the order of time', 'an earlier one');
    if (row > 0 && list[row] === list[row - 1]) continue;
    if (seen.has(list[row]!)) refuse(at, 'the rows of a list together', `list ${list[row]} again`);
    seen.add(list[row]!);
  }
}

function refuse(where: string, expected: string, got: string): never {
  throw new TemperError('INPUT_INVALID', { where, expected, got, next: 'Correct whatever wrote this dataset' });
}
