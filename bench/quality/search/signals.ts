import path from 'node:path';
import { openTextEncoder, type TextEncoder } from '../../../models/encoders/text.ts';
import { random } from '../../../models/random.ts';
import { reciprocalRanks } from '../../../models/retrieval/fuse.ts';
import { top } from '../../../models/retrieval/top.ts';
import { encodeOnce } from '../../../models/retrieval/vectors/cache.ts';
import { indexVectors } from '../../../models/retrieval/vectors/exact.ts';
import { analyseAll, type Field, indexWords } from '../../../models/retrieval/words.ts';
import { findTypes, type ProductTypes } from '../../../models/search/product-types.ts';
import { typeMatch } from '../../../models/search/type-match.ts';
import { trainTypes, typesOf } from '../../../models/search/type-model.ts';
import { readConfig } from '../../../schemas/config.ts';
import type { WeightsName } from '../../../services/weights/table.ts';
import { installWeights } from '../../../services/weights/weights.ts';
import { type CatalogueProduct, type ProductTexts, textOf } from './catalogue.ts';
import type { JudgedQuery } from './judgements.ts';

/** A query, and the scores of its candidates: the best by words and by vectors, and all that were judged. */
export interface AskedQuery {
  readonly grades: Uint8Array;
  /** Of the candidates, those that somebody judged. */
  readonly judged: Int32Array;
  /** By each setting of BM25F. */
  readonly words: readonly Float32Array[];
  readonly cosines: Float32Array;
  readonly types: Float32Array;
  readonly reciprocalRanks: Float32Array;
}

/** BM25F's settings: what the title weighs beside the other fields, how late repeated words stop to matter, lengths. */
export interface WordSetting {
  k1: number;
  b: number;
  title: number;
}

/** BM25 as textbooks have it. */
export const TEXTBOOK: WordSetting = { k1: 1.2, b: 0.75, title: 2 };

export interface Told {
  onProgress(line: string): void;
  /** After each part of the catalogue that was encoded. */
  onEncoded(done: number): void;
}

const MAX_TOKENS = 64;
/** Candidates by words and by vectors; those beyond hardly come among the best ten. */
const CANDIDATES = 200;
/** Products whose type is held out, by which the learned types are measured. */
const HELD_OUT = 0.1;

/** The signals of all queries. The types of products are learned from the catalogue alone. */
export async function signalsOf(
  products: readonly CatalogueProduct[],
  judged: readonly JudgedQuery[],
  settings: readonly WordSetting[],
  told: Told,
) {
  const { encoder, encodeAll } = await openEncoder('all-minilm-l6-v2', told);
  const vectors = await encodeAll(products.map(textOf), told.onEncoded);
  const types = await learnTypes(encoder, products, vectors);
  const queries = await encoder.encode(
    judged.map(({ query }) => query),
    'query',
  );
  await encoder.release();

  const analysed = analyseAll(products, Object.keys(fieldsOf(settings[0]!)) as (keyof ProductTexts)[]);
  const indexes = settings.map(setting => indexWords(analysed, fieldsOf(setting), setting.k1));
  const near = indexVectors(vectors, encoder.width);
  const asked = judged.map(({ query, grades, judged }, place): AskedQuery => {
    const vector = queries.subarray(place * encoder.width, (place + 1) * encoder.width);
    const words = indexes.map(index => index.score(query));
    const cosines = near.score(vector);
    const found = [...words, cosines].flatMap(scores => [...top(scores, CANDIDATES).documents]);
    const candidates = Int32Array.from(new Set([...judged, ...found]));
    const among = (scores: Float32Array) => Float32Array.from(candidates, document => scores[document]!);
    return {
      grades: Uint8Array.from(candidates, document => grades[document]!),
      judged: Int32Array.from(judged.keys()),
      words: words.map(among),
      cosines: among(cosines),
      types: among(types.match(vector)),
      reciprocalRanks: among(reciprocalRanks([words[0]!, cosines])),
    };
  });
  return { asked, textbook: indexes[0]!, types: types.report };
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

/** Where no title says a type, none matches. */
async function learnTypes(encoder: TextEncoder, products: readonly CatalogueProduct[], vectors: Float32Array) {
  const types = findTypes(products);
  const { learned, heldOut } = split(types);
  const said = types.of.filter(type => type >= 0).length;
  const report = { types: types.names.length, products_whose_title_says_it: said, held_out: heldOut.length };
  if (said === 0) return { report, match: () => new Float32Array(products.length) };
  const typed = typesOf(await trainTypes(vectors, learned, types.names.length, { seed: 1, threads: 1 }), vectors);
  const names = await encoder.encode(types.names);
  const right = heldOut.filter(product => typed.type[product] === types.of[product]).length;
  const held_out_accuracy = heldOut.length > 0 ? right / heldOut.length : null;
  return { report: { ...report, held_out_accuracy }, match: (query: Float32Array) => typeMatch(query, names, typed) };
}

function split({ of }: ProductTypes): { learned: Int32Array; heldOut: Int32Array } {
  const known = random(1).shuffle(Int32Array.from(of.keys()).filter(product => of[product]! >= 0));
  const heldOut = known.subarray(0, Math.floor(HELD_OUT * known.length));
  const learned = of.slice();
  for (const product of heldOut) learned[product] = -1;
  return { learned, heldOut };
}

export function fieldsOf({ b, title }: WordSetting): Record<keyof ProductTexts, Field> {
  const field = (weight: number): Field => ({ weight, b });
  return { title: field(title), name: field(1), brand: field(1), description: field(1), attributes: field(0.2) };
}
