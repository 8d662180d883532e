import { type Dim, DTYPES, type Dtype, isFloat, type Node, staticShape, type Tensor } from '../../tensor.ts';
import { type Elements, permuted, stepping, taken } from './arrangement.ts';
import { axisOf, difference, Mismatch, quotient, sizeOf, times, total } from './shapes.ts';

/**
 * The elements of a whole-number tensor, where they are known before the graph runs: constants, sizes of tensors, and
 * what is computed from them. So a Reshape to a shape that a graph puts together from sizes has a known type, as
 * graphs that other frameworks export need it.
 *
 * @returns sizes in row-major order, or undefined where the elements depend on what is fed
 */
export function valuesOf(tensor: Tensor): Dim[] | undefined {
  const { origin } = tensor;
  switch (origin.kind) {
    case 'constant':
      // The bits that a float16 is held as are not its number.
      return origin.data.length > MOST_VALUES || tensor.dtype === 'float16'
        ? undefined
        : Array.from(origin.data as ArrayLike<number | bigint>, Number);
    case 'output': {
      if (!found.has(tensor)) found.set(tensor, isList(tensor) ? computed(origin.node) : undefined);
      return found.get(tensor);
    }
    default:
      return undefined;
  }
}

/** Whether a tensor can be a list of sizes: a large one is not even begun, since a small file can ask for many. */
function isList({ shape }: Tensor): boolean {
  return (staticShape(shape)?.reduce((size, dim) => size * dim, 1) ?? 0) <= MOST_VALUES;
}

/** What was found out before: a chain of sizes is worked out once, however often it is asked for. */
const found = new WeakMap<Tensor, Dim[] | undefined>();

