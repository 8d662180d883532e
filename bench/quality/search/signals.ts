import path from 'node:path';
import { openTextEncoder } from '../../../models/encoders/text.ts';
import { PRODUCT_FIELDS, ProductWords } from '../../../models/retrieval/live/product-words.ts';
import { top } from '../../../models/retrieval/top.ts';
import { encodeOnce } from '../../../models/retrieval/vectors/cache.ts';
import { VectorIndex } from '../../../models/retrieval/vectors/vector-index.ts';
import { analyseAll, type Field, indexWords } from '../../../models/retrieval/words.ts';
import type { Signals } from '../../../models/search/hybrid.ts';
import { candidatesOf, type Query, type SearchSettings } from '../../../models/search/search.ts';
import { readConfig } from '../../../schemas/config.ts';
import type { WeightsName } from '../../../services/weights/table.ts';
import { installWeights } from '../../../services/weights/weights.ts';
import { type CatalogueProduct, type ProductTexts, textOf } from './catalogue.ts';
import { categoriesOf } from './categories.ts';
import type { JudgedQuery } from './judgements.ts';

/** A query, and what is known of its candidates: those of every setting, and all that were judged. */
export interface AskedQuery {
  readonly grades: Uint8Array;
  /** Of the candidates, those that somebody judged. */
  readonly judged: Int32Array;
  /** By each setting of BM25F, the control. */
  readonly bm25: readonly Float32Array[];
  /** By each setting of the search that is served. */
  readonly signals: readonly (Signals & { cosines: Float32Array })[];
}

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

const MAX_TOKENS = 64;
/** As the surface `search` asks for; those beyond hardly come among the best ten. */
const CANDIDATES = 200;

/** The signals of all queries. Categories are found in the catalogue alone. */
export async function signalsOf(
  products: readonly CatalogueProduct[],
  judged: readonly JudgedQuery[],
  controls: readonly Bm25Setting[],
  settings: readonly WordSetting[],
  told: Told,
) {
  const { encoder, encodeAll } = await openEncoder('all-minilm-l6-v2', told);
  const vectors = await encodeAll(products.map(textOf), told.onEncoded);
  const texts = judged.map(({ query }) => query);
  const encoded = await encoder.encode(texts, 'query');
  await encoder.release();

  const { width } = encoder;
  const categories = categoriesOf(products, vectors);
  const analysed = analyseAll(products, Object.keys(fieldsOf(TEXTBOOK)) as (keyof ProductTexts)[]);
  const indexes = controls.map(setting => indexWords(analysed, fieldsOf(setting), setting.k1));
  const search = searchOf(products, vectors, categories.of, settings);
  const places = new Map(products.map(({ id }, place) => [id, place]));

  const asked = judged.map(({ query, grades, judged }, at): AskedQuery => {
    const vector = encoded.subarray(at * width, (at + 1) * width);
    const scores = indexes.map(index => index.score(query));
    const byControls = scores.flatMap(each => [...top(each, CANDIDATES).documents]);
    const named = Array.from(new Set([...judged, ...byControls]), place => products[place]!.id);
    const found = settings.flatMap(setting => search({ text: query, vector }, setting).items);
    const all = [...new Set([...named, ...found])];
    const among = (values: ArrayLike<number>) => all.map(id => values[places.get(id)!]!);
    return {
      grades: Uint8Array.from(among(grades)),
      judged: Int32Array.from(judged.keys()),
      bm25: scores.map(each => Float32Array.from(among(each))),
      signals: settings.map(setting => inOrderOf(all, search({ text: query, vector }, setting, all))),
    };
  });
  return { asked, textbook: indexes[0]!, categories: categories.report };
}

/** Candidates of the search that is served, over the whole catalogue. */
function searchOf(
  products: readonly CatalogueProduct[],
  vectors: Float32Array,
  categories: readonly (string | undefined)[],
  settings: readonly WordSetting[],
) {
  const width = vectors.length / products.length;
  const index = new VectorIndex(width);
  const category = new Map(products.map(({ id }, place) => [id, categories[place]]));
  for (const [place, { id }] of products.entries()) {
    index.set(id, vectors.subarray(place * width, (place + 1) * width));
  }
  const words = new Map(
    [...new Set(settings.map(({ title }) => title))].map(title => [title, wordsOf(products, category, title)]),
  );
  return (query: Query, { title, ...setting }: WordSetting, also: readonly string[] = []) =>
    candidatesOf(query, { words: words.get(title)!, vectors: index }, CANDIDATES, setting, also);
}

function wordsOf(
  products: readonly CatalogueProduct[],
  category: ReadonlyMap<string, string | undefined>,
  title: number,
): ProductWords {
  const words = new ProductWords({ ...PRODUCT_FIELDS, title: { ...PRODUCT_FIELDS.title, weight: title } });
  for (const { id: item, facts: attributes, ...product } of products) {
    words.set({ ...product, item, attributes, category: category.get(item) ?? '' });
  }
  return words;
}

function inOrderOf(
  items: readonly string[],
  found: ReturnType<typeof candidatesOf>,
): Signals & { cosines: Float32Array } {
  const places = new Map(found.items.map((item, place) => [item, place]));
  const order = items.map(item => places.get(item)!);
  return {
    words: Float32Array.from(order, place => found.words[place]!),
    cosines: Float32Array.from(order, place => found.cosines![place]!),
    categories: order.map(place => found.categories[place]!),
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
