import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import { type Part, toTop } from '../../models/controls/blend.ts';
import { popularity } from '../../models/controls/popularity.ts';
import { ASSOCIATION_RULES, rules, SEQUENTIAL_RULES } from '../../models/controls/rules.ts';
import type { Sequences } from '../../models/controls/scorer.ts';
import { type NeighbourOptions, sessionNeighbours } from '../../models/controls/session-neighbours.ts';
import { rankFigures, ranks } from '../../models/evaluate/ranks.ts';
import { EVALUATION, runEvaluation } from '../options.ts';
import { everyPosition, inNumbers, numberItems, readClicks, type Sessions } from '../quality/clicks.ts';

const K = 20;
/** The newest of the training sessions, by which the blend is chosen. */
const VALIDATION_SHARE = 0.2;
const NEIGHBOURS: readonly NeighbourOptions[] = [1, 2, 4].flatMap(memory =>
  [1, 2, 4].flatMap(reach => [100, 500].map(neighbours => ({ neighbours, memory, reach }))),
);
/** Of popularity, association rules, sequential rules and session neighbours. */
const WEIGHTINGS = [0, 0.25, 0.5, 1].flatMap(association =>
  [0, 0.25, 0.5, 1].flatMap(sequential => [0, 0.01, 0.05].map(popular => [popular, association, sequential, 1])),
);

const NAMES = ['popularity', 'association_rules', 'sequential_rules', 'model'] as const;

interface Figures {
  readonly 'hr@20': number;
  readonly 'mrr@20': number;
}

interface Choice {
  readonly neighbours: NeighbourOptions;
  readonly weights: readonly number[];
}

const HELP = `How well the next click is found: every position of every session from the second on, among all items.

  npm run eval:next-click -- --data DIR [--max-minutes N] [--json]

DIR has clicks_train.txt, and clicks_test.txt or clicks_valid.txt. Nothing is random, so --seeds changes nothing.`;

const options = z.object({ ...EVALUATION, data: z.string('--data DIR is missing') });

await runEvaluation({ help: HELP, options }, async ({ data, seeds, json, 'max-minutes': minutes }) => {
  const started = performance.now();
  const training = readClicks(path.join(data, 'clicks_train.txt'));
  const chosen = await choose(training, started + minutes * 60_000);
  progress(`chosen by the newest ${VALIDATION_SHARE * 100} % of the training sessions: ${JSON.stringify(chosen)}`);

  const numbers = numberItems(training);
  const parts = partsOf(inNumbers(training, numbers), numbers.size, chosen.neighbours);
  const test = everyPosition(readClicks(testFile(data)), numbers);
  const weightings = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], chosen.weights];
  const found = await ranks(parts, weightings, test);
  const moved = [...test.targets.keys()].filter(at => test.targets[at] !== test.histories[at]!.at(-1));
  const result = {
    protocol: 'every click from the second on of each session, among all items of the training part',
    ...figuresOf(found),
    seeds,
    positions: test.targets.length,
    moved: { ...figuresOf(found.map(each => Float32Array.from(moved, at => each[at]!))), positions: moved.length },
    items: numbers.size,
    chosen,
    minutes: (performance.now() - started) / 60_000,
  };
  printResult(result, json, () =>
    table([
      ['MODEL', 'HR@20', 'MRR@20', 'WHERE ANOTHER ITEM COMES NEXT', ''],
      ...NAMES.map(name => {
        const figures = [result, result.moved].map(each => ({ ...each.controls, model: each.model })[name]);
        return [name, ...figures.flatMap(each => [each['hr@20'].toFixed(4), each['mrr@20'].toFixed(4)])];
      }),
    ]),
  );
});

function figuresOf(found: readonly Float32Array[]) {
  const figures = found.map(each => {
    const { hr, mrr } = rankFigures(each, K);
    return { 'hr@20': hr, 'mrr@20': mrr };
  });
  const [popularity, association_rules, sequential_rules, model] = figures as [Figures, Figures, Figures, Figures];
  return { model, controls: { popularity, association_rules, sequential_rules } };
}

/**
 * First the neighbours that are best alone, then the weights of the blend, by HR and MRR together.
 *
 * @param until by `performance.now()`: from then on no further neighbours are tried
 */
async function choose(sessions: Sessions, until: number): Promise<Choice> {
  const cut = Math.floor(sessions.length * (1 - VALIDATION_SHARE));
  const numbers = numberItems(sessions.slice(0, cut));
  const sequences = inNumbers(sessions.slice(0, cut), numbers);
  const validation = everyPosition(sessions.slice(cut), numbers);
  const goodness = (found: Float32Array): number => {
    const { hr, mrr } = rankFigures(found, K);
    return hr + mrr;
  };
  const alone: number[] = [];
  for (const options of NEIGHBOURS) {
    if (alone.length > 0 && performance.now() > until) break;
    const part = { scorer: sessionNeighbours(sequences, numbers.size, options), scaled: toTop };
    alone.push(goodness((await ranks([part], [[1]], validation))[0]!));
  }
  const neighbours = NEIGHBOURS[best(alone)]!;
  const blends = await ranks(partsOf(sequences, numbers.size, neighbours), WEIGHTINGS, validation);
  return { neighbours, weights: WEIGHTINGS[best(blends.map(goodness))]! };
}

function partsOf(sequences: Sequences, items: number, neighbours: NeighbourOptions): Part[] {
  return [
    popularity(sequences, items),
    rules(sequences, items, ASSOCIATION_RULES),
    rules(sequences, items, SEQUENTIAL_RULES),
    sessionNeighbours(sequences, items, neighbours),
  ].map(scorer => ({ scorer, scaled: toTop }));
}

function testFile(directory: string): string {
  const [test, validation] = ['clicks_test.txt', 'clicks_valid.txt'].map(name => path.join(directory, name));
  return existsSync(test!) ? test! : validation!;
}

function best(goodness: readonly number[]): number {
  return goodness.indexOf(Math.max(...goodness));
}
