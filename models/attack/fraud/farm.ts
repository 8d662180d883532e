import { random } from '../../random.ts';
import { byPopularity, type FakeUsers } from './fraud.ts';

export interface FarmOptions {
  /** Accounts, and events of each: the budget. */
  readonly users: number;
  readonly length: number;
  /** The items that are pushed. */
  readonly targets: readonly number[];
  readonly seed: number;
}

/**
 * A click farm that pushes items: its accounts take the targets and items that many take in turns, so that the targets
 * are found with whatever is popular (the bandwagon attack of Burke, Mobasher and Bhaumik, "Limited knowledge shilling
 * attacks in collaborative filtering systems", ITWP 2005).
 *
 * @param counts [items]: how often each was taken by real users
 */
export function clickFarm(counts: Float32Array, { users, length, targets, seed }: FarmOptions): FakeUsers {
  const draws = random(seed);
  const popular = byPopularity(counts, draws);
  return Array.from({ length: users }, () => {
    const order = draws.shuffle(Int32Array.from(targets));
    return Int32Array.from({ length }, (_, at) => (at % 2 === 0 ? popular() : order[(at >> 1) % order.length]!));
  });
}
