import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import { EVALUATION, runEvaluation, wholeNumber } from '../options.ts';
import { UNITS } from '../quality/membership/halves.ts';
import { measureMembership, type Spread } from '../quality/membership/measure.ts';

const HELP = `How well it is told from a ranker which lists it has learned from, and what hiding that costs.

  npm run eval:membership -- [--first SEED] [--lists N] [--users N] [--models N] [--by lists|users] [--json]

On the simulated shop: --models rankers, each on a random half of the earlier lists, or on those of a random half of the
users, each attacked with the others as shadow models. AUC 0.5 and 1 % found are chance; --models spread is a standard
deviation.`;

const options = z.object({
  ...EVALUATION,
  first: wholeNumber('first', 1).default(1),
  lists: wholeNumber('lists', 400).default(2_000),
  users: wholeNumber('users', 10).default(400),
  models: wholeNumber('models', 6).default(16),
  by: z.enum(UNITS).default('lists'),
});

await runEvaluation({ help: HELP, options }, async ({ json, ...asked }) => {
  const started = performance.now();
  const { rows, ways } = await measureMembership(asked, progress);
  const seconds = process.cpuUsage();
  const result = {
    ...{ rows, ways, minutes: (performance.now() - started) / 60_000 },
    cpu_seconds: (seconds.user + seconds.system) / 1e6,
  };
  const shown = ({ mean, deviation }: Spread) => `${mean.toFixed(3)} ± ${deviation.toFixed(3)}`;
  printResult(result, json, () =>
    table([
      [
        'TRAINED',
        'EPSILON',
        'EPOCHS',
        'NDCG@10',
        ...Object.keys(Object.values(ways)[0]!.attacks).flatMap(name => [`AUC: ${name}`, 'FOUND']),
      ],
      ...Object.entries(ways).map(([name, { attacks, ndcg, epochs, epsilon }]) => [
        ...[name, epsilon === null ? '–' : epsilon.toFixed(1), epochs.mean.toFixed(1), shown(ndcg)],
        ...Object.values(attacks).flatMap(each => [shown(each.auc), shown(each.found)]),
      ]),
    ]),
  );
});
