import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import type { Interval } from '../../models/evaluate/bootstrap.ts';
import { EVALUATION, runEvaluation, wholeNumber } from '../options.ts';
import { measureSocial, type SocialFigures } from '../quality/social/measure.ts';

const HELP = `Usage: npm run eval:social -- [options]

What people and brands that are followed are worth in a simulated shop in which half of the users follow others of like
tastes: as features of the ranker, and what they took as a source of candidates.

  --seeds N        runs (default: 2)
  --first N        the seed of the first run (default: 1)
  --lists N        lists of the simulated shop in a run (default: 6000)
  --users N        who come to it (default: 1200)
  --json           prints one JSON object`;

const { json, seeds } = EVALUATION;
const options = z.object({
  json,
  seeds: seeds.default(2),
  first: wholeNumber('first', 1).default(1),
  lists: wholeNumber('lists', 500).default(6_000),
  users: wholeNumber('users', 100).default(1_200),
});

await runEvaluation({ help: HELP, options }, async ({ json, ...asked }) => {
  const figures = await measureSocial(asked, progress);
  printResult(figures, json, () => tables(figures).join('\n\n'));
});

function tables({ all, followers, people: { users, items, lane, popular, gain } }: SocialFigures): string[] {
  const row = (name: string, of: SocialFigures['all']) => [name, said(of.without), said(of.with), said(of.gain)];
  return [
    table([
      ['NDCG@10 ON LISTS OF', 'WITHOUT', 'WITH', 'WITH MINUS WITHOUT'],
      row('all users', all),
      row('who follow somebody', followers),
    ]),
    table([
      ['P(CLICK | LOOKED AT)', 'USERS', 'ITEMS EACH', 'ITS ITEMS', 'AS MANY POPULAR', 'MORE'],
      ['of the lane people', String(users), items.toFixed(1), ...[lane, popular, gain].map(said)],
    ]),
  ];
}

function said({ value, low, high }: Interval): string {
  return `${value.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)})`;
}