function computed(node: Node): Dim[] | undefined {
  const { op, inputs } = node;
  const flat = inputs.every(({ shape }) => shape.length <= 1);
  const rule = RULES[op] ?? (flat ? FLAT_RULES[op] : undefined);
  try {
    const values = rule?.(node, inputs.map(lazily));
    const known = values?.every(value => typeof value === 'string' || Number.isFinite(value));
    return known && values!.length <= MOST_VALUES ? values : undefined;
  } catch (cause) {
    // A size that has only a name, where a number is needed, leaves the values unknown.
    if (cause instanceof Mismatch) return undefined;
    throw cause;
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

type Rule = (node: Node, operands: Lazy[]) => Dim[] | undefined;

/** What operations do with sizes; those that are not here hide them. */
const RULES: Readonly<Record<string, Rule>> = {
  Shape: ({ inputs, attributes }) => inputs[0]!.shape.slice(start(attributes.start), end(attributes.end)),
  Size: ({ inputs }) => [times(inputs[0]!.shape)],
  Identity: (_, [a]) => a!(),
  Cast: ({ outputs: [y] }, [a]) => a!()?.map(dim => as(y!.dtype, dim)),
  Unsqueeze: (_, [a]) => a!(),
  Squeeze: (_, [a]) => a!(),
  Reshape: (_, [a]) => a!(),
  Gather: ({ inputs, attributes }, [a, b]) =>
    all([a!, b!], (dims, places) => {
      const axis = typeof attributes.axis === 'number' ? attributes.axis : 0;
      return [...taken(elements(inputs[0]!, dims), axisOf(axis, inputs[0]!.shape.length), places.map(sizeOf)).values];
    }),
  Slice: ({ inputs }, operands) => {
    const [dims, starts, ends, axes, steps] = operands.map(operand => operand());
    if (!dims || !starts || !ends) return undefined;
    const whole = elements(inputs[0]!, dims);
    const along = axes ?? [...starts.keys()];
    return [
      ...along.reduce<Elements>((part, each, place) => {
        const axis = axisOf(sizeOf(each), part.shape.length);
        const [start, end, step] = [starts[place]!, ends[place]!, steps?.[place] ?? 1].map(sizeOf) as number[];
        return taken(part, axis, stepping(part.shape[axis]!, start!, end!, step!));
      }, whole).values,
    ];
  },
  Transpose: ({ inputs: [x], attributes: { perm } }, [a]) => {
    const dims = a!();
    const axes = Array.isArray(perm) ? (perm as number[]) : [...x!.shape.keys()].reverse();
    return dims && [...permuted(elements(x!, dims), axes).values];
  },
};

/** What they do where all operands are lists of sizes or single ones. */
const FLAT_RULES: Readonly<Record<string, Rule>> = {
  Concat: (_, operands) => all(operands, (...parts) => parts.flat()),
  Expand: (_, [a, b]) => all([a!, b!], (dims, shape) => repeated(dims, sizeOf(shape[0] ?? 1))),
  Add: (_, [a, b]) => pairwise(a!, b!, (x, y) => total([x, y])),
  Sub: (_, [a, b]) => pairwise(a!, b!, difference),
  Mul: (_, [a, b]) => pairwise(a!, b!, (x, y) => times([x, y])),
  Div: ({ inputs }, [a, b]) => pairwise(a!, b!, isFloat(inputs[0]!) ? quotient : wholeQuotient),
  Mod: ({ attributes: { fmod } }, [a, b]) =>
    pairwise(a!, b!, (x, y) => (fmod === 1 ? sizeOf(x) % sizeOf(y) : remainder(sizeOf(x), sizeOf(y)))),
  Equal: (_, [a, b]) => pairwise(a!, b!, agree),
  Where: (_, [condition, yes, no]) =>
    all([condition!, yes!, no!], (flags, a, b) =>
      Array.from({ length: Math.max(flags.length, a.length, b.length) }, (_, place) =>
        at(flags, place) ? at(a, place) : at(b, place),
      ),
    ),
};

function elements({ shape }: Tensor, values: readonly Dim[]): Elements {
  return { values, shape: shape.map(sizeOf) };
}

function lazily(tensor: Tensor): Lazy {
  return () => valuesOf(tensor);
}

function all(operands: readonly Lazy[], compute: (...values: [Dim[], Dim[], Dim[]]) => Dim[]): Dim[] | undefined {
  const values = operands.map(operand => operand());
  return values.every(each => each !== undefined) ? compute(...(values as [Dim[], Dim[], Dim[]])) : undefined;
}

/** Elementwise, where one side may be a single number; undefined where an element is not known. */
function pairwise(a: Lazy, b: Lazy, compute: (x: Dim, y: Dim) => Dim | undefined): Dim[] | undefined {
  return all([a, b], (xs, ys) =>
    Array.from(
      { length: Math.max(xs.length, ys.length) },
      (_, place) => compute(at(xs, place), at(ys, place)) ?? Number.NaN,
    ),
  );
}

function at(dims: readonly Dim[], place: number): Dim {
  return dims[dims.length === 1 ? 0 : place] ?? Number.NaN;
}

/** A value as another type holds it; NaN, as of all that is not known, where that is not to be told from its number. */
function as(dtype: Dtype, value: Dim): Dim {
  if (dtype === 'bool') return typeof value === 'number' ? Number(value !== 0) : Number.NaN;
  if (typeof value === 'string') return value;
  if (dtype === 'float16') return Number.NaN;
  return dtype === 'int64' ? Math.trunc(value) : DTYPES[dtype].array.of(value)[0]!;
}

/** What division leaves, with the sign of the divisor. */
function remainder(x: number, y: number): number {
  return x - y * Math.floor(x / y);
}

/** As whole numbers are divided: what is left over is dropped. */
function wholeQuotient(x: Dim, y: Dim): Dim | undefined {
  return typeof x === 'number' && typeof y === 'number' ? Math.trunc(x / y) : quotient(x, y);
}

/** Whether sizes are equal, which of two different names nobody knows; none of them is negative. */
function agree(x: Dim, y: Dim): Dim | undefined {
  if (x === y) return 1;
  const known = [x, y].filter(each => typeof each === 'number');
  return known.length === 2 || known.some(each => each < 0) ? 0 : undefined;
}

function repeated(dims: Dim[], count: number): Dim[] {
  return dims.length === 1 ? Array.from({ length: Math.min(count, MOST_VALUES + 1) }, () => dims[0]!) : dims;
}

function start(given: unknown): number {
  return typeof given === 'number' ? given : 0;
}

function end(given: unknown): number | undefined {
  return typeof given === 'number' ? given : undefined;
}
