import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { TemperError } from '../../../schemas/errors.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import { readBounded } from '../../../schemas/settings/bounded-file.ts';

/** A question that somebody has sorted. */
export interface Question {
  readonly text: string;
  /** What is asked for, by its name. */
  readonly intent: string;
}

const Row = z
  .object({
    text: z.string().trim().min(1).max(LIMITS.text_chars),
    category: z.string().trim().min(1).max(LIMITS.id_chars),
  })
  .transform(({ text, category }): Question => ({ text, intent: category }));

/**
 * Reads sorted questions: a CSV with the columns `text` and `category`.
 *
 * @throws INPUT_INVALID with file and line
 */
export async function readQuestions(file: string): Promise<Question[]> {
  const { rows, lines } = rowsOf(file);
  return rows.map((row, at) => {
    const question = Row.safeParse(row);
    if (question.success) return question.data;
    throw new TemperError('INPUT_INVALID', {
      where: `${file}, line ${lines[at]}`,
      expected: 'text and category',
      got: z.prettifyError(question.error),
    });
  });
}

function rowsOf(file: string): { rows: unknown[]; lines: number[] } {
  try {
    const found: { record: unknown; info: { lines: number } }[] = parse(readBounded(file, LIMITS.questions_bytes), {
      columns: true,
      bom: true,
      skip_empty_lines: true,
      info: true,
    });
    return { rows: found.map(({ record }) => record), lines: found.map(({ info }) => info.lines) };
  } catch (cause) {
    throw new TemperError('INPUT_INVALID', { where: file, expected: 'a CSV of text,category', cause });
  }
}

/** The names of the intents of these questions, sorted: an intent's number is its place among them. */
export function intentsOf(questions: readonly Question[]): string[] {
  return [...new Set(questions.map(({ intent }) => intent))].sort();
}
