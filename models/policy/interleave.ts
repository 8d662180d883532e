import { hash32 } from '../hash.ts';
import { random } from '../random.ts';
import type { Order } from './split.ts';

export interface Interleaved {
  order: number[];
  /** Of each candidate: whether the second ranking chose it. */
  isOfSecond: Uint8Array;
}

/**
 * One order of two, by team-draft interleaving: in each round both rankings choose, in an order that a coin decides, the
 * first of what is left to them; a click is credited to who chose the item (Radlinski, Kurup and Joachims, "How does
 * clickthrough data reflect retrieval quality?", 2008). Both compete on the same list for the same user, which tells
 * them apart with far fewer lists than two groups of users do.
 *
 * @param seed of the coins
 */
export function teamDraft(first: Order, second: Order, seed: string): Interleaved {
  const { uniform } = random(hash32(seed));
  const isOfSecond = new Uint8Array(first.length);
  const taken = new Uint8Array(first.length);
  const order: number[] = [];
  const next = [0, 0];
  const choose = (team: 0 | 1) => {
    const ranking = team === 0 ? first : second;
    while (next[team]! < ranking.length && taken[ranking[next[team]!]!] === 1) next[team]!++;
    if (next[team]! === ranking.length) return;
    const candidate = ranking[next[team]!]!;
    taken[candidate] = 1;
    isOfSecond[candidate] = team;
    order.push(candidate);
  };
  while (order.length < first.length) {
    const begins = uniform() < 0.5 ? 0 : 1;
    choose(begins);
    choose(begins === 0 ? 1 : 0);
  }
  return { order, isOfSecond };
}
