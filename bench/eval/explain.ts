import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import type { Interval } from '../../models/evaluate/bootstrap.ts';
import { EVALUATION, runEvaluation, wholeNumber } from '../options.ts';
import { type ExplainFigures, measureExplanations } from '../quality/explain/measure.ts';
import { measureSeeing, SEEING, type SeenFigures } from '../quality/explain/seen.ts';

const HELP = `Usage: npm run eval:explain -- [options]

Whether explanations say what the ranker does, in the simulated shop: how fast scores fall where what is named is taken
away, whether explanations change with the ranker's weights and labels, and how often a change is found that would have
moved an item.

  --ranker NAME    mlp, sequence or fusion: whose explanations (default: mlp)
  --seeds N        runs (default: 2)
  --first N        the seed of the first run (default: 1)
  --lists N        lists of the simulated shop in a run (default: 6000)
  --users N        who come to it (default: 1200)
  --judged N       lists that are explained in a run (default: 150)
  --json           prints one JSON object`;

const { json, seeds } = EVALUATION;
const options = z.object({
  json,
  ranker: z.enum(['mlp', ...SEEING]).default('mlp'),
  seeds: seeds.default(2),
  first: wholeNumber('first', 1).default(1),
  lists: wholeNumber('lists', 500).default(6_000),
  users: wholeNumber('users', 10).default(1_200),
  judged: wholeNumber('judged', 1).default(150),
});

await runEvaluation({ help: HELP, options }, async ({ json, ranker, ...asked }) => {
  if (ranker === 'mlp') {
    const figures = await measureExplanations(asked, progress);
    printResult(figures, json, () => tables(figures).join('\n\n'));
    return;
  }
  const figures = await measureSeeing(ranker, asked, progress);
  printResult({ ranker, ...figures }, json, () => seenTables(figures).join('\n\n'));
});

function seenTables({ items, error, falls, faster, alike }: SeenFigures): string[] {
  return [
    `${items} items; what adds up to a score is off by at most ${error.toExponential(1)}`,
    table([
      ['GROUPS ARE TAKEN AWAY', 'THE SCORE FALLS BY', 'ATTRIBUTED FALLS FASTER BY'],
      ['as attributed', said(falls.attributed), ''],
      ['in any order', said(falls.drawn), said(faster)],
    ]),
    alikeTable(alike),
  ];
}

function alikeTable(alike: Readonly<Record<string, Interval>>): string {
  return table([
    ['BESIDE THE EXPLANATIONS OF', 'RANK CORRELATION'],
    ...Object.entries(alike).map(([name, interval]) => [name, said(interval)]),
  ]);
}

function tables({ items, error, falls, faster, alike, moves }: ExplainFigures): string[] {
  return [
    `${items} items; what adds up to a score is off by at most ${error.toExponential(1)}`,
    table([
      ['GROUPS ARE TAKEN AWAY', 'THE SCORE FALLS BY', 'ATTRIBUTED FALLS FASTER BY'],
      ['as attributed', said(falls.attributed), ''],
      ['in any order', said(falls.drawn), said(faster.drawn)],
      ['by distance from the mean item', said(falls.farthest), said(faster.farthest)],
    ]),
    alikeTable(alike),
    table([
      ['CHANGE', 'SHARE OF ITEMS IT MOVES', 'LEAST AMOUNT, MEDIAN'],
      ...Object.entries(moves).map(([change, { share, amount }]) => [change, said(share), String(amount ?? '-')]),
    ]),
  ];
}

function said({ value, low, high }: Interval): string {
  return `${value.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
}
