import { TemperError } from '../../schemas/errors.ts';
import { numbersOf } from '../adapt/adapted.ts';
import { bert } from '../encoders/bert.ts';
import type { EncoderConfig } from '../encoders/config.ts';
import type { Weight } from '../encoders/files/weight.ts';
import type { Graph } from '../graph/tensor.ts';
import { nodesOf } from '../graph/walk.ts';
import { type Compressed, compressed, isWeight, nameOf } from './report.ts';

type Size = Pick<EncoderConfig, 'layers' | 'heads' | 'epsilon'>;

/**
 * An encoder without some of its heads: its matrices become smaller, and its runs faster.
 *
 * @param graph as encoders/bert.ts writes it, trained or not
 * @param kept the heads of each layer that stay, as `keptHeads` chooses them
 * @throws INPUT_INVALID where the graph is another one, or a layer would have no head or one that is not there
 */
export function pruneHeads(graph: Graph, size: Size, kept: readonly (readonly number[])[]): Compressed {
  const constants = graph.tensors.filter(tensor => isWeight(tensor) && nameOf(tensor) !== '');
  const weights = new Map(
    constants.map((tensor): [string, Weight] => [
      nameOf(tensor),
      { dtype: 'float32', shape: tensor.shape.map(Number), data: numbersOf(tensor) },
    ]),
  );
  const whole = bert(weights, size);
  if (opsOf(whole) !== opsOf(graph)) {
    throw new TemperError('INPUT_INVALID', {
      where: 'head pruning',
      expected: 'an encoder as models/encoders/bert.ts writes it',
      got: 'a graph of other operations',
      next: 'Merge what adapts it first',
    });
  }
  const smaller = withHeads(weights, size, kept);
  const touched = new Set(constants.filter(tensor => smaller.get(nameOf(tensor)) !== weights.get(nameOf(tensor))));
  return compressed(graph, bert(smaller, size), touched);
}

function opsOf(graph: Graph): string {
  return nodesOf(graph.tensors)
    .map(({ op }) => op)
    .join();
}

/**
 * The weights of an encoder without some of its heads: rows of the query, key and value matrices and of their biases,
 * and columns of the matrix that mixes what the heads give.
 */
function withHeads(
  weights: ReadonlyMap<string, Weight>,
  { layers, heads }: Size,
  kept: readonly (readonly number[])[],
): Map<string, Weight> {
  const smaller = new Map(weights);
  for (let layer = 0; layer < layers; layer++) {
    const own = kept[layer] ?? [];
    if (own.length === 0 || own.some(head => !(head >= 0 && head < heads))) {
      throw new TemperError('INPUT_INVALID', {
        where: `layer ${layer}`,
        expected: `one or more of ${heads} heads to keep`,
        got: `[${own.join(', ')}]`,
      });
    }
    if (own.length === heads) continue;
    const at = `encoder.layer.${layer}.attention`;
    for (const part of ['query', 'key', 'value']) {
      for (const kind of ['weight', 'bias'])
        change(smaller, `${at}.self.${part}.${kind}`, each => rowsOf(each, heads, own));
    }
    change(smaller, `${at}.output.dense.weight`, each => columnsOf(each, heads, own));
  }
  return smaller;
}

function change(weights: Map<string, Weight>, name: string, to: (weight: Weight) => Weight): void {
  const weight = weights.get(name);
  if (weight) weights.set(name, to(weight));
}

function rowsOf({ shape, data }: Weight, heads: number, kept: readonly number[]): Weight {
  const size = data.length / heads;
  const parts = kept.map(head => (data as Float32Array).subarray(head * size, (head + 1) * size));
  const [rows, ...others] = shape as readonly [number, ...number[]];
  return { dtype: 'float32', shape: [(rows / heads) * kept.length, ...others], data: joined(parts) };
}

function columnsOf({ shape, data }: Weight, heads: number, kept: readonly number[]): Weight {
  const [rows, columns] = shape as readonly [number, number];
  const size = columns / heads;
  const parts = Array.from({ length: rows }, (_, row) =>
    kept.map(head => (data as Float32Array).subarray(row * columns + head * size, row * columns + (head + 1) * size)),
  );
  return { dtype: 'float32', shape: [rows, size * kept.length], data: joined(parts.flat()) };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((size, part) => size + part.length, 0));
  let start = 0;
  for (const part of parts) {
    all.set(part, start);
    start += part.length;
  }
  return all;
}
