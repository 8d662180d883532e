import * as f from '../graph/functions.ts';
import { graphOf } from '../graph/graph.ts';
import { constant, type Graph, input, type Tensor } from '../graph/tensor.ts';
import { convolve, foldBatchNorm, relu6, type Weights, weightOf } from './convolution.ts';

/** Height and width of the pictures that it takes. */
export const SIDE = 224;

/**
 * EfficientNet-Lite0 (https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite): the network of
 * Tan and Le, "EfficientNet", 2019, without squeeze and excitation, and with relu6.
 *
 * Input: `pixels` [B, 3, 224, 224], as `squaresOf` makes them.
 * Outputs: `vector` [B, 1280], the mean over all places, of length 1, and `logits` [B, 1000], the classes of ImageNet.
 *
 * Weights keep the names and the layout of the checkpoint, but for each batch normalisation, which is folded into the
 * convolution before it.
 *
 * @throws MODEL_REFUSED where a weight is missing, GRAPH_INVALID where one does not fit
 */
export function efficientNetLite0(weights: Weights): Graph {
  const layer = (x: Tensor, name: string, norm: string, options?: Parameters<typeof convolve>[2]) =>
    convolve(x, foldBatchNorm(weights, name, norm, EPSILON), options);

  const pixels = input('pixels', 'float32', ['B', 3, SIDE, SIDE]);
  let x = relu6(layer(pixels, '_conv_stem', '_bn0', { stride: 2 }));
  for (const [place, { stride, expands }] of BLOCKS.entries()) {
    const at = `_blocks.${place}`;
    const before = x;
    if (expands) x = relu6(layer(x, `${at}._expand_conv`, `${at}._bn0`));
    x = relu6(layer(x, `${at}._depthwise_conv`, `${at}._bn1`, { stride, depthwise: true }));
    x = layer(x, `${at}._project_conv`, `${at}._bn2`);
    if (stride === 1 && x.shape[1] === before.shape[1]) x = f.add(x, before);
  }
  const pooled = f.squeeze(f.globalAveragePool(relu6(layer(x, '_conv_head', '_bn1'))), [2, 3]);
  return graphOf({ vector: f.l2Normalise(pooled), logits: classified(pooled, weights) });
}

/** Of its batch normalisations. */
const EPSILON = 1e-3;

/** How many blocks a stage has, and the stride of its first. Kernels and channels are those of the weights. */
const STAGES = [
  { blocks: 1, stride: 1 },
  { blocks: 2, stride: 2 },
  { blocks: 2, stride: 2 },
  { blocks: 3, stride: 2 },
  { blocks: 3, stride: 1 },
  { blocks: 4, stride: 2 },
  { blocks: 1, stride: 1 },
];

const BLOCKS = STAGES.flatMap(({ blocks, stride }, stage) =>
  Array.from({ length: blocks }, (_, block) => ({ stride: block === 0 ? stride : 1, expands: stage > 0 })),
);

function classified(pooled: Tensor, weights: Weights): Tensor {
  const [weight, bias] = [weightOf(weights, '_fc.weight'), weightOf(weights, '_fc.bias')];
  return f.gemm(pooled, constant('float32', weight.data, weight.shape, '_fc.weight'), {
    c: constant('float32', bias.data, bias.shape, '_fc.bias'),
    transB: true,
  });
}
