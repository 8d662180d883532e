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
 * The statements that their sources carry. One is carried that a source says word by word, and else one of which a
 * sentence of a source, with the title above it,
 *
 * - has all numbers and addresses, and four fifths of the words that say what it is about;
 * - denies as often, since `may` and `may not` differ in a word that most measures overlook.
 *
 * It is a check of words: a statement that turns a source around with the source's own words gets past it, and one that
 * says the same in other words does not. What is left out costs an answer, what is let in may cost the shop.
 */
export function carried(statements: readonly Statement[], passages: readonly Passage[]): Statement[] {
  const byId = new Map(passages.map(passage => [passage.id, passage]));
  return statements.flatMap(({ text, sources }) => {
    const carrying = sources.filter(id => byId.has(id) && isCarried(text, byId.get(id)!));
    return carrying.length === 0 ? [] : [{ text, sources: carrying }];
  });
}

function isCarried(statement: string, { title, sentences }: Passage): boolean {
  if (sentences.includes(statement)) return true;
  const terms = contentTerms(statement);
  if (terms.length === 0 || isOrder(statement)) return false;
  return sentences.some(sentence => {
    const whole = `${title}\n${sentence}`;
    const known = new Set(analyse(whole));
    return (
      terms.filter(term => known.has(term)).length >= SUPPORT * terms.length &&
      has(whole, statement, NUMBER) &&
      has(whole, statement, PLACES) &&
      count(statement) === count(sentence)
    );
  });
}

/** Whether each match in a statement stands in the source, too. */
function has(source: string, statement: string, pattern: RegExp): boolean {
  const known = new Set(source.match(pattern));
  return (statement.match(pattern) ?? []).every(match => known.has(match));
}

function count(text: string): number {
  return text.match(NEGATION)?.length ?? 0;
}
