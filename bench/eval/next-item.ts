import path from 'node:path';
import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import { RECIPE } from '../../models/next-item/recipe.ts';
import { EVALUATION, runEvaluation } from '../options.ts';
import { readDescriptions } from '../quality/next-item/contents.ts';
import { measureNextItem } from '../quality/next-item/measure.ts';
import { readLeftOut } from '../quality/next-item/sequences.ts';

const HELP = `How well the next item is found: the last of each user's events, among all items.

  npm run eval:next-item -- --data DIR [--seeds N] [--max-minutes N] [--json]

DIR has sequences.txt, a user and his items a line, oldest first; item_attributes.json and item_text.tsv where there
are any. For example: npm run --silent eval:next-item -- --data amazon-beauty --seeds 3 --max-minutes 60 --json`;

const options = z.object({ ...EVALUATION, data: z.string('--data DIR, which has sequences.txt, is missing') });

await runEvaluation({ help: HELP, options }, async ({ data, seeds, json, 'max-minutes': minutes }) => {
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
});
