import { phraseOf } from '../retrieval/analyse.ts';

/** A word of a text, where it stands there, and what it is to an index of words. */
export interface Word {
  readonly raw: string;
  readonly start: number;
  readonly end: number;
  readonly term: string;
}

/** Words of a query that are looked at; what comes behind is only searched for. */
const MOST_WORDS = 24;
const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:[-_./'’+&,][\p{L}\p{N}][\p{L}\p{N}\p{M}]*)*/gu;

/** The words of a query, those with joints as one. */
export function wordsIn(text: string): Word[] {
  const words: Word[] = [];
  for (const { 0: raw, index } of text.matchAll(WORD)) {
    if (words.length === MOST_WORDS) break;
    const term = phraseOf(raw);
    if (term !== '') words.push({ raw, start: index, end: index + raw.length, term });
  }
  return words;
}

/** A run of words, and the place of its first. */
export interface Span {
  readonly at: number;
  readonly length: number;
  readonly phrase: string;
}

/** All runs of words up to a length, the longest first, of equal ones the first. */
export function spansOf(words: readonly Word[], longest: number): Span[] {
  const spans: Span[] = [];
  for (let length = Math.min(longest, words.length); length > 0; length--) {
    for (let at = 0; at + length <= words.length; at++) {
      const phrase = words
        .slice(at, at + length)
        .map(({ term }) => term)
        .join(' ');
      spans.push({ at, length, phrase });
    }
  }
  return spans;
}
