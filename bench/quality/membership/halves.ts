import { type Random, random } from '../../../models/random.ts';
import { type Dataset, listsOf, withLists } from '../../../models/ranker/dataset/dataset.ts';
import { journeysOf } from '../../modalities/journeys.ts';
import type { RealLog } from '../../robustness/shop/log.ts';

/** What is learned from or not as a whole: a list, or all lists of a user. */
export const UNITS = ['lists', 'users'] as const;
export type Unit = (typeof UNITS)[number];

/** A random half of the examples, with what was taken on its lists, and on all later ones, by which trainings stop. */
export interface Half {
  part: Dataset;
  /** [rows] of the whole: 1 where the half has it. */
  member: Uint8Array;
}

/** @param train the earlier examples of the log, all of them, whose lists have the numbers of the log's */
export function halfOf({ world, shown }: RealLog, train: Dataset, unit: Unit, draws: Random): Half {
  const member = new Uint8Array(train.rows);
  const lists = [...listsOf(train)];
  const drawn = new Map<number, boolean>();
  const chosen = lists.filter(([start]) => {
    const whole = train[unit === 'lists' ? 'list' : 'user'][start]!;
    if (!drawn.has(whole)) drawn.set(whole, draws.uniform() < 0.5);
    return drawn.get(whole);
  });
  for (const [start, end] of chosen) member.fill(1, start, end);
  const left = new Set(lists.map(([start]) => train.list[start]!));
  for (const [start] of chosen) left.delete(train.list[start]!);
  const journeys = journeysOf(
    world,
    shown.filter((_, list) => !left.has(list)),
  );
  return { part: { ...withLists(train, chosen), journeys }, member };
}

export function halvesOf(log: RealLog, train: Dataset, unit: Unit, of: { first: number; models: number }): Half[] {
  return Array.from({ length: of.models }, (_, model) => halfOf(log, train, unit, random(of.first, model)));
}
