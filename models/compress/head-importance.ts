import { productOf } from '../adapt/product.ts';
import type { EncoderConfig } from '../encoders/config.ts';
import { apply } from '../graph/apply.ts';
import * as f from '../graph/functions.ts';
import { gradients } from '../graph/gradients.ts';
import { graphOf } from '../graph/graph.ts';
import { rewrite } from '../graph/rewrite.ts';
import { openSession, type SessionOptions, type Value, value } from '../graph/runtime.ts';
import { type Graph, input, integers, type Tensor } from '../graph/tensor.ts';
import { nameOf } from './report.ts';

type Size = Pick<EncoderConfig, 'layers' | 'heads'>;

/** What leaves the heads of a layer is what this matrix mixes. */
const MIXED = /^encoder\.layer\.(\d+)\.attention\.output\.dense\.weight$/;

/**
 * How much a loss would change, to first order, if a head were masked: the mean over texts of |dL / d mask| (Michel,
 * Levy and Neubig, "Are sixteen heads really better than one?", NeurIPS 2019, section 4.1), each layer brought to length
 * 1 as they do.
 *
 * @param graph an encoder as encoders/bert.ts writes it, `input_ids` [B, L] and its weights by their names
 * @param loss of the graph's outputs, a scalar to which texts contribute; it has to have a slope at the model as it is
 * @param batches feeds of the graph, and of what else the loss is computed from
 * @returns layer by layer, a number for each head
 */
export async function headImportance(
  graph: Graph,
  size: Size,
  loss: (outputs: Readonly<Record<string, Tensor>>) => Tensor,
  batches: readonly Readonly<Record<string, Value>>[],
  options: SessionOptions = {},
): Promise<Float64Array[]> {
  const mask = input('head_mask', 'float32', ['B', size.layers, size.heads]);
  const gated = withMask(graph, size, mask);
  const [slope] = gradients(loss(gated.outputs), [mask]) as [Tensor];
  const session = await openSession(graphOf({ sizes: f.sum(f.abs(slope), [0]) }), options);
  const importance = Array.from({ length: size.layers }, () => new Float64Array(size.heads));
  for (const feeds of batches) {
    const dims = [feeds.input_ids!.dims[0]!, size.layers, size.heads];
    const ones = new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(1);
    const { sizes } = await session.run({ ...feeds, head_mask: value('float32', ones, dims) });
    for (const [layer, heads] of importance.entries()) {
      for (const head of heads.keys()) heads[head]! += Number(sizes!.data[layer * size.heads + head]);
    }
  }
  await session.release();
  return importance.map(heads => heads.map(each => each / (Math.hypot(...heads) || 1)));
}

/** The heads to keep, layer by layer, where a share of all of them goes; each layer keeps at least its best one. */
export function keptHeads(importance: readonly Float64Array[], share: number): number[][] {
  const best = importance.map(heads => heads.indexOf(Math.max(...heads)));
  const all = importance.flatMap((heads, layer) => Array.from(heads, (size, head) => ({ layer, head, size })));
  const spare = all.filter(({ layer, head }) => head !== best[layer]).sort((a, b) => a.size - b.size);
  const gone = new Set(spare.slice(0, Math.floor(share * all.length)).map(({ layer, head }) => `${layer} ${head}`));
  return importance.map((heads, layer) => [...heads.keys()].filter(head => !gone.has(`${layer} ${head}`)));
}

/** The graph with what each head gives multiplied by its place in the mask [B, layers, heads]. */
function withMask(graph: Graph, { heads }: Size, mask: Tensor): Graph {
  const ids = graph.inputs.find(({ origin }) => origin.kind === 'input' && origin.name === 'input_ids');
  return rewrite(graph, (_, now) => {
    const product = productOf(now);
    const layer = product && MIXED.exec(nameOf(product.weight))?.[1];
    if (!product || !layer || !ids) return now;
    const apart = f.concat([f.shapeOf(ids), integers([heads, product.from / heads])], 0);
    const own = f.unsqueeze(f.gather(mask, integers([Number(layer)]), 1), [-1]);
    const masked = f.reshape(f.mul(f.reshape(product.x, apart), own), f.shapeOf(product.x));
    return apply(product.node.op, [masked, ...product.node.inputs.slice(1)], product.node.attributes);
  });
}
