import path from 'node:path';
import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import type { Ranked } from '../../models/retrieval/top.ts';
import { indexVectors, rowsOf } from '../../models/retrieval/vectors/exact.ts';
import { analyseAll, indexWords } from '../../models/retrieval/words.ts';
import { TemperError } from '../../schemas/errors.ts';
import { EVALUATION, runEvaluation, wholeNumber } from '../options.ts';
import { type ProductTexts, readCatalogue, textOf } from '../quality/search/catalogue.ts';
import { type FoundTypes, foundTypes } from '../quality/search/found-types.ts';
import { LANGUAGES, type Language, readQueries } from '../quality/search/queries.ts';
import { fieldsOf, openEncoder, TEXTBOOK } from '../quality/search/searched.ts';
import { findTypes } from '../quality/search/types.ts';

const QUERIES = path.join(import.meta.dirname, '..', 'quality', 'search', 'queries.jsonl');
const ENCODER = 'multilingual-e5-small';
/** What a ranking is looked through for the first right product. */
const DEPTH = 1_000;

const HELP = `Queries in six languages over a catalogue in English: do they find products of the right type?

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
  const near = indexVectors(rowsOf(vectors, ranked, encoder.width), encoder.width);
  const fields = fieldsOf(TEXTBOOK);
  const words = indexWords(analyseAll(products, Object.keys(fields) as (keyof ProductTexts)[]), fields, TEXTBOOK.k1);

  const languages: Partial<Record<Language, Record<'vectors' | 'words', FoundTypes>>> = {};
  for (const language of Object.keys(LANGUAGES) as Language[]) {
    const texts = asked.map(({ query }) => query[language]);
    const encoded = await encoder.encode(texts, 'query');
    const figures = (search: (text: string, place: number) => Ranked) =>
      foundTypes(
        texts.map(search),
        asked.map(({ right }) => right),
      );
    languages[language] = {
      vectors: figures((_, at) => near.search(encoded.subarray(at * encoder.width, (at + 1) * encoder.width), DEPTH)),
      words: figures(text => words.search(text, DEPTH)),
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

function forPeople(languages: Partial<Record<Language, Record<'vectors' | 'words', FoundTypes>>>): string {
  const shown = (found: FoundTypes) =>
    [found['recall@1'], found['recall@10'], found['precision@10'], found.mrr].map(each => each.toFixed(3));
  const rows = Object.entries(languages).map(([language, { vectors, words }]) => [
    LANGUAGES[language as Language],
    ...shown(vectors),
    ...shown(words),
  ]);
  const heads = ['RECALL@1', 'RECALL@10', 'PRECISION@10', 'MRR'];
  return table([['', ...heads, ...heads.map(head => `WORDS: ${head}`)], ...rows]);
}
