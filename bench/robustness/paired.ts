import { bootstrapAll, type Interval } from '../../models/evaluate/bootstrap.ts';
import { Numbering } from '../../models/numbering.ts';

/** What a ranker was worth in NDCG@10, and to whom: a gain for each moment or list, with the number of its user. */
export interface Worth {
  readonly gains: Float64Array;
  readonly users: Int32Array;
}

export interface PairedFigures {
  plain: Interval;
  hardened: Interval;
  /** Hardened minus plain, of the same moments. */
  gain: Interval;
}

/**
 * Means of two rankers over the same moments and their difference, with 95 % intervals by bootstrap over users.
 *
 * @param runs of each seed the worth of both, over the same moments in the same order
 */
export function paired(runs: readonly { plain: Worth; hardened: Worth }[]): PairedFigures {
  const numbers = new Numbering<number>();
  const owners = runs.map(({ plain }) => plain.users.map(user => numbers.of(user)));
  const users = numbers.things.length;
  const [moments, plain, hardened] = [new Float64Array(users), new Float64Array(users), new Float64Array(users)];
  for (const [run, owner] of owners.entries()) {
    for (const [at, user] of owner.entries()) {
      moments[user]!++;
      plain[user]! += runs[run]!.plain.gains[at]!;
      hardened[user]! += runs[run]!.hardened.gains[at]!;
    }
  }
  const found = bootstrapAll(
    users,
    times => {
      let [count, a, b] = [0, 0, 0];
      for (const [user, often] of times.entries()) {
        count += often * moments[user]!;
        a += often * plain[user]!;
        b += often * hardened[user]!;
      }
      return [a / count, b / count, (b - a) / count];
    },
    { seed: 1 },
  );
  return { plain: found[0]!, hardened: found[1]!, gain: found[2]! };
}

/** Of moments with one relevant item, each of another user: by the item's rank, from 0. */
export function worthOf(ranks: Float32Array, k = 10): Worth {
  return {
    gains: Float64Array.from(ranks, rank => (rank < k ? 1 / Math.log2(rank + 2) : 0)),
    users: Int32Array.from(ranks.keys()),
  };
}

export function meanOf({ gains }: Worth): number {
  return gains.reduce((sum, each) => sum + each, 0) / gains.length;
}
