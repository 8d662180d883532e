import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import { EVALUATION, runEvaluation, wholeNumber } from '../options.ts';
import { measureWarmStart, type Trained } from '../quality/warm-start.ts';

const HELP = `What it is worth to begin a training from the parameters of the model before.

  npm run eval:warm-start -- [--kind mlp|fusion] [--first SEED] [--seeds N] [--lists N] [--rounds N] [--users N] [--json]

The log of the simulated shop grows by a quarter in each round. Of each round a ranker is trained from nothing, and one from
the warm one of the round before; both are judged on the lists behind. Differences are warm less cold, over seeds and rounds,
with their standard error.`;

const options = z.object({
  ...EVALUATION,
  kind: z.enum(['mlp', 'fusion']).default('mlp'),
  first: wholeNumber('first', 1).default(1),
  lists: wholeNumber('lists', 400).default(4_000),
  rounds: wholeNumber('rounds', 1).default(2),
  users: wholeNumber('users', 10).default(400),
});

const FIGURES = ['best_epoch', 'epochs', 'cpu_seconds', 'validation_loss', 'ndcg', 'log_loss'] as const;

await runEvaluation({ help: HELP, options }, async ({ json, ...asked }) => {
  const trainings = await measureWarmStart(asked, progress);
  const warm = trainings.filter(({ way }) => way === 'warm');
  const cold = warm.map(each => trainings.find(one => one.way === 'cold' && isBeside(one, each))!);
  const rows = FIGURES.map(name => {
    const [own, other] = [warm, cold].map(all => all.map(each => each[name])) as [number[], number[]];
    const away = own.map((each, k) => each - other[k]!);
    return { figure: name, cold: mean(other), warm: mean(own), difference: mean(away), error: errorOf(away) };
  });
  const shown = (x: number) => x.toFixed(4);
  printResult({ trainings, rows }, json, () =>
    table([
      ['', 'COLD', 'WARM', 'DIFFERENCE', 'STANDARD ERROR'],
      ...rows.map(({ figure, cold, warm, difference, error }) => [
        ...[figure, shown(cold), shown(warm), shown(difference), shown(error)],
      ]),
    ]),
  );
});

function isBeside(one: Trained, other: Trained): boolean {
  return one.seed === other.seed && one.round === other.round;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}

function errorOf(values: readonly number[]): number {
  const middle = mean(values);
  const squares = values.reduce((sum, each) => sum + (each - middle) ** 2, 0);
  return Math.sqrt(squares / Math.max(1, values.length - 1) / values.length);
}
