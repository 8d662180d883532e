import type { Dim, Node, Tensor } from '../tensor.ts';
import { difference, Mismatch, quotient, sizeOf, times, total } from './shapes.ts';

/**
 * The elements of a whole-number tensor, where they are known before the graph runs: constants, sizes of tensors, and
 * what is computed from them. So a Reshape to a shape that a graph puts together from sizes has a known type, as
 * graphs that other frameworks export need it.
 *
 * @returns sizes in row-major order, or undefined where the elements depend on what is fed
 */
export function valuesOf({ origin }: Tensor): Dim[] | undefined {
  switch (origin.kind) {
    case 'constant':
      return origin.data.length > MOST_VALUES
        ? undefined
        : Array.from(origin.data as ArrayLike<number | bigint>, Number);
    case 'output':
      return RULES[origin.node.op]?.(origin.node, origin.node.inputs.map(lazily));
    default:
      return undefined;
  }
}

/** The whole numbers that an operation takes as a tensor, which have to be known for the shape to be known. */
export function known(tensor: Tensor, meaning: string): number[] {
  const values = valuesOf(tensor);
  if (!values) throw new Mismatch(`${meaning} that are constant`, 'a computed tensor');
  return values.map(sizeOf);
}

/** A shape that is given as a tensor. */
export function target(tensor: Tensor): Dim[] {
  const values = valuesOf(tensor);
  if (!values) throw new Mismatch('a shape that is constant or computed from sizes', tensor.origin.kind);
  return values;
}

/** No list of sizes is longer; larger constants are data. */
const MOST_VALUES = 1_024;

type Lazy = () => Dim[] | undefined;

/** What operations do with sizes; those that are not here hide them. */
const RULES: Readonly<Record<string, (node: Node, operands: Lazy[]) => Dim[] | undefined>> = {
  Shape: ({ inputs, attributes }) => inputs[0]!.shape.slice(start(attributes.start), end(attributes.end)),
  Size: ({ inputs }) => [times(inputs[0]!.shape)],
  Identity: (_, [a]) => a!(),
  Cast: (_, [a]) => a!()?.map(dim => (typeof dim === 'number' ? Math.trunc(dim) : dim)),
  Unsqueeze: (_, [a]) => a!(),
  Squeeze: (_, [a]) => a!(),
  Reshape: (_, [a]) => a!(),
  Concat: (_, operands) => all(operands, (...parts) => parts.flat()),
  Gather: (_, [a, b]) => all([a!, b!], (dims, places) => places.map(place => dims.at(sizeOf(place))!)),
  Slice: (_, [a, ...ranges]) =>
    all([a!, ...ranges.slice(0, 2)], (dims, starts, ends) => dims.slice(sizeOf(starts[0]!), sizeOf(ends[0]!))),
  Expand: (_, [a, b]) => all([a!, b!], (dims, shape) => repeated(dims, sizeOf(shape[0] ?? 1))),
  Add: (_, [a, b]) => pairwise(a!, b!, (x, y) => total([x, y])),
  Sub: (_, [a, b]) => pairwise(a!, b!, difference),
  Mul: (_, [a, b]) => pairwise(a!, b!, (x, y) => times([x, y])),
  Div: (_, [a, b]) => pairwise(a!, b!, quotient),
  Equal: (_, [a, b]) => pairwise(a!, b!, (x, y) => Number(x === y)),
  Where: (_, [condition, yes, no]) =>
    all([condition!, yes!, no!], (flags, a, b) =>
      flags.map((flag, place) => (flag ? (a[place] ?? a[0]!) : (b[place] ?? b[0]!))),
    ),
};

function lazily(tensor: Tensor): Lazy {
  return () => valuesOf(tensor);
}

function all(operands: readonly Lazy[], compute: (...values: [Dim[], Dim[], Dim[]]) => Dim[]): Dim[] | undefined {
  const values = operands.map(operand => operand());
  return values.every(each => each !== undefined) ? compute(...(values as [Dim[], Dim[], Dim[]])) : undefined;
}

/** Elementwise, where one side may be a single number; undefined where an element is not known. */
function pairwise(a: Lazy, b: Lazy, compute: (x: Dim, y: Dim) => Dim | undefined): Dim[] | undefined {
  const computed = all([a, b], (xs, ys) => {
    const wide = Math.max(xs.length, ys.length);
    const at = (dims: Dim[], place: number) => dims[dims.length === 1 ? 0 : place]!;
    return Array.from({ length: wide }, (_, place) => compute(at(xs, place), at(ys, place)) ?? Number.NaN);
  });
  return computed?.some(dim => Number.isNaN(dim)) ? undefined : computed;
}

function repeated(dims: Dim[], count: number): Dim[] {
  return dims.length === 1 ? Array.from({ length: count }, () => dims[0]!) : dims;
}

function start(given: unknown): number {
  return typeof given === 'number' ? given : 0;
}

function end(given: unknown): number | undefined {
  return typeof given === 'number' ? given : undefined;
}
