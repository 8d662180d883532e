import type { QueryFit } from '../../../models/features/vector.ts';
import { top } from '../../../models/retrieval/top.ts';
import type { WordIndex } from '../../../models/retrieval/words.ts';
import type { Signals } from '../../../models/search/hybrid.ts';
import type { Candidates } from '../../../models/search/search.ts';
import type { JudgedQuery } from './judgements.ts';
import { CANDIDATES, type SearchedCatalogue, type WordSetting } from './searched.ts';

/** A query, and what is known of its candidates: those of every setting, and all that were named. */
export interface AskedQuery {
  /** Of the candidates, their places in the catalogue. */
  readonly places: Int32Array;
  readonly grades: Uint8Array;
  /** Of the candidates, those that somebody judged. */
  readonly judged: Int32Array;
  /** By each setting of BM25F, the control. */
  readonly bm25: readonly Float32Array[];
  /** By each setting of the search that is served. */
  readonly signals: readonly (Signals & { cosines: Float32Array })[];
  /** What the surface answers; below all scores what it leaves out. */
  readonly answered: Float32Array;
  /** How each fits, as a ranker of searches sees it; nothing where the surface leaves it out. */
  readonly fits: readonly (QueryFit | undefined)[];
}

export interface AskedSettings {
  readonly bm25: readonly WordIndex[];
  readonly words: readonly WordSetting[];
}

/**
 * What a catalogue knows of a query.
 *
 * @param named products that are to be candidates, whatever is known of them
 */
export function askedQuery(
  { places, products, search, answer }: SearchedCatalogue,
  { query, grades, judged }: JudgedQuery,
  vector: Float32Array,
  { bm25, words }: AskedSettings,
  named: ArrayLike<number>,
): AskedQuery {
  const scores = bm25.map(index => index.score(query));
  const found = words.flatMap(setting => search({ text: query, vector }, setting, []).items);
  const answered = answer({ text: query, vector });
  const all = new Set([...found, ...answered.items].map(id => places.get(id)!));
  for (const each of scores) for (const place of top(each, CANDIDATES).documents) all.add(place);
  for (const place of Array.from(named)) all.add(place);
  const candidates = Int32Array.from(all);
  const ids = Array.from(candidates, place => products[place]!.id);
  const isJudged = new Set(judged);
  const fitOf = new Map(
    answered.items.map((id, place): [string, QueryFit] => {
      const [relevance, words] = [answered.scores[place]!, answered.words[place]!];
      const [meaning, title] = [answered.cosines[place]!, answered.titles[place]!];
      return [id, { relevance, words, meaning, title }];
    }),
  );
  return {
    places: candidates,
    grades: Uint8Array.from(candidates, place => grades[place]!),
    judged: Int32Array.from(candidates.keys()).filter(at => isJudged.has(candidates[at]!)),
    bm25: scores.map(each => Float32Array.from(candidates, place => each[place]!)),
    answered: Float32Array.from(ids, id => fitOf.get(id)?.relevance ?? -1),
    fits: ids.map(id => fitOf.get(id)),
    signals: words.map(setting => inOrderOf(ids, search({ text: query, vector }, setting, ids))),
  };
}

function inOrderOf(ids: readonly string[], found: Candidates): Signals & { cosines: Float32Array } {
  const at = new Map(found.items.map((id, place) => [id, place]));
  const order = ids.map(id => at.get(id)!);
  return {
    words: Float32Array.from(order, place => found.words[place]!),
    cosines: Float32Array.from(order, place => found.cosines![place]!),
  };
}
