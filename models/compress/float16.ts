import { numbersOf } from '../adapt/adapted.ts';
import * as f from '../graph/functions.ts';
import { graphOf } from '../graph/graph.ts';
import { halves } from '../graph/half.ts';
import { rewrite } from '../graph/rewrite.ts';
import { constant, DTYPES, type Graph, type Tensor } from '../graph/tensor.ts';
import { type Compressed, compressed, elementsOf, isMeant, isWeight, nameOf } from './report.ts';

/** The greatest float16: beyond it are infinities. */
const FARTHEST = 65_504;
/** Constants of fewer elements stay as they are where only the file is to become smaller. */
const LEAST_WEIGHTS = 64;

/**
 * Weights in 16 bits (IEEE 754 binary16), computed in float32 as before: the file is half as large, and the results are
 * those of weights rounded to 11 bits. The runtime widens the weights once, when it opens the model.
 */
export function storedInFloat16(graph: Graph, { patterns }: { patterns?: readonly RegExp[] } = {}): Compressed {
  const touched = new Set<Tensor>();
  const smaller = rewrite(graph, (was, now) => {
    if (!isWeight(was) || elementsOf([was]) < LEAST_WEIGHTS || !isMeant(was, patterns)) return now;
    touched.add(was);
    return f.cast(inHalf(was), 'float32');
  });
  return compressed(graph, smaller, touched);
}

/**
 * The graph in float16, also its arithmetic, between inputs and outputs that stay float32: for graphics processors,
 * whose matrix units are made for it. ONNX Runtime on a CPU computes most of it in float32 with casts in between.
 */
export function computedInFloat16(graph: Graph): Compressed {
  const touched = new Set<Tensor>();
  const narrow = rewrite(graph, (was, now) => {
    if (isWeight(was)) {
      touched.add(was);
      return inHalf(was);
    }
    if (was.origin.kind === 'input') return was.dtype === 'float32' ? f.cast(now, 'float16') : now;
    // What became float32 within the graph becomes float16 there.
    const toFloat = was.origin.kind === 'output' && was.origin.node.attributes.to === DTYPES.float32.code;
    return toFloat && now.dtype === 'float32' ? f.cast(now, 'float16') : now;
  });
  const outputs = Object.entries(narrow.outputs).map(([name, output]): [string, Tensor] => [
    name,
    graph.outputs[name]!.dtype === 'float32' ? f.cast(output, 'float32') : output,
  ]);
  return compressed(graph, graphOf(Object.fromEntries(outputs)), touched);
}

/** A constant in float16; what is beyond its range becomes its greatest number, as in masks of -1e9. */
function inHalf(weight: Tensor): Tensor {
  const bounded = numbersOf(weight).map(each => Math.min(Math.max(each, -FARTHEST), FARTHEST));
  return constant('float16', halves(bounded), weight.shape.map(Number), nameOf(weight) || undefined);
}
