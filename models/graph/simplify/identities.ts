import * as f from '../functions.ts';
import { same } from '../ops/rules/shapes.ts';
import { valuesOf } from '../ops/rules/values.ts';
import { isGiven, isTrainable, type Node, type Shape, type Tensor } from '../tensor.ts';

/** The same values said with fewer operations, or the tensor itself. */
export function plainer(tensor: Tensor): Tensor {
  const { origin } = tensor;
  if (origin.kind !== 'output') return tensor;
  const found = RULES[origin.node.op]?.(origin.node, tensor);
  return found && found !== tensor ? plainer(found) : tensor;
}

type Rule = (node: Node, y: Tensor) => Tensor | undefined;

const RULES: Readonly<Record<string, Rule>> = {
  Identity: ({ inputs: [x] }) => x,
  Cast: unchanged,
  Expand: (node, y) => unchanged(node, y) ?? plainShape(node, y),
  Reshape: (node, y) => unchanged(node, y) ?? reshapedOnce(node, y) ?? plainShape(node, y),
  Unsqueeze: reshapedOnce,
  Squeeze: reshapedOnce,
  Slice: (node, y) => (forwards(node) ? unchanged(node, y) : undefined),
  Pad: unchanged,
  Concat: ({ inputs }) => (inputs.length === 1 ? inputs[0] : undefined),
  Transpose: transposedOnce,
  Add: (node, y) => withoutNeutral(node, y, 0) ?? withoutNeutral(swapped(node), y, 0),
  Sub: (node, y) => withoutNeutral(node, y, 0),
  Mul: (node, y) => withoutNeutral(node, y, 1) ?? withoutNeutral(swapped(node), y, 1),
  Div: (node, y) => withoutNeutral(node, y, 1),
};

/** Operations that only change the shape. */
const RESHAPING: ReadonlySet<string> = new Set(['Reshape', 'Unsqueeze', 'Squeeze']);

function unchanged({ inputs: [x] }: Node, y: Tensor): Tensor | undefined {
  return x!.dtype === y.dtype && same(x!.shape, y.shape) ? x : undefined;
}

/** Whether a Slice has no steps, or all of them 1. */
function forwards({ inputs: [, , , , steps] }: Node): boolean {
  return !isGiven(steps) || valuesOf(steps)?.every(step => step === 1) === true;
}

/** Changes of shape that follow on each other, as one. */
function reshapedOnce({ inputs: [x] }: Node, y: Tensor): Tensor | undefined {
  const { origin } = x!;
  if (origin.kind !== 'output' || !RESHAPING.has(origin.node.op)) return undefined;
  const first = origin.node.inputs[0]!;
  const target = targetOf(first.shape, y.shape);
  return target && f.reshape(first, target);
}

/** A shape that is put together from sizes, as a constant. */
function plainShape({ op, inputs: [x, shape] }: Node, y: Tensor): Tensor | undefined {
  if (shape!.origin.kind === 'constant') return undefined;
  const target = op === 'Expand' ? spreadOf(x!.shape, y.shape) : targetOf(x!.shape, y.shape);
  return target && (op === 'Expand' ? f.expand(x!, target) : f.reshape(x!, target));
}

/** What a Reshape has to be told: 0 for a size that stays where it is, -1 for one more that has only a name. */
function targetOf(from: Shape, to: Shape): number[] | undefined {
  const target = to.map((dim, axis) => (typeof dim === 'number' ? dim : dim === from[axis] ? 0 : -1));
  const named = target.filter(size => size === -1).length;
  return named <= 1 && !to.includes(0) ? target : undefined;
}

/** What an Expand has to be told: 1 for a size that the tensor has already. */
function spreadOf(from: Shape, to: Shape): number[] | undefined {
  const missing = to.length - from.length;
  const target = to.map((dim, axis) => (dim === from[axis - missing] ? 1 : dim));
  return target.every(dim => typeof dim === 'number') ? target : undefined;
}

/** Transpositions that follow on each other, as one; and none where every axis comes back to its place. */
function transposedOnce(node: Node): Tensor | undefined {
  const [x] = node.inputs as [Tensor];
  const perm = permutationOf(node);
  if (perm.every((axis, place) => axis === place)) return x;
  if (x.origin.kind !== 'output' || x.origin.node.op !== 'Transpose') return undefined;
  const before = permutationOf(x.origin.node);
  return f.transpose(
    x.origin.node.inputs[0]!,
    perm.map(axis => before[axis]!),
  );
}

function permutationOf({ inputs: [x], attributes: { perm } }: Node): readonly number[] {
  return Array.isArray(perm) ? perm : [...x!.shape.keys()].reverse();
}

/** The first operand, where the second is a number that changes nothing and does not spread it either. */
function withoutNeutral({ inputs: [x, other] }: Pick<Node, 'inputs'>, y: Tensor, neutral: number): Tensor | undefined {
  const { origin } = other!;
  // The bits that a float16 is held as are not its number.
  if (origin.kind !== 'constant' || !same(x!.shape, y.shape) || x!.dtype === 'float16') return undefined;
  if (origin.data.length > MOST || isTrainable(other!)) return undefined;
  return Array.from(origin.data, Number).every(number => number === neutral) ? x : undefined;
}

/** Larger constants are hardly all the same number. */
const MOST = 4_096;

function swapped({ inputs: [a, b] }: Node): Pick<Node, 'inputs'> {
  return { inputs: [b!, a!] };
}
