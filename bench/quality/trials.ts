import { z } from 'zod';
import { printResult, table } from '../../cli/output.ts';
import { TRIAL_POLICY, type TrialPolicy } from '../../models/evaluate/sequential/judge.ts';
import { difference, perList } from '../../models/evaluate/sequential/sequence.ts';
import { outcomeOf, simulateTrial } from '../../test/sim/trials.ts';
import { EVALUATION, runEvaluation, wholeNumber } from '../options.ts';
import { LEVEL, WrongLooks } from './wrong-looks.ts';

const HELP = `How often the sequential test of a canary is wrong about equals while somebody looks all the time, and how long
it takes for a challenger that is worse or better, on users whose own click rates and visits differ. Of clicks a share is
bought, at lognormal prices.

  node --import tsx bench/quality/trials.ts [--seeds N] [--lists N] [--json]`;

const options = z.object({
  ...EVALUATION,
  seeds: EVALUATION.seeds.default(400),
  lists: wholeNumber('lists', 1_000).default(40_000),
});

/** Users, and the share of them that gets the challenger. */
const SPLITS = [
  { users: 400, share: 0.5 },
  { users: 400, share: 0.25 },
  { users: 2_000, share: 0.05 },
] as const;
const LIFTS = [0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.3] as const;
/** Of clicks how many are bought, and the deviation of the logarithm of a price. */
const BUYS = [
  { share: 0.1, spread: 0.5 },
  { share: 0.1, spread: 1.2 },
  { share: 0.02, spread: 1.2 },
] as const;

await runEvaluation({ help: HELP, options }, async ({ seeds, lists, json }) => {
  const runs = Array.from({ length: seeds }, (_, seed) => seed);
  const equals = SPLITS.map(split => {
    const wrong = runs.map(seed => wrongAboutEquals({ seed, lists, ...split }));
    const share = (name: 'always' | 'once') => wrong.filter(each => each[name]).length / seeds;
    return { ...split, always_valid: share('always'), one_look: share('once') };
  });
  const purchases = SPLITS.flatMap(split =>
    BUYS.map(buys => {
      const trial = { ...split, lift: 1, lists, every: 100, buys };
      const stopped = (policy: TrialPolicy) =>
        runs.filter(seed => outcomeOf({ seed, ...trial }, policy).decision === 'stop').length / seeds;
      const first = { ...TRIAL_POLICY, least: { ...TRIAL_POLICY.least, buyers: 0 } };
      return { ...split, buys, stopped: stopped(TRIAL_POLICY), stopped_from_first: stopped(first) };
    }),
  );
  const outcomes = LIFTS.map(lift => {
    const ends = runs.map(seed =>
      outcomeOf({ seed, users: 2_000, share: 0.25, lift, lists, every: 100 }, TRIAL_POLICY),
    );
    const share = (decision: string) => ends.filter(each => each.decision === decision).length / seeds;
    const after = ends.map(each => each.lists).sort((a, b) => a - b);
    return { lift, stop: share('stop'), promote: share('promote'), median_lists: after[after.length >> 1]! };
  });
  printResult({ seeds, lists, level: LEVEL, equals, purchases, outcomes }, json, () =>
    [
      table([
        ['USERS', 'SHARE', 'WRONG, ALWAYS VALID', 'WRONG, INTERVAL OF ONE LOOK'],
        ...equals.map(row => [row.users, row.share, row.always_valid, row.one_look].map(String)),
      ]),
      table([
        [
          'USERS',
          'SHARE',
          'OF CLICKS BOUGHT',
          'SPREAD OF PRICES',
          'EQUALS STOPPED',
          'WITH PURCHASES FROM THE FIRST ON',
        ],
        ...purchases.map(({ users, share, buys, stopped, stopped_from_first }) =>
          [users, share, buys.share, buys.spread, stopped, stopped_from_first].map(String),
        ),
      ]),
      table([
        ['CHALLENGER EARNS', 'STOPPED', 'PROMOTED', 'LISTS, MEDIAN'],
        ...outcomes.map(row => [`x ${row.lift}`, ...[row.stop, row.promote, row.median_lists].map(String)]),
      ]),
    ].join('\n\n'),
  );
});

/** Whether any look at two equal groups found a difference. */
function wrongAboutEquals(trial: { seed: number; users: number; share: number; lists: number }) {
  const found = new WrongLooks();
  simulateTrial({
    ...{ ...trial, lift: 1, every: 50 },
    look: ({ champion, challenger }) => {
      const { users, lists } = challenger.clicks;
      if (users < TRIAL_POLICY.least.users || lists < TRIAL_POLICY.least.lists) return false;
      found.take(difference(perList(challenger.clicks), perList(champion.clicks)));
      return false;
    },
  });
  return found;
}
