import { TemperError } from '../../schemas/errors.ts';
import { apply } from '../graph/apply.ts';
import { rewrite } from '../graph/rewrite.ts';
import { constant, type Graph, type Tensor } from '../graph/tensor.ts';
import type { Parameters } from '../graph/training/parameters.ts';
import { bind, numbersOf } from './adapted.ts';
import { FACTORS } from './lora.ts';
import { type Product, productOf } from './product.ts';

/**
 * The graph to serve: constants in place of the parameters, and what `lora` added taken into the weights, which keep
 * their names and sizes. A graph that `lora` alone adapted has the operations again that it had before.
 *
 * @param parameters constants by the names of the inputs, such as a `ParameterVector` makes of a trained vector
 * @throws GRAPH_INVALID where one of two factors is missing
 */
export function merge(graph: Graph, parameters: Parameters): Graph {
  const merged: { product: Product; sum: Tensor }[] = [];
  return rewrite(bind(graph, parameters), (_, now) => {
    const found = lowRank(now);
    if (!found) return now;
    const { product, a, b, scale } = found;
    const { node } = product;
    // A weight that is used twice stays one, unless it is transposed or scaled in one place alone.
    const known = merged.find(each => alike(each.product, product));
    const sum = known?.sum ?? added(product, numbersOf(a), numbersOf(b), scale);
    if (!known) merged.push({ product, sum });
    return apply(node.op, [node.inputs[0]!, sum, ...node.inputs.slice(2)], node.attributes);
  });
}

function alike(one: Product, other: Product): boolean {
  return one.weight === other.weight && one.transposed === other.transposed && one.alpha === other.alpha;
}

/** x W + scale (x A) B, as `lora` writes it. */
interface LowRank {
  product: Product;
  a: Tensor;
  b: Tensor;
  scale: number;
}

function lowRank(tensor: Tensor): LowRank | undefined {
  const [whole, right] = operands(tensor, 'Add');
  const [scaled, b] = operands(right, 'MatMul');
  if (!whole || !b || !isNamed(b, FACTORS.b)) return undefined;
  const [left, scale] = operands(scaled, 'Mul');
  const [, a] = operands(left, 'MatMul');
  const product = productOf(whole);
  if (a && isNamed(a, FACTORS.a) && product && scale) return { product, a, b, scale: numbersOf(scale)[0]! };
  throw new TemperError('GRAPH_INVALID', {
    where: `a product by ${nameOf(b)}`,
    expected: 'both of its factors as constants',
    got: 'one of them',
  });
}

/** W + scale / alpha A B, in the layout of W. */
function added(
  { weight, from, to, transposed, alpha }: Product,
  a: Float32Array,
  b: Float32Array,
  scale: number,
): Tensor {
  const numbers = numbersOf(weight).slice();
  const rank = b.length / to;
  for (let row = 0; row < from; row++) {
    for (let column = 0; column < to; column++) {
      let dot = 0;
      for (let k = 0; k < rank; k++) dot += a[row * rank + k]! * b[k * to + column]!;
      numbers[transposed ? column * from + row : row * to + column]! += (scale / alpha) * dot;
    }
  }
  return constant('float32', numbers, weight.shape.map(Number), nameOf(weight));
}

function operands(tensor: Tensor | undefined, op: string): readonly Tensor[] {
  return tensor?.origin.kind === 'output' && tensor.origin.node.op === op ? tensor.origin.node.inputs : [];
}

function isNamed(tensor: Tensor, ending: string): boolean {
  return nameOf(tensor)?.endsWith(ending) ?? false;
}

function nameOf({ origin }: Tensor): string | undefined {
  return origin.kind === 'constant' ? origin.name : undefined;
}
