import * as f from '../../../../models/graph/functions.ts';
import { gradients } from '../../../../models/graph/gradients.ts';
import { graphOf } from '../../../../models/graph/graph.ts';
import { openSession, type Provider, value } from '../../../../models/graph/runtime.ts';
import {
  constant,
  type Dim,
  type Dtype,
  dataOf,
  input,
  type Node,
  type Shape,
  type Tensor,
} from '../../../../models/graph/tensor.ts';
import { nodesOf as nodesOfTensors, ordered } from '../../../../models/graph/walk.ts';
import { type Random, random } from '../../../../models/random.ts';

/** A function of inputs that is to be differentiated, with its inputs' shapes, which may name the sizes N and M. */
export interface Expression {
  readonly shapes: readonly Shape[];
  readonly of: (...inputs: [Tensor, Tensor, Tensor, Tensor, Tensor]) => Tensor;
  /** Draws an element; from the standard normal distribution where nothing is said. */
  readonly draw?: (draws: Random) => number;
  /** For operations of which ONNX Runtime has no float64 form on a processor. */
  readonly dtype?: 'float32';
  /** How far a derivative may be from the differences, where that of `PRECISION` is asking for too much. */
  readonly tolerance?: number;
}

/** An expression, or one that a seed draws, with its shapes and options. */
export type Case = Expression | ((draws: Random) => Expression);
export type Cases = Readonly<Record<string, Case>>;

/** What an expression consists of beside its shapes. */
export type Kind = Omit<Expression, 'shapes' | 'of'>;

/** One input of a random shape of up to three dimensions. */
export function one(of: (x: Tensor) => Tensor, kind: Kind = {}): Case {
  return draws => ({ shapes: [shapeOf(draws, draws.below(4))], of, ...kind });
}

/** One input with two to four dimensions, and an axis of it, perhaps counted from the end. */
export function along(of: (x: Tensor, axis: number, draws: Random) => Tensor, kind: Kind = {}): Case {
  return draws => {
    const shape = shapeOf(draws, 2 + draws.below(3));
    const axis = draws.below(2 * shape.length) - shape.length;
    return { shapes: [shape], of: x => of(x, axis, draws), ...kind };
  };
}

/** Two inputs of random shapes that broadcast, each perhaps with fewer dimensions, or with dimensions of 1. */
export function two(of: (a: Tensor, b: Tensor) => Tensor, kind: Kind = {}): Case {
  return draws => ({ shapes: broadcasting(draws, 2), of, ...kind });
}

/** Three inputs whose shapes broadcast. */
export function three(of: (a: Tensor, b: Tensor, c: Tensor) => Tensor, kind: Kind = {}): Case {
  return draws => ({ shapes: broadcasting(draws, 3), of, ...kind });
}

/** Inputs of the given shapes. */
export function given(shapes: readonly Shape[], of: Expression['of'], kind: Kind = {}): Case {
  return { shapes, of, ...kind };
}

/** Away from zero, where logarithms, roots, powers and quotients have their poles. */
export const positive: Kind = { draw: draws => 0.5 + draws.uniform() };
/** Without a float64 form. */
export const single: Kind = { dtype: 'float32' };

/** Whole numbers as a tensor of a shape; a vector where no shape is given. */
export function whole(values: readonly number[], shape: readonly number[] = [values.length]): Tensor {
  return constant('int64', BigInt64Array.from(values, BigInt), shape);
}

export function shapeOf(draws: Random, rank: number): Dim[] {
  return Array.from({ length: rank }, () => pick<Dim>(draws, ['N', 'M', 1, 2, 3]));
}

export function pick<A>(draws: Random, choices: readonly A[]): A {
  return choices[draws.below(choices.length)]!;
}

/** The axes of a rank in random order. */
export function shuffled(draws: Random, rank: number): number[] {
  return [...draws.shuffle(Int32Array.from({ length: rank }, (_, axis) => axis))];
}

