import { z } from 'zod';
import { printResult, table } from '../../cli/output.ts';
import { TRIAL_POLICY } from '../../models/evaluate/sequential/judge.ts';
import { perList } from '../../models/evaluate/sequential/sequence.ts';
import type { Stage } from '../../schemas/models/trials.ts';
import { openShop, runStage, type StagedEnd, type StagedTrial, stagedTrial } from '../../test/sim/staged-trials.ts';
import { EVALUATION, runEvaluation, wholeNumber } from '../options.ts';
import { LEVEL, WrongLooks } from './wrong-looks.ts';

const HELP = `How often the sequential test of interleaved lists is wrong about equals while somebody looks all the time; what becomes
of challengers by a trial of one stage and by one of several; and how many users and clicks a worse one costs before it ends.
Clicks are bought now and then, lists fail now and then, and take their time, whoever made them: a limit may stop a trial too.
A challenger's strength is how much of an item's appeal its scores have; the champion's is .5.

  node --import tsx bench/quality/staged-trials.ts [--seeds N] [--lists N] [--users N] [--json]

--lists: of each stage; --users: of the shop`;

const options = z.object({
  ...EVALUATION,
  seeds: EVALUATION.seeds.default(100),
  lists: wholeNumber('lists', 1_000).default(20_000),
  users: wholeNumber('users', 100).default(10_000),
});

/** One of them is worse by about the margin, one is equal. */
const STRENGTHS = [-0.5, 0, 0.15, 0.3, 0.367, 0.5, 1] as const;
const EQUAL = 0.5;
/** Nobody sees a shadow, so its lists bring what they bring. */
const SHADOWED = 1_000;
/** Users, and the share of them that gets interleaved lists. */
const SPLITS = [
  { users: 400, share: 0.5 },
  { users: 400, share: 0.25 },
] as const;
const shadow: Stage = { kind: 'shadow' };
const half: Stage = { kind: 'canary', share: 0.5 };
const canary = (share: number): Stage => ({ kind: 'canary', share });
const PLANS: Record<string, readonly Stage[]> = {
  'canary 25 %': [canary(0.25)],
  'interleave 25 %': [{ kind: 'interleave', share: 0.25 }],
  'shadow, canary 1, 5, 25, 100 %': [shadow, ...[0.01, 0.05, 0.25, 1].map(canary)],
  'shadow, interleave 5 %, canary 25, 100 %': [shadow, { kind: 'interleave', share: 0.05 }, ...[0.25, 1].map(canary)],
};

await runEvaluation({ help: HELP, options }, async ({ seeds, lists, users, json }) => {
  const runs = Array.from({ length: seeds }, (_, seed) => seed);
  const share = <T>(of: readonly T[], is: (each: T) => boolean) => of.filter(is).length / of.length;
  const equals = SPLITS.map(split => {
    const wrong = runs.map(seed => wrongAboutEquals({ seed, lists, ...split }));
    return { ...split, always_valid: share(wrong, each => each.always), one_look: share(wrong, each => each.once) };
  });
  const trials = Object.entries(PLANS).flatMap(([plan, stages]) =>
    STRENGTHS.map(strength => {
      const trial = {
        users,
        strength,
        every: 100,
        stages: stages.map(stage => ({ stage, lists: stage.kind === 'shadow' ? SHADOWED : lists })),
      };
      const ends = runs.map(seed => stagedTrial({ seed, ...trial }, TRIAL_POLICY));
      return {
        ...{ plan, strength, earns: earnings(strength) },
        promoted: share(ends, ({ outcome }) => outcome === 'promoted'),
        stopped: share(ends, ({ outcome }) => outcome === 'stopped'),
        by_a_limit: share(ends, ({ outcome, reason }) => outcome === 'stopped' && !reason.startsWith('fewer')),
        undecided: share(ends, ({ outcome }) => outcome === 'undecided'),
        lists: spread(ends, end => end.lists),
        users: spread(ends, ({ exposed }) => exposed.users),
        exposed: spread(ends, ({ exposed }) => exposed.lists),
        clicks: spread(ends, end => end.clicks),
      };
    }),
  );
  printResult({ seeds, lists, users, level: LEVEL, equals, trials }, json, () =>
    [
      table([
        ['USERS', 'INTERLEAVED SHARE', 'WRONG, ALWAYS VALID', 'WRONG, INTERVAL OF ONE LOOK'],
        ...equals.map(row => [row.users, row.share, row.always_valid, row.one_look].map(String)),
      ]),
      ...Object.keys(PLANS).map(plan =>
        [
          plan,
          table([
            [
              'EARNS',
              'PROMOTED',
              'STOPPED',
              'BY A LIMIT',
              'UNDECIDED',
              'LISTS OF ALL',
              'ITS USERS',
              'ITS LISTS',
              'CLICKS',
            ],
            ...trials
              .filter(row => row.plan === plan)
              .map(row => [
                `x ${row.earns.toFixed(2)}`,
                ...[row.promoted, row.stopped, row.by_a_limit, row.undecided].map(String),
                ...[row.lists, row.users, row.exposed, row.clicks].map(inWords),
              ]),
          ]),
        ].join('\n'),
      ),
    ].join('\n\n'),
  );
});

/** What a list of such a challenger brings, as a multiple of the champion's: by what is expected of 20,000 lists. */
function earnings(strength: number): number {
  const shop = openShop({ seed: 1_000, users: 1_000, strength });
  let brought = 0;
  runStage(shop, half, { lists: 40_000, every: 40_000 }, ({ champion }) => {
    brought = champion.clicks.sum / champion.clicks.lists;
    return true;
  });
  return 1 + shop.exposed.clicks / shop.exposed.lists / brought;
}

interface Spread {
  median: number;
  low: number;
  high: number;
}

/** The middle, and what nine of ten runs lie within. */
function spread(ends: readonly StagedEnd[], of: (end: StagedEnd) => number): Spread {
  const values = ends.map(of).sort((a, b) => a - b);
  const at = (share: number) => Math.round(values[Math.min(values.length - 1, Math.floor(share * values.length))]!);
  return { median: at(0.5), low: at(0.05), high: at(0.95) };
}

function inWords({ median, low, high }: Spread): string {
  return `${median} (${low} to ${high})`;
}

/** Whether any look at interleaved lists of two that are equally good found one of them better. */
function wrongAboutEquals({
  share,
  lists,
  ...of
}: Pick<StagedTrial, 'seed' | 'users'> & { share: number; lists: number }) {
  const found = new WrongLooks();
  const { least } = TRIAL_POLICY;
  runStage(
    openShop({ ...of, strength: EQUAL }),
    { kind: 'interleave', share },
    { lists, every: 50 },
    ({ interleaved }) => {
      const { clicks } = interleaved!;
      if (clicks.users < least.users || clicks.lists < least.lists) return false;
      found.take(perList(clicks));
      return false;
    },
  );
  return found;
}
