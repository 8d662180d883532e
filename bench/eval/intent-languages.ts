import path from 'node:path';
import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import { openProductEncoder } from '../../models/encoders/product.ts';
import { openIntents, readIntents } from '../../models/support/intent/classifier.ts';
import { readQuestions } from '../../models/support/intent/questions.ts';
import { readConfig } from '../../schemas/settings/config.ts';
import { installWeights } from '../../services/weights/weights.ts';
import { EVALUATION, runEvaluation } from '../options.ts';
import { measureLanguages } from '../quality/intent/languages.ts';
import { aside } from '../quality/intent/measure.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** As `eval:intent` puts it aside. */
const ASIDE = { share: 0.2, seed: 7 };
const ENCODER = 'multilingual-e5-small';

const HELP = `Usage: npm run eval:intent-languages -- --train FILE [options]

How well intents that are learned from English questions are told in other languages, by vectors of multilingual-e5-small.

  --train FILE    a CSV of text,category in English, of which a fifth is put aside
  --asked FILE    a CSV of text,category in German, French and Spanish (default: 60 questions of banking77's intents)
  --intents DIR   what \`temper intents train\` made of other questions than those aside, to be set beside it
  --json          prints one JSON object`;

const options = z.object({
  train: z.string('--train FILE is missing'),
  asked: z.string().default(path.join(ROOT, 'bench/quality/intent/translated.csv')),
  intents: z.string().optional(),
  json: EVALUATION.json,
});

await runEvaluation({ help: HELP, options }, async ({ train, asked: file, intents: directory, json }) => {
  const [rest, taken] = aside(await readQuestions(train), ASIDE.share, ASIDE.seed);
  const asked = await readQuestions(file);
  const { threads, providers } = readConfig();
  const session = { threads, providers };
  const encoder = await openProductEncoder(await installWeights(ENCODER, { onProgress: progress }), ENCODER, session);
  const trained = directory === undefined ? undefined : await readIntents(directory);
  const english = trained && (await openIntents(trained, session));
  const started = process.cpuUsage();
  const rows = await measureLanguages(encoder, { train: rest, aside: taken, asked }, english, session);
  await encoder.release();
  await english?.release();
  const { user, system } = process.cpuUsage(started);
  const result = { encoder: encoder.id, train: rest.length, rows, cpu_seconds: (user + system) / 1e6 };
  printResult(result, json, () =>
    table([
      ['LANGUAGE', 'QUESTIONS', 'BY VECTOR', 'IN ENGLISH'],
      ...rows.map(({ language, questions, by_vector, in_english }) => [
        ...[language, String(questions), by_vector.toFixed(3), in_english === null ? '' : in_english.toFixed(3)],
      ]),
    ]),
  );
});
