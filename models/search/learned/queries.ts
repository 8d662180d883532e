import type { Suggestion, Synonym } from '../../../schemas/topics/search.ts';
import { phraseOf } from '../../retrieval/analyse.ts';
import type { ProductValues } from '../../retrieval/live/product-values.ts';
import { spansOf, type Word } from '../phrases.ts';
import { LONGEST_SYNONYM } from './pairs.ts';

/** A query in other words, and what was put for what. */
export interface Rewritten {
  text: string;
  from: string;
  to: string;
}

/** What was learned from people's searches, as searches ask for it. */
export class LearnedQueries {
  /** By what is replaced, the strongest first. */
  readonly #synonyms = new Map<string, Synonym[]>();
  /** The weightiest first. */
  #suggestions: readonly Suggestion[] = [];
  /** Each suggestion from the start of each of its words on, in order. */
  #starts: { text: string; suggestion: number; isWhole: boolean }[] = [];

  setSynonyms(synonyms: readonly Synonym[]): void {
    this.#synonyms.clear();
    for (const synonym of synonyms.toSorted((a, b) => b.lift - a.lift)) {
      const known = this.#synonyms.get(synonym.from);
      if (known) known.push(synonym);
      else this.#synonyms.set(synonym.from, [synonym]);
    }
  }

  /** Some ten milliseconds of the scorer's thread, once each time that something was learned. */
  setSuggestions(suggestions: readonly Suggestion[]): void {
    this.#suggestions = suggestions.toSorted((a, b) => b.weight - a.weight);
    this.#starts = this.#suggestions
      .flatMap(({ query }, suggestion) => {
        const text = folded(query);
        const places = [0, ...Array.from(text.matchAll(/(?<=[\s-])[\p{L}\p{N}]/gu), ({ index }) => index)];
        return places.map(place => ({ text: text.slice(place), suggestion, isWhole: place === 0 }));
      })
      .sort((a, b) => (a.text < b.text ? -1 : Number(a.text > b.text)));
  }

  /**
   * The words with synonyms in place of some, the strongest first. Two values of one attribute, such as two colours, are
   * not put for each other, however often people go from one to the other.
   */
  rewritten(words: readonly Word[], values: ProductValues, most: number): Rewritten[] {
    if (this.#synonyms.size === 0) return [];
    return spansOf(words, LONGEST_SYNONYM)
      .flatMap(span => (this.#synonyms.get(span.phrase) ?? []).map(synonym => ({ ...span, synonym })))
      .filter(({ synonym: { from, to } }) => !values.areAlternatives(from, phraseOf(to)))
      .sort((a, b) => b.synonym.lift - a.synonym.lift)
      .slice(0, most)
      .map(({ at, length, synonym: { from, to } }) => {
        const [before, after] = [words.slice(0, at), words.slice(at + length)].map(side => side.map(({ raw }) => raw));
        return { text: [...before!, to, ...after!].join(' '), from, to };
      });
  }

  /**
   * What people typed that begins so, the most frequent first; behind it what has a word that begins so. The query
   * itself is no completion.
   */
  suggest(typed: string, most: number): string[] {
    const prefix = folded(typed).trimStart();
    if (prefix.trim() === '') return [];
    const own = phraseOf(prefix);
    const [whole, inner]: [number[], number[]] = [[], []];
    for (let at = this.#firstFrom(prefix); this.#starts[at]?.text.startsWith(prefix); at++) {
      const { suggestion, isWhole } = this.#starts[at]!;
      (isWhole ? whole : inner).push(suggestion);
    }
    const best = new Set([whole, inner].flatMap(of => [...Int32Array.from(of).sort()]));
    const found: string[] = [];
    for (const suggestion of best) {
      if (found.length === most) break;
      const { query } = this.#suggestions[suggestion]!;
      if (phraseOf(query) !== own) found.push(query);
    }
    return found;
  }

  #firstFrom(prefix: string): number {
    let [low, high] = [0, this.#starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle]!.text < prefix) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** As suggestions are compared with what is typed. */
function folded(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase()
    .replace(/\s+/gu, ' ');
}
