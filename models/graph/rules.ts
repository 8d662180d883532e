import * as f from './functions.ts';
import type { Call, Step } from './ops.ts';
import {
  axisOf,
  broadcast,
  known,
  Mismatch,
  product,
  range,
  reduced,
  show,
  sizeOf,
  times,
  total,
  transposed,
} from './shapes.ts';
import { type Dim, DTYPES, type Dtype, type Shape, type Tensor } from './tensor.ts';

// The rules of ops.ts that take more than a line, in the order of its rows; below them, how they read their operands.

export function gemmShape(call: Call): Shape {
  const { a, b, c, inputs } = call;
  if (a.shape.length !== 2 || b.shape.length !== 2) {
    return mismatch('two matrices', `${show(a.shape)} and ${show(b.shape)}`);
  }
  const shape = product(
    int(call, 'transA', 0) ? transposed(a.shape) : a.shape,
    int(call, 'transB', 0) ? transposed(b.shape) : b.shape,
  );
  if (inputs.length === 3 && show(broadcast(c.shape, shape)) !== show(shape)) {
    return mismatch(`an addend that broadcasts to ${show(shape)}`, show(c.shape));
  }
  return shape;
}

export function gemmGradient(step: Step): (Tensor | null)[] {
  const { a, b, dy, inputs } = step;
  const alpha = float(step, 'alpha', 1);
  const transA = int(step, 'transA', 0) === 1;
  const transB = int(step, 'transB', 0) === 1;
  const da = transA
    ? f.gemm(b, dy, { alpha, transA: transB, transB: true })
    : f.gemm(dy, b, { alpha, transB: !transB });
  const db = transB
    ? f.gemm(dy, a, { alpha, transA: true, transB: transA })
    : f.gemm(a, dy, { alpha, transA: !transA });
  const beta = float(step, 'beta', 1);
  return inputs.length === 2 ? [da, db] : [da, db, beta === 1 ? dy : f.mul(dy, beta)];
}

export function concatGradient(step: Step): Tensor[] {
  const axis = axisOf(int(step, 'axis'), step.y.shape.length);
  let start = 0;
  return step.inputs.map(({ shape }) => {
    const size = sizeOf(shape[axis]!);
    start += size;
    return f.slice(step.dy, axis, start - size, start);
  });
}

export function sliced(call: Call): Shape {
  return call.a.shape.map((dim, axis) => {
    const part = cut(call, axis);
    return part ? part.end - part.start : dim;
  });
}

export function sliceGradient(step: Step): (Tensor | null)[] {
  const cuts = step.a.shape.map((dim, axis) => ({ dim, ...(cut(step, axis) ?? { start: 0, end: dim }) }));
  const before = cuts.map(({ start }) => start);
  const after = cuts.map(({ dim, end }) => (typeof dim === 'number' ? dim - Number(end) : 0));
  return step.inputs.map((_, place) => (place === 0 ? f.pad(step.dy, before, after) : null));
}

export function padded(call: Call): Shape {
  return call.a.shape.map((dim, axis) => total([dim, margin(call, axis).before, margin(call, axis).after]));
}

export function padGradient(step: Step): (Tensor | null)[] {
  const inner = step.a.shape.reduce((dy, dim, axis) => {
    const { before, after } = margin(step, axis);
    return before + after === 0 ? dy : f.slice(dy, axis, before, before + sizeOf(dim));
  }, step.dy);
  return [inner, null];
}

export function gathered(call: Call): Shape {
  const axis = axisOf(int(call, 'axis', 0), call.a.shape.length);
  return [...call.a.shape.slice(0, axis), ...call.b.shape, ...call.a.shape.slice(axis + 1)];
}

/**
 * The rows that were gathered get their gradients added up, by a product with the one-hot matrix of the indices.
 * ScatterND would cost less for many rows, but loses additions when its session has several threads; so this is for
 * small tables, and a large one stays on the host, where only the rows of a batch are fed.
 */
export function gatherGradient(step: Step): (Tensor | null)[] {
  const { a, b, dy } = step;
  const axis = axisOf(int(step, 'axis', 0), a.shape.length);
  const rows = a.shape[axis]!;
  if (typeof rows !== 'number') return mismatch('a table with a known number of rows', rows);
  const sides = [a.shape.slice(0, axis), b.shape, a.shape.slice(axis + 1)].map(times);
  if (sides.filter(side => typeof side === 'string').length > 1) {
    return mismatch('at most one symbolic dimension', sides.join(', '));
  }
  const hits = f.oneHot(f.reshape(b, [-1]), rows, dy.dtype);
  const flat = f.reshape(
    dy,
    sides.map(side => (typeof side === 'string' ? -1 : side)),
  );
  return [f.reshape(f.matmul(f.swap(hits), flat), f.shapeOf(a)), null];
}

