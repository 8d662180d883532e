import path from 'node:path';
import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import type { TextEncoder } from '../../models/encoders/text.ts';
import type { Interval } from '../../models/evaluate/bootstrap.ts';
import { indexVectors, rowsOf } from '../../models/retrieval/vectors/exact.ts';
import { VectorIndex } from '../../models/retrieval/vectors/vector-index.ts';
import { analyseAll, indexWords } from '../../models/retrieval/words.ts';
import { TemperError } from '../../schemas/errors.ts';
import { EVALUATION, runEvaluation, wholeNumber } from '../options.ts';
import { type ProductTexts, readCatalogue, textOf } from '../quality/search/catalogue.ts';
import { intervalOf } from '../quality/search/figures.ts';
import { type FoundTypes, foundEach, foundTypes } from '../quality/search/found-types.ts';
import { LANGUAGES, type Language, readQueries } from '../quality/search/queries.ts';
import { answered, fieldsOf, openEncoder, TEXTBOOK, wordsOf } from '../quality/search/searched.ts';
import { findTypes } from '../quality/search/types.ts';

const QUERIES = path.join(import.meta.dirname, '..', 'quality', 'search', 'queries.jsonl');
const ENCODER = 'multilingual-e5-small';
/** What a ranking is looked through for the first right product. */
const DEPTH = 1_000;

const HELP = `Queries in six languages over a catalogue in English: do they find products of the right type, by the search that is
served, by vectors alone and by words alone? And is a name in one language nearest to the same one in English?

npm run eval:cross-border -- --catalogue DIR [--products 6144] [--queries FILE] [--json]

  --catalogue  a directory of *.json or *.zip with products
  --products   the first so many of them, of which those are ranked whose title says their type
  --queries    lines of {"types": [...], "en": ..., "de": ..., "fr": ..., "es": ..., "zh": ..., "ja": ...}`;

const options = z.object({
  catalogue: z.string('--catalogue DIR is missing'),
  products: wholeNumber('products', 1).default(6_144),
  queries: z.string().default(QUERIES),
  json: EVALUATION.json,
});

await runEvaluation({ help: HELP, options }, async ({ catalogue, products: most, queries, json }) => {
  const started = performance.now();
  const all = readCatalogue(catalogue);
  const { names, of } = findTypes(all);
  const first = all.slice(0, most);
  const ranked = [...first.keys()].filter(product => of[product]! >= 0);
  const products = ranked.map(product => first[product]!);
  const typeNames = ranked.map(product => names[of[product]!]!);
  const asked = readQueries(queries).flatMap(query => {
    const right = new Set(typeNames.flatMap((name, product) => (query.types.includes(name) ? [product] : [])));
    return right.size > 0 ? [{ query, right }] : [];
  });
  if (asked.length === 0) {
    const where = queries;
    throw new TemperError('DATA_INSUFFICIENT', { where, expected: 'a type that the catalogue has', got: 'none' });
  }
  progress(`${products.length} products of ${new Set(typeNames).size} types, ${asked.length} queries`);

  const { encoder, encodeAll } = await openEncoder(ENCODER, { onProgress: progress });
  // Those that are not ranked are encoded too: their vectors are kept by parts of the catalogue as it stands.
  const vectors = await encodeAll(first.map(textOf), done => progress(`${done} of ${first.length} encoded`));
  const { width } = encoder;
  const near = indexVectors(rowsOf(vectors, ranked, width), width);
  const fields = fieldsOf(TEXTBOOK);
  const words = indexWords(analyseAll(products, Object.keys(fields) as (keyof ProductTexts)[]), fields, TEXTBOOK.k1);
  const shop = { words: wordsOf(products), vectors: new VectorIndex(width) };
  for (const [at, { id }] of products.entries()) {
    shop.vectors.set(id, vectors.subarray(ranked[at]! * width, (ranked[at]! + 1) * width));
  }
  const places = new Map(products.map(({ id }, at) => [id, at]));
  const rights = asked.map(({ right }) => right);
  const named = (language: Language) => asked.map(({ query }) => query[language]);
  const sameNames = await matching(encoder, named('en'));

  const languages: Partial<Record<Language, InLanguage>> = {};
  for (const language of Object.keys(LANGUAGES) as Language[]) {
    const texts = named(language);
    const encoded = await encoder.encode(texts, 'query');
    const vectorOf = (at: number) => encoded.subarray(at * width, (at + 1) * width);
    const found = {
      served: texts.map((text, at) => {
        const { items } = answered({ text, vector: vectorOf(at) }, shop);
        return { documents: Int32Array.from(items, id => places.get(id)!) };
      }),
      vectors: texts.map((_, at) => near.search(vectorOf(at), DEPTH)),
      words: texts.map(text => words.search(text, DEPTH)),
    };
    const each = (by: keyof typeof found) => foundEach(found[by], rights).map(({ 'recall@10': hit }) => hit);
    const [served, without] = [each('served'), each('words')];
    languages[language] = {
      served: foundTypes(found.served, rights),
      vectors: foundTypes(found.vectors, rights),
      words: foundTypes(found.words, rights),
      'served recall@10': intervalOf(Float64Array.from(served)),
      'served recall@10 beyond words': intervalOf(Float64Array.from(served, (hit, at) => hit - without[at]!)),
      'same name first': intervalOf(Float64Array.from(await sameNames(texts))),
    };
  }
  await encoder.release();
  const result = {
    protocol:
      'a product is right if its type is one that the query names; ranked among all products whose title says their type',
    encoder: ENCODER,
    products: products.length,
    types: new Set(typeNames).size,
    queries: asked.length,
    languages,
    minutes: (performance.now() - started) / 60_000,
  };
  printResult(result, json, () => forPeople(languages));
});

/** How well things were found in one language. */
type InLanguage = Record<'served' | 'vectors' | 'words', FoundTypes> &
  Record<'served recall@10' | 'served recall@10 beyond words' | 'same name first', Interval>;

/** Of names in another language, as titles have them, whether the nearest of these is the one that stands at its place. */
async function matching({ encode, width }: TextEncoder, names: readonly string[]) {
  const own = indexVectors(await encode(names, 'passage'), width);
  return async (others: readonly string[]): Promise<number[]> => {
    const encoded = await encode(others, 'passage');
    const nearest = others.map((_, at) => own.search(encoded.subarray(at * width, (at + 1) * width), 1).documents[0]);
    return nearest.map((found, at) => Number(found === at));
  };
}

function forPeople(languages: Partial<Record<Language, InLanguage>>): string {
  const shown = (found: FoundTypes) =>
    [found['recall@1'], found['recall@10'], found['precision@10'], found.mrr].map(each => each.toFixed(3));
  const within = ({ value, low, high }: Interval) => `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
  const rows = Object.entries(languages).map(([language, found]) => [
    LANGUAGES[language as Language],
    ...shown(found.served),
    within(found['served recall@10']),
    within(found['served recall@10 beyond words']),
    ...shown(found.vectors),
    ...shown(found.words),
    within(found['same name first']),
  ]);
  const heads = ['RECALL@1', 'RECALL@10', 'PRECISION@10', 'MRR'];
  const of = (name: string) => heads.map(head => `${name}: ${head}`);
  const intervals = ['SERVED: RECALL@10, 95 %', 'BEYOND WORDS'];
  return table([['', ...of('SERVED'), ...intervals, ...of('VECTORS'), ...of('WORDS'), 'SAME NAME FIRST'], ...rows]);
}
