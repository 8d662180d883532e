import { add, clip, div, mul, sqrt, stopGradient, sub, sum, sumSquare } from '../../graph/functions.ts';
import { gradients } from '../../graph/gradients.ts';
import type { Node, Tensor } from '../../graph/tensor.ts';
import type { Parameters } from '../../graph/training/parameters.ts';
import { graphError, nodesOf, ordered } from '../../graph/walk.ts';

/** Keeps a gradient of length 0 from being divided by. */
const TINY = 1e-12;

/**
 * The mean loss of a batch, whose gradient is the sum of the gradients of its examples, each scaled down to a length where it
 * is longer, by the batch's expected size (Abadi et al., "Deep learning with differential privacy", 2016, algorithm 1, but for
 * the noise). No gradient of one example is ever made: its length follows from what goes into each dense layer and what comes
 * back out of it (Goodfellow, "Efficient per-example gradient computations", 2015), and the losses are weighted by it (Lee and
 * Kifer, "Scaling up differentially private deep learning with fast per-example gradient clipping", 2021).
 *
 * @param losses [N, 1], each of one example alone, from parameters that are matrices and biases of dense layers
 * @param size how many examples a batch is expected to have
 * @throws GRAPH_INVALID where a parameter is used otherwise, or twice: its part of the length would be wrong
 */
export function privateLoss(
  losses: Tensor,
  parameters: Parameters,
  { most, size }: { most: number; size: number },
): Tensor {
  const length = sqrt(add(squaredLengths(losses, parameters), TINY));
  const scale = stopGradient(clip(div(most, length), 0, 1));
  const clipped = div(sum(mul(losses, scale)), size);
  // What is told is the loss itself.
  return add(clipped, stopGradient(sub(div(sum(losses), size), clipped)));
}

/** [N, 1]: the squared length of each example's gradient, over all parameters together. */
export function squaredLengths(losses: Tensor, parameters: Parameters): Tensor {
  const layers = layersOf(losses, parameters);
  const backs = gradients(
    sum(losses),
    layers.map(({ output }) => output),
  );
  const parts = layers.map(({ entering, hasBias }, place) => {
    const size = ofRows(entering);
    return mul(ofRows(backs[place]!), hasBias ? add(size, 1) : size);
  });
  return stopGradient(parts.reduce((a, b) => add(a, b)));
}

/** A dense layer: what enters it, [N, in], and its output, [N, out]. */
interface Layer {
  entering: Tensor;
  output: Tensor;
  hasBias: boolean;
}

function layersOf(losses: Tensor, parameters: Parameters): Layer[] {
  const names = new Map(Object.entries(parameters).map(([name, tensor]) => [tensor, name]));
  const found = new Set<string>();
  const layers: Layer[] = [];
  for (const node of nodesOf(ordered([losses]))) {
    const used = node.inputs.flatMap(each => names.get(each) ?? []);
    if (used.length === 0) continue;
    const layer = layerOf(node, parameter => names.has(parameter));
    const again = used.find(name => found.has(name));
    if (!layer || again !== undefined) {
      throw graphError('private training', node.outputs, {
        expected: 'parameters that are a matrix or a bias of one dense layer each',
        got: `${again ?? used.join(', ')} in ${again === undefined ? node.op : 'a second one'}`,
        next: 'Train this kind of ranker without TEMPER_DP_NOISE, or give its operation a length in models/privacy/differential',
      });
    }
    for (const name of used) found.add(name);
    layers.push(layer);
  }
  return layers;
}

/** A product of rows and a matrix of parameters, with or without a bias. */
function layerOf(
  { op, inputs, attributes, outputs }: Node,
  isParameter: (tensor: Tensor) => boolean,
): Layer | undefined {
  const [entering, matrix, bias] = inputs as [Tensor, Tensor, Tensor | undefined];
  if (op !== 'Gemm' && op !== 'MatMul') return undefined;
  if (isParameter(entering) || !isParameter(matrix) || (bias && !isParameter(bias))) return undefined;
  if (
    entering.shape.length !== 2 ||
    attributes.transA ||
    (attributes.alpha ?? 1) !== 1 ||
    (attributes.beta ?? 1) !== 1
  ) {
    return undefined;
  }
  return { entering, output: outputs[0]!, hasBias: bias !== undefined };
}

const ofRows = (x: Tensor): Tensor => sumSquare(x, [1], { keep: true });
