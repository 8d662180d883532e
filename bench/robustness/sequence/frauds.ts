import { bots } from '../../../models/attack/fraud/bots.ts';
import { dilution } from '../../../models/attack/fraud/dilution.ts';
import { clickFarm } from '../../../models/attack/fraud/farm.ts';
import type { FakeUsers } from '../../../models/attack/fraud/fraud.ts';
import { LOCKSTEP } from '../../../models/harden/lockstep.ts';
import { random } from '../../../models/random.ts';

/** Accounts, as a share of the real users, events of each, and items that they are after. */
const ACCOUNTS = 0.02;
const EVENTS = 20;
const ITEMS = 10;

/** What is known of a log by who attacks it. */
export interface Log {
  /** [items]: how often real users took each. */
  readonly counts: Float32Array;
  readonly users: number;
}

/** Fraud in a log, by its name. All of it has as many accounts and events, but for the farm that is twice as large. */
export const FRAUDS: Readonly<Record<string, (log: Log, seed: number) => FakeUsers>> = {
  'log, a farm of 2 % of the users': (log, seed) => farms(log, seed, { share: ACCOUNTS, groups: 1 }),
  'log, a farm of 4 %': (log, seed) => farms(log, seed, { share: 2 * ACCOUNTS, groups: 1 }),
  'log, farms of 2 % together, each too small for the filter': (log, seed) =>
    farms(log, seed, { share: ACCOUNTS, groups: Math.ceil(ACCOUNTS / (0.8 * LOCKSTEP.twins)) }),
  "log, competitors' clicks of 2 %": ({ counts, users }, seed) => {
    const victims = [...counts.keys()].sort((a, b) => counts[b]! - counts[a]!).slice(0, 10 * ITEMS);
    return dilution({ users: Math.round(ACCOUNTS * users), length: EVENTS, victims, items: counts.length, seed });
  },
  'log, bots of 2 %': ({ counts, users }, seed) =>
    bots({ users: Math.round(ACCOUNTS * users), length: EVENTS, items: counts.length, seed }),
};

/** The items that farms push with this seed. */
export function pushedItems({ counts }: Log, seed: number): number[] {
  return [...random(seed, 32).shuffle(Int32Array.from(counts.keys())).subarray(0, ITEMS)];
}

/** @param groups of accounts that have nothing in common: each pushes its own part of the items */
function farms(log: Log, seed: number, { share, groups }: { share: number; groups: number }): FakeUsers {
  const pushed = pushedItems(log, seed);
  const users = Math.round((share * log.users) / groups);
  return Array.from({ length: groups }, (_, group) => {
    const targets = pushed.filter((_, place) => place % groups === group);
    return clickFarm(log.counts, { users, length: EVENTS, targets, seed: seed * groups + group });
  }).flat();
}
