import { random } from '../../random.ts';
import type { FakeUsers } from './fraud.ts';

/**
 * Bots that take whatever they come by, every item as likely as any other: crawlers that are counted as people, or the
 * random attack of Lam and Riedl, "Shilling recommender systems for fun and profit", WWW 2004.
 *
 * @param users how many accounts, and
 * @param length how many events of each: the budget
 */
export function bots({ users, length, items, seed }: { users: number; length: number; items: number; seed: number }) {
  const draws = random(seed);
  const taken = (): FakeUsers[number] => Int32Array.from({ length }, () => draws.below(items));
  return Array.from({ length: users }, taken);
}
