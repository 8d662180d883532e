import {
  add,
  exp,
  gatherNd,
  gemm,
  log,
  max,
  mul,
  neg,
  reduceMax,
  scatterNd,
  squeeze,
  stopGradient,
  sub,
  sum,
  unsqueeze,
  zerosLike,
} from '../../functions.ts';
import type { Tensor } from '../../tensor.ts';

export interface SampledSoftmax {
  /** [N, D]: what is to find its target. */
  readonly hidden: Tensor;
  /** [N, D]: the targets' vectors. */
  readonly targets: Tensor;
  /** [S, D]: the vectors of negatives that all rows share. */
  readonly negatives: Tensor;
  /** [S]: of each negative the logarithm of the count that is expected of it in the sample. */
  readonly logQ: Tensor;
  /** [N]: likewise of the targets, where they too come from what was sampled, as with negatives within the batch. */
  readonly targetLogQ?: Tensor;
  /** int64 [H, 2]: each row and negative that are the same item, as `accidentalHits` finds them. */
  readonly hits: Tensor;
}

/**
 * Cross-entropy of choosing the target among all items, estimated from a sample of them:
 * log(exp(p) + sum over s of exp(h e_s - log q_s)) - p with p = h t, where no negative that is the row's own target
 * competes with it. Jean, Cho, Memisevic and Bengio, "On using very large target vocabulary for neural machine
 * translation", 2015, section 3; with log q as in Yi et al., "Sampling-bias-corrected neural modeling for large corpus
 * item recommendations", 2019, section 4.
 *
 * Exponentials are taken of what lies below the row's maximum, so it is finite whatever the logits; only their sum needs
 * a logarithm.
 *
 * @returns [N], in nats
 */
export function sampledSoftmax({ hidden, targets, negatives, logQ, targetLogQ, hits }: SampledSoftmax): Tensor {
  const product = sum(mul(hidden, targets), [1], { keep: true });
  const own = targetLogQ ? sub(product, unsqueeze(targetLogQ, [1])) : product;
  const others = gemm(hidden, negatives, { transB: true, c: neg(logQ) });
  const top = stopGradient(max(own, reduceMax(others, [1], { keep: true })));
  const competing = zeroAt(exp(sub(others, top)), hits);
  const total = add(exp(sub(own, top)), sum(competing, [1], { keep: true }));
  return squeeze(add(log(total), sub(top, own)), [1]);
}

/**
 * The places where a negative is the row's own target.
 *
 * @param targets ids of the rows' targets
 * @param negatives ids of the sample, repeated as they come
 * @returns [H, 2], pairs of a row and a place in the sample
 */
export function accidentalHits(targets: Int32Array, negatives: Int32Array): BigInt64Array {
  const places = new Map<number, number[]>();
  for (const [place, id] of negatives.entries()) {
    const found = places.get(id);
    if (found) found.push(place);
    else places.set(id, [place]);
  }
  const pairs: bigint[] = [];
  for (const [row, id] of targets.entries()) {
    for (const place of places.get(id) ?? []) pairs.push(BigInt(row), BigInt(place));
  }
  return BigInt64Array.from(pairs);
}

function zeroAt(x: Tensor, places: Tensor): Tensor {
  return scatterNd(x, places, zerosLike(gatherNd(x, places)));
}
