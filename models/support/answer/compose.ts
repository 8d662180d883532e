import type { Answer } from '../../../schemas/topics/support.ts';
import { languageIn, type Spoken, spokenTo } from '../language.ts';
import type { Passage } from '../passages/passage.ts';
import { isOrder } from '../passages/suspicion.ts';
import { PHRASES } from '../phrases.ts';
import { EXTRACTIVE } from './extract.ts';
import { carried } from './faithful.ts';
import type { Generator, Statement } from './generator.ts';

export interface Composing {
  readonly question: string;
  readonly language: string | undefined;
  readonly passages: readonly Passage[];
  /** What would answer in another language: for the person who gets the question where nothing else does. */
  readonly foreign: readonly Passage[];
  readonly generator: Generator;
  readonly signal: AbortSignal;
  /** Hears why the generator failed; the sources then answer themselves. */
  readonly onFailure?: (error: unknown) => void;
}

export type Composed = Pick<Answer, 'outcome' | 'text' | 'statements' | 'sources' | 'generator' | 'dropped'>;

/**
 * An answer of sentences of its sources, word by word. The generator chooses them and their order; what it says beyond
 * them is dropped. If nothing is left, `extract` chooses, and without sources the question goes to a person, with those
 * that are in another language.
 */
export async function compose({
  question,
  language,
  passages,
  foreign,
  generator,
  signal,
  onFailure,
}: Composing): Promise<Composed> {
  const spoken = spokenTo(language);
  const phrases = PHRASES[spoken];
  const nothing = { statements: [], sources: [], generator: 'none', dropped: 0 };
  if (passages.length === 0) {
    return isOrder(question)
      ? { outcome: 'refused', text: phrases.refused, ...nothing }
      : { ...nothing, outcome: 'handed_over', text: handedOver(spoken, foreign), sources: named(foreign) };
  }
  const asked = { question, language: spoken };
  const said = await generator.answer(asked, passages, signal).catch((error: unknown): Statement[] => {
    onFailure?.(error);
    return [];
  });
  const kept = carried(said, passages);
  const dropped = said.length - kept.length;
  const own = kept.length > 0 ? kept : carried(await EXTRACTIVE.answer(asked, passages, signal), passages);
  const statements = withoutRepeats(own);
  return {
    outcome: 'answered',
    text: statements.map(({ text }) => text).join(' '),
    statements,
    sources: cited(statements, passages),
    generator: kept.length > 0 ? generator.name : EXTRACTIVE.name,
    dropped,
  };
}

/** What was chosen twice is said once. */
function withoutRepeats(statements: readonly Statement[]): Answer['statements'] {
  return statements
    .filter(({ text }, at) => statements.findIndex(each => each.text === text) === at)
    .map(({ text, sources }) => ({ text, sources: [...sources] }));
}

function cited(statements: readonly Statement[], passages: readonly Passage[]): Answer['sources'] {
  const ids = new Set(statements.flatMap(({ sources }) => sources));
  return named(passages.filter(({ id }) => ids.has(id)));
}

function named(passages: readonly Passage[]): Answer['sources'] {
  return passages.map(({ id, title }) => ({ id, title }));
}

/** Why a person answers. */
function handedOver(spoken: Spoken, [foreign]: readonly Passage[]): string {
  const phrases = PHRASES[spoken];
  return foreign?.language === undefined
    ? phrases.handedOver
    : phrases.otherLanguage(languageIn(spoken, foreign.language));
}
