import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { TextEncoder } from '../../../models/encoders/text.ts';
import { type Found, type Nearness, OTHERS, PassageIndex, relevance } from '../../../models/support/answer/find.ts';
import { languageOf, mayRead } from '../../../models/support/language.ts';
import { type Passage, textOf } from '../../../models/support/passages/passage.ts';
import { TemperError } from '../../../schemas/errors.ts';

/** A question, its language, and the passage that answers it; null where none does. */
const Asked = z.object({ question: z.string().min(1), language: z.string(), source: z.string().nullable() });
export type Asked = z.infer<typeof Asked>;

/** Shares of the questions that a source answers, and of those that none does. */
export interface AnswerFigures {
  readonly answerable: number;
  /** Answered from the right source first; from a wrong one first; handed over. */
  readonly right: number;
  readonly wrong: number;
  readonly given_up: number;
  /** Of those, where the right source is named to the person, since it is in another language. */
  readonly named: number;
  readonly unanswerable: number;
  /** Handed over, as they should be. */
  readonly handed_over: number;
}

/** @throws INPUT_INVALID with the line, or where a source is no passage */
export function readAsked(file: string, passages: readonly Passage[]): Asked[] {
  const known = new Set(passages.map(({ id }) => id));
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line, number) => {
      if (line.trim() === '') return [];
      const where = `${file}, line ${number + 1}`;
      const asked = Asked.safeParse(JSON.parse(line));
      if (!asked.success) throw new TemperError('INPUT_INVALID', { where, got: z.prettifyError(asked.error) });
      const { source } = asked.data;
      if (source !== null && !known.has(source)) {
        throw new TemperError('INPUT_INVALID', { where, expected: `a passage: ${[...known].join(', ')}`, got: source });
      }
      return [asked.data];
    });
}

/** What is found first for a question in its language, and in all. */
export interface FoundFirst {
  readonly readable: Found | undefined;
  readonly any: Found;
}

/** By words, or with an encoder by meaning too. */
export async function foundFor(
  asked: readonly Asked[],
  passages: readonly Passage[],
  encoder: TextEncoder | undefined,
): Promise<FoundFirst[]> {
  const index = new PassageIndex(passages);
  if (!encoder) return asked.map(each => firstOf(each, index.find(each.question)));
  const { width } = encoder;
  // As the job does, which has an encoder of queries alone.
  const texts = await encoder.encode([...passages.map(textOf), ...OTHERS], 'query');
  const questions = await encoder.encode(
    asked.map(({ question }) => question),
    'query',
  );
  return asked.map((each, row) => {
    const cosines = Float32Array.from({ length: texts.length / width }, (_, place) => {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += questions[row * width + k]! * texts[place * width + k]!;
      return sum;
    });
    const nearness: Nearness = {
      passages: cosines.subarray(0, passages.length),
      others: cosines.subarray(passages.length),
    };
    return firstOf(each, index.find(each.question, nearness));
  });
}

function firstOf({ question }: Asked, found: readonly Found[]): FoundFirst {
  const language = languageOf(question);
  return { readable: found.find(({ passage }) => mayRead(language, passage.language)), any: found[0]! };
}

export function figuresOf(asked: readonly Asked[], found: readonly FoundFirst[]): AnswerFigures {
  const isEnough = (each: Found | undefined) => each !== undefined && relevance(each) >= 1;
  const answered = found.map(({ readable }) => isEnough(readable));
  const share = (of: (source: string | null, row: number) => boolean, among: (source: string | null) => boolean) => {
    const rows = [...asked.keys()].filter(row => among(asked[row]!.source));
    return rows.filter(row => of(asked[row]!.source, row)).length / Math.max(1, rows.length);
  };
  const has = (source: string | null) => source !== null;
  const lacks = (source: string | null) => source === null;
  return {
    answerable: asked.filter(({ source }) => has(source)).length,
    right: share((source, row) => answered[row]! && found[row]!.readable!.passage.id === source, has),
    wrong: share((source, row) => answered[row]! && found[row]!.readable!.passage.id !== source, has),
    given_up: share((_, row) => !answered[row], has),
    named: share(
      (source, row) => !answered[row] && isEnough(found[row]!.any) && found[row]!.any.passage.id === source,
      has,
    ),
    unanswerable: asked.filter(({ source }) => lacks(source)).length,
    handed_over: share((_, row) => !answered[row], lacks),
  };
}

/** The share of the questions whose language is told. */
export function languagesTold(asked: readonly Asked[]): number {
  return asked.filter(({ question, language }) => languageOf(question) === language).length / asked.length;
}
