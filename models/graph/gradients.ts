import { accumulated, RowSums } from './accumulate.ts';
import { callOf, rowOf } from './apply.ts';
import { sum, zerosLike } from './functions.ts';
import type { Step } from './ops/row.ts';
import { Mismatch, same } from './ops/rules/shapes.ts';
import { isFloat, type Node, scalar, type Tensor, typeOf } from './tensor.ts';
import { graphError, inputsOf, nodesOf, ordered } from './walk.ts';

/**
 * The gradients of a loss, as tensors of the same kind: they can be exported, run, and differentiated again.
 *
 * Reverse mode (Griewank and Walther, "Evaluating Derivatives", 2008, section 3.2): one walk from the loss back to
 * the tensors that are asked for, each operation passing on what its row in ops/ says.
 *
 * @param loss a float scalar
 * @param wrt float tensors from which the loss is computed
 * @returns for each of `wrt` a tensor of its shape
 * @throws GRAPH_INVALID where an operation on the way has no gradient, or the loss does not depend on a tensor
 */
export function gradients(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (loss.shape.length > 0 || !isFloat(loss)) {
    throw graphError('gradients', [loss], { expected: 'a loss that is a float scalar', got: typeOf(loss) });
  }
  const order = ordered([loss]);
  const active = dependents(order, wrt);
  const gradient = new Map<Tensor, Tensor>([[loss, scalar(1, loss.dtype)]]);

  const rowSums = new RowSums();
  for (const node of nodesOf(order).reverse()) {
    const dys = node.outputs.map(y => (active.has(y) ? gradient.get(y) : undefined));
    if (dys.every(dy => dy === undefined)) continue;
    passBack(node, dys).forEach((dx, place) => {
      const x = node.inputs[place]!;
      if (!dx || !active.has(x)) return;
      const others = gradient.get(x);
      const own = sumTo(dx, x, node, rowSums);
      gradient.set(x, others ? accumulated(others, own, { fresh: !dys.includes(own) }) : own);
    });
  }
  return wrt.map(x => {
    const found = gradient.get(x);
    if (found) return found;
    const name = x.origin.kind === 'input' ? x.origin.name : typeOf(x);
    throw graphError('gradients', [loss], { expected: `a loss that changes with ${name}`, got: 'one that does not' });
  });
}

/** Of an order, the tensors whose values change smoothly with those that are asked for. */
function dependents(order: readonly Tensor[], wrt: readonly Tensor[]): Set<Tensor> {
  const active = new Set(wrt);
  for (const tensor of order) {
    if (isFloat(tensor) && inputsOf(tensor).some(each => active.has(each))) active.add(tensor);
  }
  return active;
}

function passBack(node: Node, dys: readonly (Tensor | undefined)[]): readonly (Tensor | null)[] {
  const { op, inputs, attributes, outputs } = node;
  const [y] = outputs as [Tensor];
  const row = rowOf(op, outputs);
  if (!row.gradient) {
    throw graphError(`gradient of ${op}`, [y], {
      expected: 'an operation with a gradient rule',
      got: `${op}, which has none`,
      next: `Give ${op} a gradient in models/graph/ops, or compute its inputs from constants`,
    });
  }
  try {
    const step: Step = { ...callOf(inputs, attributes), y, dy: dys[0] ?? zerosLike(y), ys: outputs, dys };
    const passed = row.gradient(step);
    if (passed.length !== inputs.length) throw new Mismatch(`${inputs.length} gradients`, String(passed.length));
    return passed;
  } catch (cause) {
    if (!(cause instanceof Mismatch)) throw cause;
    throw graphError(`gradient of ${op}`, [y], { expected: cause.expected, got: cause.got });
  }
}

/** Sums a gradient over the dimensions along which `x` was broadcast, so that it has the shape of `x`. */
function sumTo(dx: Tensor, x: Tensor, { op, outputs }: Node, rowSums: RowSums): Tensor {
  const extra = dx.shape.length - x.shape.length;
  const leading = Array.from({ length: Math.max(extra, 0) }, (_, axis) => axis);
  const repeated = x.shape.flatMap((dim, axis) => (dim === 1 && dx.shape[axis + extra] !== 1 ? [axis + extra] : []));
  const kept = repeated.length === 0 ? dx : sum(dx, repeated, { keep: true });
  const shaped = leading.length === 0 ? kept : rowSums.of(kept, leading);
  if (shaped.dtype === x.dtype && same(shaped.shape, x.shape)) return shaped;
  throw graphError(`gradient of ${op}`, outputs, {
    expected: `a gradient like ${typeOf(x)} for an input`,
    got: typeOf(dx),
  });
}
