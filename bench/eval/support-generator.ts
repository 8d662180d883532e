import path from 'node:path';
import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import { openLanguageModel } from '../../models/language/generate.ts';
import { readDocuments } from '../../models/support/passages/documents.ts';
import { readConfig } from '../../schemas/settings/config.ts';
import { installWeights } from '../../services/weights/weights.ts';
import { EVALUATION, runEvaluation } from '../options.ts';
import { measureGenerator } from '../quality/support/generator.ts';
import { readAsked } from '../quality/support/measure.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const MODEL = 'smollm2-135m-instruct';

const HELP = `Usage: npm run eval:support-generator -- [--questions FILE] [--policies DIR] [--most N] [--json]

What the small language model says to questions of which the right section is known, how much of it a source carries, and
what it costs.

  --policies DIR    Markdown files (default: those of the tests)
  --questions FILE  lines of {"question", "language", "source"} (default: those of eval:support)
  --most N          of the English questions that a section answers, so many, spread evenly (default: 20)
  --json            prints one JSON object, with all that was said`;

const options = z.object({
  policies: z.string().default(path.join(ROOT, 'test/fixtures/support/policies')),
  questions: z.string().default(path.join(ROOT, 'bench/quality/support/questions.jsonl')),
  most: z.coerce.number().int().positive().default(20),
  json: EVALUATION.json,
});

await runEvaluation({ help: HELP, options }, async ({ policies, questions, most, json }) => {
  const passages = await readDocuments(policies);
  const all = readAsked(questions, passages).filter(({ language, source }) => language === 'en' && source !== null);
  const asked = Array.from({ length: Math.min(most, all.length) }, (_, n) => all[Math.floor((n * all.length) / most)]!);
  const { threads, providers } = readConfig();
  const place = await installWeights(MODEL, { onProgress: progress });
  const opening = process.cpuUsage();
  const model = await openLanguageModel(path.join(place, 'model.gguf'), { threads, providers });
  const opened = process.cpuUsage(opening);
  const figures = await measureGenerator(model, asked, passages, progress);
  await model.release();
  const result = { model: MODEL, open_cpu_seconds: (opened.user + opened.system) / 1e6, ...figures };
  printResult(result, json, () =>
    table([
      ['QUESTIONS', 'SENTENCES', 'CARRIED', 'ANSWERS WITH ONE', 'CPU s AN ANSWER: MEDIAN', 'MOST', 'OPENING'],
      [
        ...[String(figures.questions), String(figures.sentences), figures.carried.toFixed(2)],
        ...[figures.answers_with_one.toFixed(2), figures.cpu_seconds.median.toFixed(1)],
        ...[figures.cpu_seconds.most.toFixed(1), result.open_cpu_seconds.toFixed(1)],
      ],
    ]),
  );
});
