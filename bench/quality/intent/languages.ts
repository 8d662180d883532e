import type { ProductEncoder } from '../../../models/encoders/product.ts';
import type { SessionOptions } from '../../../models/graph/runtime.ts';
import { openByVector, trainByVector } from '../../../models/support/intent/by-vector.ts';
import { type Intents, mostProbable } from '../../../models/support/intent/classifier.ts';
import type { Question } from '../../../models/support/intent/questions.ts';
import { languageOf } from '../../../models/support/language.ts';

export interface LanguageFigures {
  language: string;
  questions: number;
  /** Of the most probable intent by the vector, and by the networks that learned in English. */
  by_vector: number;
  in_english: number | null;
}

/**
 * How well intents that were learned in English are told in other languages, by vectors of one space, and of English
 * questions that were put aside. Nothing is chosen by any of them.
 *
 * @param english what is told by the networks of `temper intents train`, where they are there
 */
export async function measureLanguages(
  encoder: ProductEncoder,
  { train, aside, asked }: { train: readonly Question[]; aside: readonly Question[]; asked: readonly Question[] },
  english: Intents | undefined,
  session: SessionOptions,
): Promise<LanguageFigures[]> {
  const opened = await openByVector(await trainByVector(encoder, train, session), session);
  const figures = async (language: string, questions: readonly Question[]): Promise<LanguageFigures> => {
    const texts = questions.map(({ text }) => text);
    const vectors = await encoder.encode(texts, 'query');
    let right = 0;
    for (const [row, { intent }] of questions.entries()) {
      const vector = vectors.slice(row * encoder.width, (row + 1) * encoder.width);
      const found = (await opened.classify({ encoder: encoder.id, vector }))!;
      right += Number(opened.names[mostProbable(found, opened.names.length)[0]!] === intent);
    }
    return {
      language,
      questions: questions.length,
      by_vector: right / questions.length,
      in_english: english ? await shareTold(english, questions) : null,
    };
  };
  const rows = [await figures('en', aside)];
  for (const language of ['de', 'fr', 'es']) {
    rows.push(
      await figures(
        language,
        asked.filter(({ text }) => languageOf(text) === language),
      ),
    );
  }
  await opened.release();
  return rows;
}

async function shareTold(intents: Intents, questions: readonly Question[]): Promise<number> {
  const probable = await intents.classify(questions.map(({ text }) => text));
  const best = mostProbable(probable, intents.names.length);
  return questions.filter(({ intent }, row) => intents.names[best[row]!] === intent).length / questions.length;
}
