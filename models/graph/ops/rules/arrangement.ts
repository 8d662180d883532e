import type { Dim } from '../../tensor.ts';
import { range, sizeOf } from './shapes.ts';

/** Elements in row-major order, and the sizes of their axes: small tensors of sizes, while graphs are put together. */
export interface Elements {
  readonly values: readonly Dim[];
  readonly shape: readonly number[];
}

/** The elements at some places of an axis; negative places count from its end, and what is not there is NaN. */
export function taken({ values, shape }: Elements, axis: number, places: readonly number[]): Elements {
  const size = shape[axis] ?? 1;
  const inner = shape.slice(axis + 1).reduce((product, each) => product * each, 1);
  const outer = Math.round(values.length / Math.max(size * inner, 1));
  const block = (begin: number) => Array.from({ length: inner }, (_, k) => values[begin + k] ?? Number.NaN);
  const within = (place: number) => (place < 0 ? place + size : place);
  const rows = Array.from({ length: outer }, (_, row) =>
    places.flatMap(place => block((row * size + within(place)) * inner)),
  );
  return { values: rows.flat(), shape: shape.map((each, at) => (at === axis ? places.length : each)) };
}

/** The places that ONNX Slice means by a start, an end and a step. */
export function stepping(size: number, start: number, end: number, step: number): number[] {
  const [first, last] = range(size, start, end, step).map(sizeOf) as [number, number];
  const count = step === 0 ? 0 : Math.max(Math.ceil((last - first) / step), 0);
  return Array.from({ length: count }, (_, place) => first + place * step);
}

/** The elements with their axes in another order. */
export function permuted({ values, shape }: Elements, perm: readonly number[]): Elements {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, each) => product * each, 1));
  const places = perm.reduce<number[]>(
    (begins, axis) =>
      begins.flatMap(begin => Array.from({ length: shape[axis]! }, (_, place) => begin + place * strides[axis]!)),
    [0],
  );
  return { values: places.map(place => values[place]!), shape: perm.map(axis => shape[axis]!) };
}
