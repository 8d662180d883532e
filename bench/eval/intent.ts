import { z } from 'zod';
import { intentEncoders } from '../../cli/learning/intents.ts';
import { printResult, progress, table } from '../../cli/output.ts';
import { readQuestions } from '../../models/support/intent/questions.ts';
import { readConfig } from '../../schemas/settings/config.ts';
import { EVALUATION, runEvaluation } from '../options.ts';
import { aside, measureIntents } from '../quality/intent/measure.ts';

/** Of the training file, where there is no test file; the same whatever the seeds of the training. */
const ASIDE = { share: 0.2, seed: 7 };

const HELP = `Usage: npm run eval:intent -- --train FILE [--test FILE] [options]

How well intents of questions are told, by what is learned from sorted ones.

  --train FILE     a CSV of text,category
  --test FILE      another one; without, a fifth of the training file is put aside
  --seeds N        trainings, of which the mean is told (default: 1); with 8,000 questions each takes a thread some 16
                   minutes, so that more than two need more minutes
  --max-minutes M  gives up after so long (default: 40)
  --json           prints one JSON object`;

const options = z.object({ ...EVALUATION, train: z.string('--train FILE is missing'), test: z.string().optional() });

await runEvaluation({ help: HELP, options }, async ({ train, test, seeds, json, 'max-minutes': minutes }) => {
  const questions = await readQuestions(train);
  const [rest, taken] = test === undefined ? aside(questions, ASIDE.share, ASIDE.seed) : [questions, []];
  const { threads, providers } = readConfig();
  const readEncoders = (signal: AbortSignal) => intentEncoders({ onProgress: progress, signal });
  const readTest = async () => (test === undefined ? taken : readQuestions(test));
  const result = await measureIntents(
    { readEncoders, train: rest, readTest, seeds, minutes, threads, providers },
    progress,
  );
  printResult(result, json, () =>
    table([
      ['INTENTS', 'QUESTIONS', 'ACCURACY', '95 % BETWEEN', 'WORDS ALONE'],
      [
        String(result.intents),
        String(result.test),
        result.accuracy.toFixed(4),
        `${result.interval.low.toFixed(4)} to ${result.interval.high.toFixed(4)}`,
        result.controls.words.toFixed(4),
      ],
    ]),
  );
});
