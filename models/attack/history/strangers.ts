import type { NextItems } from '../../evaluate/ranks.ts';
import { random } from '../../random.ts';

export interface StrangersOptions {
  /** How many are added to each history. */
  readonly clicks: number;
  /** Of the catalogue; each is as likely. */
  readonly items: number;
  /** They fall among so many of the newest events. */
  readonly among: number;
  readonly seed: number;
}

/**
 * Clicks of another hand in each history: somebody else's at a shared device, a bot with the user's session, or links
 * that open by themselves. Nobody chose them with a model in view. What the user takes next is never among them.
 */
export function strangeClicks(
  { histories, targets }: NextItems,
  { clicks, items, among, seed }: StrangersOptions,
): NextItems {
  return {
    targets,
    histories: histories.map((history, at) => {
      const draws = random(seed, at);
      const mixed = [...history];
      for (let click = 0; click < clicks; click++) {
        const other = draws.below(items - 1);
        const item = other + Number(targets[at]! >= 0 && other >= targets[at]!);
        mixed.splice(mixed.length - draws.below(Math.min(among, mixed.length) + 1), 0, item);
      }
      return Int32Array.from(mixed);
    }),
  };
}
