import { analyse } from '../../retrieval/analyse.ts';
import type { Passage } from '../passages/passage.ts';
import { isOrder } from '../passages/suspicion.ts';
import { contentTerms } from './function-words.ts';
import type { Statement } from './generator.ts';

/** Of the words of a statement that say what it is about, so many have to stand in one sentence of its source. */
const SUPPORT = 0.8;
const NUMBER = /\p{N}+(?:[.,:]\p{N}+)*/gu;
const NEGATION =
  /\b(?:no|not|never|none|nobody|nothing|neither|nor|cannot|without|except|unless|kein\p{L}*|nicht|nie|niemals|ohne|außer|pas|jamais|aucun\p{L}*|sans|sauf|nunca|ningun\p{L}*|ningún|sin|salvo)\b|n['’]t\b/giu;
/** What looks like the mark of a place to go to or of somebody to write to. */
const PLACES = /https?:\/\/\S+|\bwww\.\S+|[\w.+-]+@[\w-]+\.[\w.]*\w/gi;

/**
 * The sentences of sources that carry statements, each in the place of its statement: a generator chooses what is said,
 * and the source says it. So no swapped word, no quantifier and no lost condition of a statement is ever told, whatever
 * it is made of. A statement chooses the sentence that it repeats, or else, of those that it cites, the one that has most
 * of it, if that sentence, with the title above it,
 *
 * - has all its numbers and addresses, and four fifths of the words that say what it is about;
 * - denies as often: who says the contrary has not read it.
 *
 * A statement that chooses none is left out.
 */
export function carried(statements: readonly Statement[], passages: readonly Passage[]): Statement[] {
  return statements.flatMap(({ text, sources }) => {
    const cited = passages.filter(({ id }) => sources.includes(id));
    const sentence = repeated(text, cited) ?? nearest(text, cited);
    if (sentence === undefined) return [];
    const saying = cited.filter(({ sentences }) => sentences.includes(sentence));
    return [{ text: sentence, sources: saying.map(({ id }) => id) }];
  });
}

function repeated(statement: string, cited: readonly Passage[]): string | undefined {
  return cited.some(({ sentences }) => sentences.includes(statement)) ? statement : undefined;
}

function nearest(statement: string, cited: readonly Passage[]): string | undefined {
  const terms = contentTerms(statement);
  if (terms.length === 0 || isOrder(statement)) return undefined;
  const fitting = cited.flatMap(({ title, sentences }) =>
    sentences.filter(sentence => fits(statement, terms, title, sentence)),
  );
  const shared = (sentence: string) => countOf(terms, sentence);
  return fitting.reduce<string | undefined>(
    (best, sentence) => (best === undefined || shared(sentence) > shared(best) ? sentence : best),
    undefined,
  );
}

function fits(statement: string, terms: readonly string[], title: string, sentence: string): boolean {
  const whole = `${title}\n${sentence}`;
  return (
    countOf(terms, whole) >= SUPPORT * terms.length &&
    has(whole, statement, NUMBER) &&
    has(whole, statement, PLACES) &&
    denials(statement) === denials(sentence)
  );
}

function countOf(terms: readonly string[], text: string): number {
  const known = new Set(analyse(text));
  return terms.filter(term => known.has(term)).length;
}

/** Whether each match in a statement stands in the source, too. */
function has(source: string, statement: string, pattern: RegExp): boolean {
  const known = new Set(source.match(pattern));
  return (statement.match(pattern) ?? []).every(match => known.has(match));
}

function denials(text: string): number {
  return text.match(NEGATION)?.length ?? 0;
}
