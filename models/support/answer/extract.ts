import { analyse } from '../../retrieval/analyse.ts';
import { type Passage, textOf } from '../passages/passage.ts';
import { contentTerms } from './function-words.ts';
import type { Generator, Statement } from './generator.ts';

const MOST = 3;

/** The sentences of the sources that say most of what was asked for, word by word, in the sources' order. */
export const EXTRACTIVE: Generator = {
  name: 'extractive',
  answer: async ({ question }, passages) => extract(question, passages),
};

/**
 * Of what leads, an order or more or else one passage, the sentences with most of the question; at least one. Of what
 * follows, those that have something of the question that what leads has not. Three in all.
 */
export function extract(question: string, passages: readonly Passage[]): Statement[] {
  const asked = contentTerms(question);
  const isLeading = ({ kind }: Passage, rank: number) =>
    rank === 0 || (kind === 'order' && passages[0]!.kind === 'order');
  const leading = passages.filter(isLeading);
  const told = new Set(leading.flatMap(passage => analyse(textOf(passage))));
  const best = (from: readonly Passage[], terms: readonly string[]) =>
    from
      .flatMap(passage => passage.sentences.map((text, place) => candidate(passage, text, place, terms)))
      .sort(
        (a, b) => b.score - a.score || passages.indexOf(a.passage) - passages.indexOf(b.passage) || a.place - b.place,
      );

  const first = best(leading, asked);
  const beyond = asked.filter(term => !told.has(term));
  const others = best(
    passages.filter((passage, rank) => !isLeading(passage, rank)),
    beyond,
  ).filter(({ score }) => score > 0);
  const wanted = first.filter(({ score }) => score > 0);
  const room = others.length > 0 ? MOST - 1 : MOST;
  const chosen = [...(wanted.length > 0 ? wanted : first).slice(0, room), ...others].slice(0, MOST);
  return chosen
    .sort((a, b) => passages.indexOf(a.passage) - passages.indexOf(b.passage) || a.place - b.place)
    .map(({ text, passage }) => ({ text, sources: [passage.id] }));
}

/** A sentence with how many of the terms it has that are not in the title above it already. */
function candidate(passage: Passage, text: string, place: number, terms: readonly string[]) {
  const known = new Set(analyse(text));
  const inTitle = new Set(analyse(passage.title));
  return { passage, text, place, score: terms.filter(term => known.has(term) && !inTitle.has(term)).length };
}
