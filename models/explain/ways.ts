import { TemperError } from '../../schemas/errors.ts';
import { type Value, value } from '../graph/runtime.ts';
import type { Data } from '../graph/tensor.ts';
import type { Point } from './path-integral.ts';

export interface Attributed {
  /** The row that says nothing: as many elements as a row of the input, or one number for all of them. */
  readonly baseline: Float32Array | number;
  /** Elements of a row by a name; each element belongs to one group. */
  readonly groups?: Groups;
}

export type Groups = Readonly<Record<string, readonly number[]>>;

/** The straight way of each row of an input from its baseline. */
export interface Way {
  readonly name: string;
  readonly rows: number;
  readonly width: number;
  readonly dims: readonly number[];
  readonly data: Float32Array;
  readonly baseline: Float32Array;
}

/** @throws INPUT_INVALID where rows, baseline and groups do not fit each other */
export function wayOf(name: string, fed: Value | undefined, { baseline, groups }: Attributed): Way {
  if (!(fed?.data instanceof Float32Array)) throw invalid(name, 'rows of float32', fed ? fed.type : 'nothing');
  const { data, dims } = fed;
  const rows = dims[0]!;
  const width = rows === 0 ? 0 : data.length / rows;
  const start = typeof baseline === 'number' ? new Float32Array(width).fill(baseline) : baseline;
  if (start.length !== width) throw invalid(name, `a baseline of ${width} elements`, String(start.length));
  const members = Object.values(groups ?? {}).flat();
  const whole = new Set(members).size === width && members.every(each => each >= 0 && each < width);
  if (groups && !(whole && members.length === width)) {
    throw invalid(name, `groups in which each of ${width} elements stands once`, `${members.length} elements`);
  }
  return { name, rows, width, dims, data, baseline: start };
}

/** The rows at points of their ways. */
export function interpolated({ width, dims, data, baseline }: Way, points: readonly Point[]): Value {
  const values = new Float32Array(points.length * width);
  for (const [place, { row, alpha }] of points.entries()) {
    for (let k = 0; k < width; k++) {
      const end = data[row * width + k]!;
      // Exactly the row at its end, not a sum that rounds to something beside it.
      values[place * width + k] = alpha === 1 ? end : baseline[k]! + alpha * (end - baseline[k]!);
    }
  }
  return value('float32', values, [points.length, ...dims.slice(1)]);
}

/** Rows of another input, one for each point. */
export function taken({ type, data, dims }: Value, points: readonly Point[]): Value {
  const width = data.length / dims[0]!;
  const rows = new (data.constructor as new (length: number) => Data)(points.length * width);
  for (const [place, { row }] of points.entries()) {
    (rows as Float32Array).set((data as Float32Array).subarray(row * width, (row + 1) * width), place * width);
  }
  return value(type as 'float32', rows, [points.length, ...dims.slice(1)]);
}

/** How fast the score changes along the way of each element: its gradient times its way. */
export function slopesAt(
  results: Readonly<Record<string, Value>>,
  ways: readonly Way[],
  row: number,
  place: number,
  total: number,
): Float32Array {
  const slopes = new Float32Array(total);
  let next = 0;
  for (const { name, width, data, baseline } of ways) {
    const gradient = results[slopeOf(name)]!.data as Float32Array;
    for (let k = 0; k < width; k++) {
      slopes[next++] = gradient[place * width + k]! * (data[row * width + k]! - baseline[k]!);
    }
  }
  return slopes;
}

/** Attributions of all inputs, one behind the other, by their inputs. */
export function partsOf(attributions: Float64Array, ways: readonly Way[]): Record<string, Float64Array> {
  let start = 0;
  return Object.fromEntries(
    ways.map(({ name, width }) => {
      start += width;
      return [name, attributions.slice(start - width, start)];
    }),
  );
}

/** Points for a batch of fixed size: the last one again where there are too few. */
export function filled(points: readonly Point[], rows: number): Point[] {
  return Array.from({ length: rows }, (_, place) => points[Math.min(place, points.length - 1)]!);
}

/** The output that holds an input's gradient. */
export const slopeOf = (name: string): string => `slope ${name}`;

export function invalid(where: string, expected: string, got: string): TemperError {
  return new TemperError('INPUT_INVALID', { where, expected, got });
}
