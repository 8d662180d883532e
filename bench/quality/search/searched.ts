import path from 'node:path';
import { openTextEncoder } from '../../../models/encoders/text.ts';
import { PRODUCT_FIELDS, ProductWords } from '../../../models/retrieval/live/product-words.ts';
import { encodeOnce } from '../../../models/retrieval/vectors/cache.ts';
import { VectorIndex } from '../../../models/retrieval/vectors/vector-index.ts';
import { analyseAll, type Field, indexWords, type WordIndex } from '../../../models/retrieval/words.ts';
import { answerSearch } from '../../../models/search/answer.ts';
import { LearnedQueries } from '../../../models/search/learned/queries.ts';
import {
  type Candidates,
  candidatesOf,
  type FoundProducts,
  type Query,
  type Searched,
  type SearchSettings,
} from '../../../models/search/search.ts';
import { readConfig } from '../../../schemas/settings/config.ts';
import { SearchOptions } from '../../../schemas/topics/search.ts';
import type { WeightsName } from '../../../services/weights/table.ts';
import { installWeights } from '../../../services/weights/weights.ts';
import { cosineBy } from '../beyond-accuracy.ts';
import { type CatalogueProduct, type ProductTexts, textOf } from './catalogue.ts';

/** BM25F's settings: what the title weighs beside the other fields, how late repeated words stop to matter, lengths. */
export interface Bm25Setting {
  k1: number;
  b: number;
  title: number;
}

/** BM25 as textbooks have it. */
export const TEXTBOOK: Bm25Setting = { k1: 1.2, b: 0.75, title: 2 };

/** How the search that is served compares words, and what the title weighs there. */
export interface WordSetting extends Pick<SearchSettings, 'k1' | 'coverage'> {
  title: number;
}

export interface Told {
  onProgress(line: string): void;
  /** After each part of the catalogue that was encoded. */
  onEncoded(done: number): void;
}

/** A catalogue, and the ways to search it. */
export interface SearchedCatalogue {
  readonly products: readonly CatalogueProduct[];
  /** Of products by their ids. */
  readonly places: ReadonlyMap<string, number>;
  /** The cosine of two products' texts, by their places. */
  similarity(a: number, b: number): number;
  /** The control. */
  bm25(setting: Bm25Setting): WordIndex;
  /**
   * Candidates of the search that is served, over the whole catalogue.
   *
   * @param also products that are to be among them
   */
  search(query: Query, setting: WordSetting, also: readonly string[]): Candidates;
  /** What the surface `search` answers, with all that it reads from a query; nothing was learned from sessions. */
  answer(query: Query): FoundProducts;
  /** Vectors of queries. */
  encode(texts: readonly string[]): Promise<Float32Array[]>;
  release(): Promise<void>;
}

const MAX_TOKENS = 64;
/** As the surface `search` asks for; those beyond hardly come among the best ten. */
export const CANDIDATES = 200;

export async function openCatalogue(products: readonly CatalogueProduct[], told: Told): Promise<SearchedCatalogue> {
  const { encoder, encodeAll } = await openEncoder('all-minilm-l6-v2', told);
  const { width } = encoder;
  const vectors = await encodeAll(products.map(textOf), told.onEncoded);
  const analysed = analyseAll(products, Object.keys(fieldsOf(TEXTBOOK)) as (keyof ProductTexts)[]);
  const index = new VectorIndex(width);
  for (const [place, { id }] of products.entries()) {
    index.set(id, vectors.subarray(place * width, (place + 1) * width));
  }
  const words = keptBy((title: number) => wordsOf(products, title));
  return {
    products,
    places: new Map(products.map(({ id }, place) => [id, place])),
    similarity: cosineBy(vectors, width),
    bm25: setting => indexWords(analysed, fieldsOf(setting), setting.k1),
    search: (query, { title, ...setting }, also) =>
      candidatesOf(query, { words: words(title), vectors: index }, CANDIDATES, setting, also),
    answer: query => answered(query, { words: words(PRODUCT_FIELDS.title.weight), vectors: index }),
    encode: async texts => {
      const rows = await encoder.encode(texts, 'query');
      return texts.map((_, at) => rows.subarray(at * width, (at + 1) * width));
    },
    release: () => encoder.release(),
  };
}

/** What the surface `search` answers, where nothing was learned from sessions. */
export function answered({ text, vector }: Query, searched: Searched): FoundProducts {
  const shop = { ...searched, learned: new LearnedQueries(), popular: [], popularIn: () => [] };
  return answerSearch({ ...SearchOptions.parse({}), query: text, vector }, shop, CANDIDATES).found;
}

/** @param title what titles weigh, which is the served weight where it is not given */
export function wordsOf(products: readonly CatalogueProduct[], title = PRODUCT_FIELDS.title.weight): ProductWords {
  const words = new ProductWords({ ...PRODUCT_FIELDS, title: { ...PRODUCT_FIELDS.title, weight: title } });
  for (const { id: item, facts: attributes, ...product } of products) {
    words.set({ ...product, item, attributes, category: '' });
  }
  return words;
}

/** What is made for a key the first time that it is asked for. */
function keptBy<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const kept = new Map<Key, Value>();
  return key => {
    const value = kept.get(key) ?? make(key);
    kept.set(key, value);
    return value;
  };
}

/** An encoder whose vectors of a catalogue are kept on the disk. */
export async function openEncoder(name: WeightsName, { onProgress }: Pick<Told, 'onProgress'>) {
  const { threads, cacheDir } = readConfig();
  const place = await installWeights(name, { onProgress });
  const encoder = await openTextEncoder(place, { maxTokens: MAX_TOKENS, threads });
  const cache = { directory: path.join(cacheDir, 'vectors'), encoder: `${path.basename(place)} ${MAX_TOKENS}` };
  const encodeAll = (texts: readonly string[], onEncoded: (done: number) => void) =>
    encodeOnce(encoder, texts, cache, onEncoded);
  return { encoder, encodeAll };
}

export function fieldsOf({ b, title }: Bm25Setting): Record<keyof ProductTexts, Field> {
  const field = (weight: number): Field => ({ weight, b });
  return { title: field(title), name: field(1), brand: field(1), description: field(1), attributes: field(0.2) };
}