function broadcasting(draws: Random, count: number): Dim[][] {
  const whole = shapeOf(draws, draws.below(5));
  return Array.from({ length: count }, () =>
    whole.slice(draws.below(3) === 0 ? draws.below(whole.length + 1) : 0).map(dim => (draws.below(3) === 0 ? 1 : dim)),
  );
}

/**
 * The derivative of sum(tanh(y / 4)) at a random point along a random direction of length 1 in the space of all inputs,
 * from the gradients and from central differences. tanh makes every element of y count differently; ONNX Runtime merges
 * a factor into products before it as a float32, and 1/4 is one exactly.
 */
export async function derivatives(
  each: Case,
  seed: number,
  provider: Provider = 'cpu',
): Promise<{ analytic: number; numeric: number }> {
  const draws = random(seed);
  const { shapes, of, draw = source => source.normal(), dtype = 'float64' } = expressionOf(each, draws);
  const { inputs, y } = built({ shapes, of, dtype });
  // Sums in float64 keep the loss as precise as the elements of y.
  const loss = f.sum(f.tanh(f.div(f.cast(y, 'float64'), 4)));
  const slopes = Object.fromEntries(gradients(loss, inputs).map((slope, place) => [`slope${place}`, slope]));
  const session = await openSession(graphOf({ loss, ...slopes }), { providers: [provider] });

  const sizes: Record<string, number> = { N: 1 + draws.below(4), M: 1 + draws.below(4) };
  const dims = shapes.map(shape => shape.map(dim => (typeof dim === 'number' ? dim : sizes[dim]!)));
  const points = dims.map(sizes => Array.from({ length: product(sizes) }, () => draw(draws)));
  const directions = normalised(points.map(point => point.map(() => draws.normal())));
  const at = (h: number) =>
    session.run(
      Object.fromEntries(
        points.map((point, place) => {
          const moved = point.map((x, k) => x + h * directions[place]![k]!);
          return [`x${place}`, value(dtype, dataOf(dtype, moved), dims[place]!)];
        }),
      ),
    );

  const { h } = PRECISION[dtype];
  const [here, ahead, behind] = [await at(0), await at(h), await at(-h)];
  await session.release();
  const parts = directions.flatMap((direction, place) => {
    const slope = here[`slope${place}`]!;
    if (String(slope.dims) !== String(dims[place])) throw new Error(`slope of [${slope.dims}], not [${dims[place]}]`);
    return direction.map((d, k) => d * Number(slope.data[k]));
  });
  return { analytic: total(parts), numeric: (Number(ahead.loss!.data[0]) - Number(behind.loss!.data[0])) / (2 * h) };
}

/**
 * The step h of the differences, and how far a derivative may be from them, relative to the greater of 1 and itself.
 * What the differences leave out is h^2 / 6 times the third derivative; rounding adds the type's epsilon / h. Both are
 * least together where h is about the cube root of epsilon, and then of the order of h^2; 30 times that is allowed.
 */
export const PRECISION = { float64: precision(2 ** -52), float32: precision(2 ** -23) };

function precision(epsilon: number): { h: number; tolerance: number } {
  const h = Math.cbrt(epsilon);
  return { h, tolerance: 30 * h * h };
}

/** The operations of which a case consists. */
export function nodesOf(each: Case, seed: number): Node[] {
  return nodesOfTensors(ordered([built(expressionOf(each, random(seed))).y]));
}

export function expressionOf(each: Case, draws: Random): Expression {
  return typeof each === 'function' ? each(draws) : each;
}

function built({ shapes, of, dtype = 'float64' }: Pick<Expression, 'shapes' | 'of'> & { dtype?: Dtype }): {
  inputs: Tensor[];
  y: Tensor;
} {
  const inputs = shapes.map((shape, place) => input(`x${place}`, dtype, shape));
  return { inputs, y: of(...(inputs as Parameters<typeof of>)) };
}

function normalised(parts: readonly number[][]): number[][] {
  const length = Math.hypot(...parts.flat());
  return parts.map(part => part.map(each => each / length));
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}

function total(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
