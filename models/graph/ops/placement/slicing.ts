import * as f from '../../functions.ts';
import { type Dim, isGiven, type Shape, type Tensor } from '../../tensor.ts';
import { type Call, mismatch, type Rows, type Step, text } from '../row.ts';
import { axisOf, difference, range, show, total } from '../rules/shapes.ts';
import { known, target, valuesOf } from '../rules/values.ts';

/** Parts of tensors, and margins around them. */
export const SLICING: Rows = {
  /**
   * Of `a`: starts, ends and, where they are given, axes and steps, which may be negative. A symbolic size is taken to
   * be no less than a start, and than what a negative start or end counts from its end. Starts may be computed from
   * what is fed where the ends are the starts plus sizes: a window that lies within `a`.
   */
  Slice: {
    note: 'a symbolic size is taken to be no less than what is cut from it',
    arity: [3, 5],
    takes: 'any',
    operands: [0],
    shape: sliced,
    gradient: sliceGradient,
  },
  /** With one value, 0 if none is given: how many before each axis, then how many after each. */
  Pad: {
    note: 'mode constant alone',
    arity: [2, 4],
    takes: 'number',
    operands: [0, 2],
    attributes: { mode: 'string' },
    shape: padded,
    gradient: padGradient,
  },
};

/** A part of an axis: from one place to another, which it does not reach, in steps. */
interface Cut {
  readonly axis: number;
  readonly size: Dim;
  readonly start: Dim;
  readonly end: Dim;
  readonly step: number;
}

function sliced(call: Call): Shape {
  const cuts = cutsOf(call);
  return call.a.shape.map((dim, axis) => cuts.find(cut => cut.axis === axis)?.size ?? dim);
}

function cutsOf({ a, b, c, inputs: [, , , d, e] }: Call): Cut[] {
  const [starts, ends] = placesOf(b, c);
  const axes = isGiven(d) ? known(d, 'axes') : [...starts.keys()];
  const steps = isGiven(e) ? known(e, 'steps') : starts.map(() => 1);
  return axes.map((each, place) => {
    const axis = axisOf(each, a.shape.length);
    const step = steps[place]!;
    if (step === 0) return mismatch('steps other than 0', '0');
    const [start, end] = range(a.shape[axis]!, starts[place]!, ends[place]!, step);
    return { axis, start, end, step, size: countOf(start, end, step) };
  });
}

/** Where the parts begin and end: known before the run, or a window of known size that begins wherever `starts` says. */
function placesOf(starts: Tensor, ends: Tensor): [Dim[], Dim[]] {
  const { origin } = ends;
  const added = origin.kind === 'output' && origin.node.op === 'Add' && origin.node.inputs[0] === starts;
  if (valuesOf(starts) || !added) return [target(starts), target(ends)];
  const sizes = target(origin.node.inputs[1]!);
  return [sizes.map(() => ANYWHERE), sizes.map(size => total([ANYWHERE, size]))];
}

const ANYWHERE = '(anywhere)';

/** How many places there are from a start to an end. */
function countOf(start: Dim, end: Dim, step: number): Dim {
  const length = step > 0 ? difference(end, start) : difference(start, end);
  if (typeof length === 'number') return Math.max(0, Math.ceil(length / Math.abs(step)));
  if (length !== undefined && Math.abs(step) === 1) return length;
  return mismatch('a part whose size is known, or a symbolic one in steps of 1', show([start, end, step]));
}

/** Zeros around the gradient where that will do, else it is put at its places axis by axis. */
function sliceGradient(step: Step): (Tensor | null)[] {
  const cuts = cutsOf(step);
  const around = step.a.shape.map((dim, axis) =>
    marginsOf(
      dim,
      cuts.find(cut => cut.axis === axis),
    ),
  );
  const plain = around.filter(each => each !== undefined);
  const [before, after] = [plain.map(each => each.before), plain.map(each => each.after)];
  const da = plain.length === around.length ? f.pad(step.dy, before, after) : putBack(step, cuts);
  return step.inputs.map((_, place) => (place === 0 ? da : null));
}

/** What a cut leaves out before and after it, where these are numbers and it takes all between. */
function marginsOf(dim: Dim, cut?: Cut): { before: number; after: number } | undefined {
  if (!cut) return { before: 0, after: 0 };
  const [before, after] = [cut.start, difference(dim, cut.end)];
  return cut.step === 1 && typeof before === 'number' && typeof after === 'number' ? { before, after } : undefined;
}

/** The slice as one after the other along its axes, each of which took elements by their indices. */
function putBack({ a, b, c, dy }: Step, cuts: readonly Cut[]): Tensor {
  const parts: Tensor[] = [a];
  const taken = cuts.map(({ axis, step }, place) => {
    const [start, end] = cuts.length === 1 ? [b, c] : [b, c].map(each => f.slice(each, 0, place, place + 1));
    const size = f.squeeze(f.sizeAlong(a, axis), [0]);
    parts.push(f.slice(parts[place]!, axis, start!, end!, step));
    return f.slice(f.range(0, size), 0, start!, end!, step);
  });
  return cuts.reduceRight((dx, { axis }, place) => f.ungather(parts[place]!, taken[place]!, dx, axis), dy);
}

function padded(call: Call): Shape {
  const mode = text(call, 'mode', 'constant');
  if (mode !== 'constant') return mismatch('the mode constant', mode);
  const { before, after } = marginsAround(call);
  return call.a.shape.map((dim, axis) => total([dim, before[axis]!, after[axis]!]));
}

/** How much a Pad adds before and after each axis. */
function marginsAround({ a, b, inputs: [, , , d] }: Call): { before: Dim[]; after: Dim[] } {
  const pads = target(b);
  const axes = isGiven(d) ? known(d, 'axes').map(axis => axisOf(axis, a.shape.length)) : [...a.shape.keys()];
  if (pads.length !== 2 * axes.length) return mismatch(`${2 * axes.length} pads`, String(pads.length));
  if (pads.some(pad => Number(pad) < 0)) return mismatch('pads of 0 or more', show(pads));
  const along = (offset: number) =>
    [...a.shape.keys()].map(axis => (axes.includes(axis) ? pads[axes.indexOf(axis) + offset]! : 0));
  return { before: along(0), after: along(axes.length) };
}

function padGradient(step: Step): (Tensor | null)[] {
  const { a, b, dy, inputs } = step;
  const { before, after } = marginsAround(step);
  const axes = isGiven(inputs[3]) ? known(inputs[3], 'axes').map(axis => axisOf(axis, a.shape.length)) : undefined;
  const da = a.shape.reduce((inner: Tensor, _, axis) => {
    if (before[axis] === 0 && after[axis] === 0) return inner;
    const place = axes ? axes.indexOf(axis) : axis;
    const start = f.slice(b, 0, place, place + 1);
    return f.slice(inner, axis, start, f.add(start, f.sizeAlong(a, axis)));
  }, dy);
  const outside = () => f.sub(f.sum(dy), f.sum(da));
  return inputs.map((each, place) => (place === 0 ? da : place === 2 && isGiven(each) ? outside() : null));
}
