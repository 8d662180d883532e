import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { explain, printResult, progress, table } from '../cli/output.ts';
import { TemperError } from '../schemas/errors.ts';
import { readDescriptions } from './quality/contents.ts';
import { measureNextItem } from './quality/next-item.ts';
import { readLeftOut } from './quality/sequences.ts';

const HELP = `How well the next item is found: the last of each user's events, among all items.

  npm run eval:next-item -- --data DIR [--seeds N] [--max-minutes N] [--json]

DIR has sequences.txt, a user and his items a line, oldest first; item_attributes.json and item_text.tsv where there
are any. For example: npm run --silent eval:next-item -- --data amazon-beauty --seeds 3 --max-minutes 60 --json`;
const RECIPE = {
  shape: { width: 64, length: 50, blocks: 2, heads: 2, forward: 256 },
  dropout: 0.5,
  negatives: 1_024,
  tokens: 2_048,
  rate: 3e-3,
  epochs: 40,
  every: 10,
  rankers: { product: {}, cosine: { temperature: 1 / 14 } },
};

const SEEDS = '--seeds N, a whole number above 0';
const MINUTES = '--max-minutes N, a number above 0';
const Options = z.object({
  data: z.string('--data DIR, which has sequences.txt'),
  seeds: z.coerce.number(SEEDS).int(SEEDS).positive(SEEDS),
  'max-minutes': z.coerce.number(MINUTES).positive(MINUTES),
  json: z.boolean(),
});

try {
  await main();
} catch (error) {
  progress(explain(error));
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const options = readOptions();
  if (!options) return void process.stdout.write(`${HELP}\n`);
  const { data, seeds, 'max-minutes': minutes, json } = options;
  const sequences = readLeftOut(path.join(data, 'sequences.txt'));
  const described = readDescriptions(data, sequences.names);
  const result = await measureNextItem(sequences, described, { recipe: RECIPE, seeds, minutes }, progress);
  printResult(result, json, () =>
    table([
      ['MODEL', 'HR@10', 'NDCG@10'],
      ...Object.entries({ ...result.controls, ...result.alone, 'blend, as served': result.model }).map(
        ([name, each]) => [name, each['hr@10'].toFixed(4), each['ndcg@10'].toFixed(4)],
      ),
    ]),
  );
}

/** @returns undefined where help is asked for */
function readOptions(): z.infer<typeof Options> | undefined {
  try {
    const { values } = parseArgs({
      options: {
        data: { type: 'string' },
        seeds: { type: 'string', default: '1' },
        'max-minutes': { type: 'string', default: '40' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return values.help ? undefined : Options.parse(values);
  } catch (cause) {
    const expected = cause instanceof z.ZodError ? cause.issues.map(({ message }) => message).join(' and ') : undefined;
    throw new TemperError('INPUT_INVALID', {
      where: 'the options',
      next: 'See --help',
      ...(expected ? { expected } : { cause }),
    });
  }
}
