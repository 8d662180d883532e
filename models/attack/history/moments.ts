import type { Scorer } from '../../controls/scorer.ts';
import type { NextItems } from '../../evaluate/ranks.ts';
import { value } from '../../graph/runtime.ts';

/** Histories beside what was taken next: what an attack that knows the answer looks at. */
export interface Known {
  readonly histories: readonly Int32Array[];
  readonly targets: Int32Array;
}

/**
 * A scorer for evaluations of an attack that knows what each user takes next, as the strongest attacker would.
 *
 * @param score as `Scorer`'s, told the targets too; it is given histories of these moments alone
 */
export function knowingTargets(
  items: number,
  moments: NextItems,
  score: (known: Known, into: Float32Array) => Promise<void>,
): Scorer {
  const targetOf = new Map(moments.histories.map((history, at) => [history, moments.targets[at]!]));
  return {
    items,
    score: (histories, into) =>
      score({ histories, targets: Int32Array.from(histories, history => targetOf.get(history)!) }, into),
  };
}

/** int64 [B] */
export function targetFeed(targets: Int32Array) {
  return value('int64', BigInt64Array.from(targets, BigInt), [targets.length]);
}
