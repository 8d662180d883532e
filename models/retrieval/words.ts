import { analyse } from './analyse.ts';
import { type Ranked, top } from './top.ts';

/** A field of a document: how much one of its words counts, and how much its length is held against it, in [0, 1]. */
export interface Field {
  readonly weight: number;
  readonly b: number;
}

export interface WordIndex {
  readonly documents: number;
  readonly terms: number;
  /** The k best documents that have a word of the query. Analysed as the documents were. */
  search(query: string, k: number): Ranked;
  /** The score of every document, 0 where it has no word of the query. */
  score(query: string): Float32Array;
}

/** Documents as the terms of their fields; what indexes of different weights are made from. */
export interface Analysed<Name extends string> {
  readonly documents: number;
  /** Terms by number. */
  readonly terms: ReadonlyMap<string, number>;
  /** The terms of each document in this field. */
  readonly fields: Readonly<Record<Name, readonly Int32Array[]>>;
}

/** @param documents the text of each field, by its name; a field that is left out is empty */
export function analyseAll<Name extends string>(
  documents: readonly Readonly<Partial<Record<NoInfer<Name>, string>>>[],
  names: readonly Name[],
): Analysed<Name> {
  const terms = new Map<string, number>();
  const numberOf = (term: string): number => {
    const number = terms.get(term) ?? terms.size;
    terms.set(term, number);
    return number;
  };
  const termsIn = (name: Name) => documents.map(document => Int32Array.from(analyse(document[name] ?? ''), numberOf));
  const fields = Object.fromEntries(names.map(name => [name, termsIn(name)])) as Record<Name, Int32Array[]>;
  return { documents: documents.length, terms, fields };
}

/**
 * An index of words with BM25F (Robertson and Zaragoza, "The probabilistic relevance framework: BM25 and beyond", 2009,
 * section 3.6): counts of a word are put together over the fields before they saturate.
 *
 *     tf(t, d) = sum over fields f of weight_f count_f(t, d) / (1 - b_f + b_f length_f(d) / mean length_f)
 *     score(q, d) = sum over t in q of idf(t) tf(t, d) / (k1 + tf(t, d))
 *     idf(t) = log(1 + (N - n(t) + 1/2) / (n(t) + 1/2))
 *
 * The 1 in idf keeps words of more than half of the documents from counting against a document. All of it but the sum
 * is known beforehand, so a posting is a document and its share of the score.
 *
 * @param k1 how late more of the same word stop to matter; more where fields have more weight
 */
export function indexWords<Name extends string>(
  analysed: Analysed<NoInfer<Name>>,
  fields: Readonly<Record<Name, Field>>,
  k1 = 1.2,
): WordIndex {
  const { documents, terms } = analysed;
  const { starts, places, shares } = postings(documents, terms.size, weigh(analysed, fields), k1);
  const scores = new Float32Array(documents);
  const touched = new Int32Array(documents);

  /** Adds up the query's postings in `scores`; @returns how many of `touched` are filled. */
  const gather = (query: string): number => {
    let count = 0;
    for (const term of analyse(query)) {
      const number = terms.get(term);
      if (number === undefined) continue;
      for (let at = starts[number]!; at < starts[number + 1]!; at++) {
        const document = places[at]!;
        if (scores[document] === 0) touched[count++] = document;
        scores[document]! += shares[at]!;
      }
    }
    return count;
  };

  return {
    documents,
    terms: terms.size,
    search(query, k) {
      const found = touched.subarray(0, gather(query));
      const best = top(scores, k, found);
      for (const document of found) scores[document] = 0;
      return best;
    },
    score(query) {
      gather(query);
      const all = scores.slice();
      scores.fill(0);
      return all;
    },
  };
}

/** Postings in the order of documents: rows of a term, a document, and tf(t, d). */
interface Rows {
  readonly terms: Int32Array;
  readonly documents: Int32Array;
  readonly weights: Float32Array;
}

/** tf(t, d) of all that is not 0. */
function weigh<Name extends string>(
  { documents, fields: found }: Analysed<Name>,
  fields: Readonly<Record<Name, Field>>,
): Rows {
  const weighed = (Object.entries(fields) as [Name, Field][])
    .filter(([, { weight }]) => weight > 0)
    .map(([name, field]) => ({ ...field, texts: found[name], mean: meanLength(found[name]) }));
  const [terms, places, weights]: [number[], number[], number[]] = [[], [], []];
  for (let document = 0; document < documents; document++) {
    const tf = new Map<number, number>();
    for (const { weight, b, texts, mean } of weighed) {
      const words = texts[document]!;
      const share = weight / (1 - b + (b * words.length) / mean);
      for (const word of words) tf.set(word, (tf.get(word) ?? 0) + share);
    }
    for (const [term, weight] of tf) {
      terms.push(term);
      places.push(document);
      weights.push(weight);
    }
  }
  return {
    terms: Int32Array.from(terms),
    documents: Int32Array.from(places),
    weights: Float32Array.from(weights),
  };
}

function meanLength(texts: readonly Int32Array[]): number {
  return texts.reduce((sum, { length }) => sum + length, 0) / texts.length;
}

/** The rows sorted by term: those of term t stand from `starts[t]` to `starts[t + 1]`. */
function postings(documents: number, terms: number, rows: Rows, k1: number) {
  const starts = new Int32Array(terms + 1);
  for (const term of rows.terms) starts[term + 1]!++;
  for (let term = 0; term < terms; term++) starts[term + 1]! += starts[term]!;
  const next = starts.slice();
  const places = new Int32Array(rows.terms.length);
  const shares = new Float32Array(rows.terms.length);
  for (const [row, term] of rows.terms.entries()) {
    const having = starts[term + 1]! - starts[term]!;
    const idf = Math.log1p((documents - having + 0.5) / (having + 0.5));
    const at = next[term]!++;
    places[at] = rows.documents[row]!;
    shares[at] = (idf * rows.weights[row]!) / (k1 + rows.weights[row]!);
  }
  return { starts, places, shares };
}
