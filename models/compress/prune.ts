import { TemperError } from '../../schemas/errors.ts';
import { numbersOf } from '../adapt/adapted.ts';
import { productOf } from '../adapt/product.ts';
import { rewrite } from '../graph/rewrite.ts';
import { constant, type Graph, type Tensor } from '../graph/tensor.ts';
import { type Compressed, compressed, elementsOf, isMeant, isWeight, nameOf } from './report.ts';

export interface PruneOptions {
  /** Of the weights that are meant, which part becomes 0; from 0 to 1. */
  readonly share: number;
  /** Whether the smallest of all weights go, or those of each matrix by itself. */
  readonly scope?: 'global' | 'layer';
  /** Names of the constants that are meant: all matrices by which something is multiplied, where nothing is said. */
  readonly patterns?: readonly RegExp[];
}

/**
 * Sets the smallest weights to 0 (Han et al., "Learning both weights and connections for efficient neural networks",
 * 2015, section 3). The matrices keep their sizes, so a file becomes smaller only where it is compressed, and a run no
 * faster: it shows what a model can do without, and prepares what is trained again afterwards.
 */
export function prune(graph: Graph, { share, scope = 'global', patterns }: PruneOptions): Compressed {
  if (!(share >= 0 && share <= 1)) {
    throw new TemperError('INPUT_INVALID', { where: 'prune', expected: 'a share from 0 to 1', got: String(share) });
  }
  const matrices = new Set(graph.tensors.flatMap(tensor => productOf(tensor)?.weight ?? []));
  const meant = [...matrices].filter(weight => isWeight(weight) && isMeant(weight, patterns));
  const groups = scope === 'global' ? [meant] : meant.map(weight => [weight]);
  const pruned = new Map(groups.flatMap(group => [...withoutSmallest(group, share)]));
  const after = rewrite(graph, (was, now) => pruned.get(was) ?? now);
  const zeros = [...pruned].map(([was, now]) => zerosIn(now) - zerosIn(was));
  return compressed(
    graph,
    after,
    new Set(pruned.keys()),
    zeros.reduce((a, b) => a + b, 0),
  );
}

/** The weights of some matrices with that share of all of them set to 0; of equal ones, the first go first. */
function withoutSmallest(weights: readonly Tensor[], share: number): Map<Tensor, Tensor> {
  const sizes = new Float32Array(elementsOf(weights));
  let end = 0;
  for (const weight of weights) {
    sizes.set(numbersOf(weight).map(Math.abs), end);
    end += numbersOf(weight).length;
  }
  sizes.sort();
  const count = Math.floor(share * sizes.length);
  const greatest = count === 0 ? -1 : sizes[count - 1]!;
  let equal = count - sizes.indexOf(greatest);
  const isGone = (weight: number) => {
    const size = Math.abs(weight);
    if (size === greatest) equal -= 1;
    return size < greatest || (size === greatest && equal >= 0);
  };
  return new Map(
    weights.map(weight => {
      const numbers = numbersOf(weight).map(each => (isGone(each) ? 0 : each));
      return [weight, constant('float32', numbers, weight.shape.map(Number), nameOf(weight) || undefined)];
    }),
  );
}

function zerosIn(weight: Tensor): number {
  return numbersOf(weight).reduce((zeros, each) => zeros + Number(each === 0), 0);
}