/** A reduction's gradient, given to each of the elements that were reduced. */
export function spread(step: Step): Tensor {
  const kept = int(step, 'keepdims', 1) === 1;
  return f.expand(kept ? step.dy : f.unsqueeze(step.dy, axesOf(step)), f.shapeOf(step.a));
}

/** How many elements each mean was taken over. */
export function averaged(step: Step): Tensor | number {
  const count = times(axesOf(step).map(axis => step.a.shape[axis]!));
  return typeof count === 'number'
    ? count
    : f.div(f.cast(f.size(step.a), step.dy.dtype), f.cast(f.size(step.y), step.dy.dtype));
}

export function unsqueezed(call: Call): Shape {
  const axes = known(call.b, 'axes');
  const rank = call.a.shape.length + axes.length;
  const added = axes.map(axis => axisOf(axis, rank));
  const kept = [...call.a.shape];
  return Array.from({ length: rank }, (_, axis): Dim => (added.includes(axis) ? 1 : kept.shift()!));
}

export function squeezed(call: Call): Shape {
  const axes = axesOf(call);
  if (axes.every(axis => call.a.shape[axis] === 1)) return reduced(call.a.shape, axes, false);
  return mismatch('dimensions of 1 to remove', `${show(call.a.shape)} at the axes ${axes.join(', ')}`);
}

/** The part of an axis that a Slice takes, or undefined where it takes all of it. */
function cut({ a, inputs }: Call, axis: number): { start: number; end: number } | undefined {
  const [starts, ends, axes, steps] = inputs.slice(1).map(tensor => known(tensor, 'starts, ends, axes and steps'));
  if (steps?.some(step => step !== 1)) return mismatch('steps of 1', steps.join(', '));
  const at = axes!.findIndex(each => axisOf(each, a.shape.length) === axis);
  return at < 0 ? undefined : range(a.shape[axis]!, starts![at]!, ends![at]!);
}

/** What a Pad adds around an axis. */
export function margin({ a, b }: Call, axis: number): { before: number; after: number } {
  const pads = known(b, 'pads');
  if (pads.length !== 2 * a.shape.length) return mismatch(`${2 * a.shape.length} pads`, String(pads.length));
  return { before: pads[axis]!, after: pads[axis + a.shape.length]! };
}

export function permutation(call: Call): number[] {
  const given = call.attributes.perm;
  const perm = Array.isArray(given) ? (given as number[]) : [...call.a.shape.keys()].reverse();
  const sorted = [...perm].sort((p, q) => p - q);
  if (perm.length === call.a.shape.length && sorted.every((axis, place) => axis === place)) return perm;
  return mismatch(`a permutation of ${call.a.shape.length} axes`, perm.join(', '));
}

export function inverse(perm: readonly number[]): number[] {
  return perm.map((_, axis) => perm.indexOf(axis));
}

export function axesOf({ a, b }: Call): number[] {
  return known(b, 'axes').map(axis => axisOf(axis, a.shape.length));
}

/** A shape that is given as a tensor: a constant, or the Shape of another tensor. */
export function target({ origin }: Tensor): Shape {
  if (origin.kind === 'constant') return Array.from(origin.data as BigInt64Array, Number);
  if (origin.kind === 'node' && origin.op === 'Shape') return origin.inputs[0]!.shape;
  return mismatch('a shape that is constant or the Shape of a tensor', origin.kind);
}

export function int({ attributes }: Call, name: string, otherwise?: number): number {
  const value = attributes[name] ?? otherwise;
  return typeof value === 'number' && Number.isInteger(value)
    ? value
    : mismatch(`${name} as a whole number`, String(value));
}

export function float({ attributes }: Call, name: string, otherwise: number): number {
  const value = attributes[name] ?? otherwise;
  return typeof value === 'number' ? value : mismatch(`${name} as a number`, String(value));
}

export function dtypeOf(code: number): Dtype {
  const found = Object.entries(DTYPES).find(([, dtype]) => dtype.code === code);
  return found ? (found[0] as Dtype) : mismatch('a type of tensor.ts', `ONNX type ${code}`);
}

export function mismatch(expected: string, got: string): never {
  throw new Mismatch(expected, got);
}
