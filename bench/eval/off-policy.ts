import path from 'node:path';
import { z } from 'zod';
import { printResult, table } from '../../cli/output.ts';
import { doublyRobust, ips, snips } from '../../models/evaluate/off-policy/estimators.ts';
import { type Estimate, estimated } from '../../models/evaluate/off-policy/ratio.ts';
import { crossFitted } from '../../models/evaluate/off-policy/reward-model.ts';
import {
  type Expected,
  effectiveSize,
  importanceWeights,
  type Rounds,
} from '../../models/evaluate/off-policy/rounds.ts';
import { EVALUATION, runEvaluation } from '../options.ts';
import {
  type ActionDistribution,
  type Impressions,
  readActions,
  readImpressions,
} from '../quality/off-policy/bandit.ts';

const HELP = `What a policy would bring, estimated from the log of another one, beside what it did bring.

  npm run eval:off-policy -- --data DIR [--campaign NAME] [--clip N] [--seeds N] [--json]

DIR has random/NAME/NAME.csv (the log of a uniformly random policy), bts/NAME/NAME.csv (the log of Bernoulli Thompson
sampling, whose value is estimated) and bts_action_dist.csv (its probabilities of each item at each position). Weights are
not clipped, unless --clip says at what. --seeds is how often the folds of the reward model are dealt; the doubly robust
estimate is of their mean.`;

const options = z.object({
  ...EVALUATION,
  data: z.string('--data DIR is missing'),
  campaign: z
    .string()
    .regex(/^[\w-]+$/, '--campaign is no name')
    .default('all'),
  clip: z.coerce.number('--clip is no number').positive('--clip is not above 0').optional(),
});

await runEvaluation({ help: HELP, options }, async ({ data, campaign, seeds, clip, json }) => {
  const actions = await readActions(path.join(data, 'bts_action_dist.csv'));
  const log = await readImpressions(data, 'random', campaign, actions);
  const rounds = roundsOf(log, actions, clip);
  const { on_policy } = onPolicy(await readImpressions(data, 'bts', campaign, actions));
  const estimates = estimated(
    { ips: ips(rounds), snips: snips(rounds), dr: doublyRobust(rounds, expectedOf(log, actions, seeds)) },
    { seed: 1 },
  );
  const result = {
    protocol: 'the click rate of an impression under Bernoulli Thompson sampling, from the log of a random policy',
    campaign,
    ...valuesOf(estimates),
    on_policy: on_policy?.value ?? null,
    interval: intervalsOf({ ...estimates, on_policy }, each => each),
    interval_normal: intervalsOf({ ...estimates, on_policy }, each => each.normal),
    rounds: log.groups,
    clicks: log.reward.reduce((sum, each) => sum + each, 0),
    effective_rounds: effectiveSize(rounds.weight),
    greatest_weight: rounds.weight.reduce((most, each) => Math.max(most, each), 0),
    clip: clip ?? null,
    seeds,
  };
  const people = Object.entries({ ...estimates, on_policy });
  printResult(result, json, () =>
    [
      table([
        ['CLICK RATE', 'VALUE', '95 % BY BOOTSTRAP', '95 % BY THE NORMAL DISTRIBUTION'],
        ...people.map(([name, each]) => [name, each?.value.toFixed(6) ?? '', range(each), range(each?.normal)]),
      ]),
      `${result.rounds} rounds with ${result.clicks} clicks, worth ${result.effective_rounds.toFixed(0)} of the policy itself`,
    ].join('\n'),
  );
});

type Estimates = Readonly<Record<string, Estimate | null>>;
type Range = { low: number; high: number };

function roundsOf(log: Impressions, { probability, positions }: ActionDistribution, clip: number | undefined): Rounds {
  const target = Float64Array.from(log.item, (item, round) => probability[item * positions + log.position[round]!]!);
  const { reward, group, groups } = log;
  return { reward, group, groups, weight: importanceWeights(target, log.propensity, clip) };
}

/** What the reward model expects, by the mean of several ways to deal its folds. */
function expectedOf(log: Impressions, { items, positions, probability }: ActionDistribution, seeds: number): Expected {
  const chosen = new Float64Array(log.groups);
  const target = new Float64Array(log.groups);
  for (let seed = 1; seed <= seeds; seed++) {
    const model = crossFitted(log, { seed });
    for (const [round, position] of log.position.entries()) {
      chosen[round]! += model(round, log.item[round]!, position) / seeds;
      for (let item = 0; item < items.size; item++) {
        target[round]! += (probability[item * positions + position]! * model(round, item, position)) / seeds;
      }
    }
  }
  return { chosen, target };
}

/** The mean reward of a log, by its own policy. */
function onPolicy({ reward, group, groups }: Impressions) {
  return estimated(
    { on_policy: ips({ reward, group, groups, weight: new Float64Array(groups).fill(1) }) },
    { seed: 1 },
  );
}

function valuesOf(estimates: Estimates): Record<string, number | null> {
  return Object.fromEntries(Object.entries(estimates).map(([name, each]) => [name, each?.value ?? null]));
}

function intervalsOf(estimates: Estimates, of: (estimate: Estimate) => Range): Record<string, number[] | null> {
  const entries = Object.entries(estimates);
  return Object.fromEntries(entries.map(([name, each]) => [name, each && [of(each).low, of(each).high]]));
}

function range(of: Range | null | undefined): string {
  return of ? `${of.low.toFixed(6)} to ${of.high.toFixed(6)}` : '';
}
