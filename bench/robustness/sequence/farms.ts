import { clickFarm } from '../../../models/attack/fraud/farm.ts';
import type { FakeUsers } from '../../../models/attack/fraud/fraud.ts';
import type { Victim } from '../../../models/attack/history/victim.ts';
import type { NextItems } from '../../../models/evaluate/ranks.ts';
import { LOCKSTEP } from '../../../models/harden/lockstep.ts';
import { random } from '../../../models/random.ts';
import { openSequenceRanker } from '../../../models/sequence/ranker.ts';
import { listsOf } from '../../quality/next-item/lists.ts';

/** Accounts of a farm, as a share of the real users, events of each, and items that it pushes. */
const ACCOUNTS = 0.02;
const EVENTS = 20;
const PUSHED = 10;

/** A log with accounts beside the real users, and what they push. */
export interface Farm {
  readonly fake: FakeUsers;
  readonly pushed: readonly number[];
}

/** Farms of as many accounts and events, by their names. */
export const FARMS: Readonly<Record<string, (counts: Float32Array, users: number, seed: number) => Farm>> = {
  'log, a farm of 2 % of the users': (counts, users, seed) => farm(counts, users, seed, 1),
  'log, as many accounts in farms below what the filter sees': (counts, users, seed) =>
    farm(counts, users, seed, Math.ceil(ACCOUNTS / (0.8 * LOCKSTEP.twins))),
};

/** @param groups of accounts that have nothing in common: each pushes its own part of the items */
function farm(counts: Float32Array, users: number, seed: number, groups: number): Farm {
  const draws = random(seed, 32);
  const shuffled = draws.shuffle(Int32Array.from(counts.keys()));
  const pushed = [...shuffled.subarray(0, PUSHED)];
  const accounts = Math.round((ACCOUNTS * users) / groups);
  const fake = Array.from({ length: groups }, (_, group) => {
    const targets = pushed.filter((_, place) => place % groups === group);
    return clickFarm(counts, { users: accounts, length: EVENTS, targets, seed: seed * groups + group });
  });
  return { fake: fake.flat(), pushed };
}

const FIRST = 10;

/** The share of the first ten for each history that is what a farm pushes. */
export async function exposure(victim: Victim, { histories }: NextItems, pushed: readonly number[]): Promise<number> {
  const scorer = await openSequenceRanker(victim.model, victim.parameters);
  try {
    const lists = await listsOf(scorer, histories, FIRST);
    const found = lists.reduce((sum, list) => sum + list.filter(item => pushed.includes(item)).length, 0);
    return found / (FIRST * lists.length);
  } finally {
    await scorer.release();
  }
}
