import path from 'node:path';
import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import { openTextEncoder } from '../../models/encoders/text.ts';
import { readDocuments } from '../../models/support/passages/documents.ts';
import { readConfig } from '../../schemas/settings/config.ts';
import type { WeightsName } from '../../services/weights/table.ts';
import { installWeights } from '../../services/weights/weights.ts';
import { EVALUATION, runEvaluation } from '../options.ts';
import { type AnswerFigures, figuresOf, foundFor, languagesTold, readAsked } from '../quality/support/measure.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

const HELP = `Usage: npm run eval:support -- [--policies DIR] [--questions FILE] [--json]

Which questions are answered from the right section of a shop's texts, and which are handed to a person.

  --policies DIR    Markdown files (default: those of the tests)
  --questions FILE  lines of {"question", "language", "source": a section's id, or null} (default: some made up for them)
  --json            prints one JSON object`;

const OWN = path.join(ROOT, 'bench/quality/support/questions.jsonl');

const options = z.object({
  policies: z.string().default(path.join(ROOT, 'test/fixtures/support/policies')),
  questions: z.string().default(OWN),
  json: EVALUATION.json,
});

const ENCODERS = ['all-minilm-l6-v2', 'multilingual-e5-small'] as const satisfies WeightsName[];

await runEvaluation({ help: HELP, options }, async ({ policies, questions, json }) => {
  const passages = await readDocuments(policies);
  const asked = readAsked(questions, passages);
  const { threads, providers } = readConfig();
  // Thresholds were chosen by every other of our own English questions.
  const halves = questions === OWN ? (['chosen by', 'told'] as const) : (['all'] as const);
  const rows: ({ by: string; language: 'en' | 'others'; half: (typeof halves)[number] } & AnswerFigures)[] = [];
  for (const by of ['words', ...ENCODERS] as const) {
    const place = by === 'words' ? undefined : await installWeights(by, { onProgress: progress });
    const encoder = place && (await openTextEncoder(place, { threads, providers }));
    const found = await foundFor(asked, passages, encoder || undefined);
    if (encoder) await encoder.release();
    for (const language of ['en', 'others'] as const) {
      for (const half of halves) {
        const own = [...asked.keys()].filter(
          row =>
            (asked[row]!.language === 'en') === (language === 'en') &&
            (half === 'all' || row % 2 === Number(half === 'told')),
        );
        if (own.length === 0) continue;
        const figures = figuresOf(
          own.map(row => asked[row]!),
          own.map(row => found[row]!),
        );
        rows.push({ by, language, half, ...figures });
      }
    }
  }
  const result = { passages: passages.length, questions: asked.length, languages_told: languagesTold(asked), rows };
  printResult(result, json, () =>
    table([
      ['BY', 'LANGUAGE', 'HALF', 'ANSWERABLE', 'RIGHT', 'WRONG', 'GIVEN UP', 'NAMED', 'UNANSWERABLE', 'HANDED OVER'],
      ...rows.map(({ by, language, half, answerable, right, wrong, given_up, named, unanswerable, handed_over }) => [
        ...[
          by,
          language,
          half,
          String(answerable),
          right.toFixed(3),
          wrong.toFixed(3),
          given_up.toFixed(3),
          named.toFixed(3),
        ],
        ...[String(unanswerable), handed_over.toFixed(3)],
      ]),
    ]),
  );
});
