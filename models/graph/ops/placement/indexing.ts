import * as f from '../../functions.ts';
import type { Dim, Shape, Tensor } from '../../tensor.ts';
import { type Call, int, mismatch, type Rows, text } from '../row.ts';
import { axisOf, difference, same, show } from '../rules/shapes.ts';
import { known, target } from '../rules/values.ts';

/** Elements and rows by their indices. */
export const INDEXING: Rows = {
  Gather: {
    note: 'rows that were taken several times get the sum; that addition runs on one thread of a processor',
    arity: [2, 2],
    takes: 'any',
    operands: [0],
    attributes: { axis: 'int' },
    shape: gathered,
    /** Rows that were gathered several times get the sum of their gradients. */
    gradient: step => [f.ungather(step.a, step.b, step.dy, int(step, 'axis', 0)), null],
  },
  /**
   * A copy of `a` with updates at the places that the last axis of `b` holds; with reduction `add` they are added.
   */
  ScatterND: {
    note: 'ONNX Runtime loses additions where several threads of a processor make them: such graphs get one',
    arity: [3, 3],
    takes: 'any',
    operands: [0, 2],
    attributes: { reduction: 'string' },
    shape: ({ a, b, c }) => {
      const depth = b.shape.at(-1) ?? 0;
      const expected = [...b.shape.slice(0, -1), ...a.shape.slice(Number(depth))];
      return same(c.shape, expected) ? a.shape : mismatch(`updates of ${show(expected)}`, show(c.shape));
    },
    gradient: step => {
      const { b, dy } = step;
      const updates = f.gatherNd(dy, b);
      return [addsUp(step) ? dy : f.scatterNd(dy, b, f.zerosLike(step.c)), null, updates];
    },
  },
  GatherND: {
    arity: [2, 2],
    takes: 'any',
    operands: [0],
    shape: ({ a, b }) => [...b.shape.slice(0, -1), ...a.shape.slice(Number(b.shape.at(-1) ?? 0))],
    gradient: ({ a, b, dy }) => [f.scatterNd(f.zerosLike(a), b, dy, 'add'), null],
  },
  /** From the place along an axis that `b` has for each element, which is counted from the end where it is negative. */
  GatherElements: {
    arity: [2, 2],
    takes: 'any',
    operands: [0],
    attributes: { axis: 'int' },
    shape: call => {
      within(call, call.a, call.b);
      return call.b.shape;
    },
    gradient: step => [f.scatterElements(f.zerosLike(step.a), step.b, step.dy, int(step, 'axis', 0), 'add'), null],
  },
  /** A copy of `a` with each update at its place along an axis; with reduction `add` they are added. */
  ScatterElements: {
    arity: [3, 3],
    takes: 'any',
    operands: [0, 2],
    attributes: { axis: 'int', reduction: 'string' },
    shape: call => {
      const { a, b, c } = call;
      within(call, a, b);
      return same(b.shape, c.shape) ? a.shape : mismatch(`updates of ${show(b.shape)}`, show(c.shape));
    },
    gradient: step => {
      const { b, c, dy } = step;
      const axis = int(step, 'axis', 0);
      const updates = f.gatherElements(dy, b, axis);
      return [addsUp(step) ? dy : f.scatterElements(dy, b, f.zerosLike(c), axis), null, updates];
    },
  },
  /** The greatest of `a` along an axis, as many as `b` says, in falling order, and their indices. */
  TopK: {
    note: 'through the values, not through the indices',
    arity: [2, 2],
    takes: 'number',
    operands: [0],
    attributes: { axis: 'int', largest: 'int', sorted: 'int' },
    shape: topShape,
    also: call => [{ dtype: 'int64', shape: topShape(call) }],
    gradient: step => [f.scatterElements(f.zerosLike(step.a), step.ys[1]!, step.dy, int(step, 'axis', -1)), null],
  },
  /** The numbers from a start up to, and without, a limit, in steps; as many as the operands say before the run. */
  Range: {
    arity: [3, 3],
    takes: 'number',
    shape: ({ a, b, c }) => [stepsBetween(a, b, c)],
  },
  /** Indices, how many classes there are, and the pair [off, on]; the classes are the new last dimension. */
  OneHot: {
    arity: [3, 3],
    takes: 'number',
    operands: [2],
    shape: ({ a, b }) => [...a.shape, known(b, 'a number of classes')[0]!],
    dtype: ({ c }) => c.dtype,
  },
};

/** Whether updates are added to what is there, instead of replacing it. */
function addsUp(call: Call): boolean {
  const reduction = text(call, 'reduction', 'none');
  return reduction === 'none' || reduction === 'add' ? reduction === 'add' : mismatch('none or add', reduction);
}

/** Indices have as many axes as the data, and are nowhere longer but along the axis of the call. */
function within(call: Call, data: Tensor, indices: Tensor): void {
  const axis = axisOf(int(call, 'axis', 0), data.shape.length);
  const fits = indices.shape.every((dim, each) => {
    const most = data.shape[each]!;
    return each === axis || dim === most || (typeof dim === 'number' && typeof most === 'number' && dim <= most);
  });
  if (indices.shape.length === data.shape.length && fits) return;
  mismatch(`indices within ${show(data.shape)}, but along axis ${axis}`, show(indices.shape));
}

function stepsBetween(start: Tensor, limit: Tensor, step: Tensor): Dim {
  const [from, to, by] = [start, limit, step].map(each => target(each)[0]!) as [Dim, Dim, Dim];
  if (typeof from === 'number' && typeof to === 'number' && typeof by === 'number' && by !== 0) {
    return Math.max(0, Math.ceil((to - from) / by));
  }
  const count = by === 1 ? difference(to, from) : undefined;
  return count ?? mismatch('a range of numbers, or from a size to another in steps of 1', show([from, to, by]));
}

function topShape(call: Call): Shape {
  const axis = axisOf(int(call, 'axis', -1), call.a.shape.length);
  const [count, ...others] = target(call.b);
  if (count === undefined || others.length > 0) return mismatch('one number of elements', show(target(call.b)));
  return call.a.shape.map((dim, each) => (each === axis ? count : dim));
}

function gathered(call: Call): Shape {
  const axis = axisOf(int(call, 'axis', 0), call.a.shape.length);
  return [...call.a.shape.slice(0, axis), ...call.b.shape, ...call.a.shape.slice(axis + 1)];
}
