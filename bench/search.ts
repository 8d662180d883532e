import path from 'node:path';
import { parseArgs } from 'node:util';
import { printResult, progress, table } from '../cli/output.ts';
import { openTextEncoder } from '../models/encoders/text.ts';
import { bootstrap, type Interval } from '../models/evaluate/bootstrap.ts';
import { crossValidate } from '../models/evaluate/cross-validate.ts';
import { ndcg } from '../models/evaluate/metrics.ts';
import { pairedPermutation } from '../models/evaluate/permutation.ts';
import { convexSum, reciprocalRanks } from '../models/retrieval/fuse.ts';
import { encodeOnce } from '../models/retrieval/vector-cache.ts';
import { indexVectors } from '../models/retrieval/vectors.ts';
import { analyseAll, type Field, indexWords } from '../models/retrieval/words.ts';
import { readConfig } from '../schemas/config.ts';
import { TemperError } from '../schemas/errors.ts';
import { installWeights } from '../services/weights.ts';
import { type CatalogueProduct, readCatalogue } from './quality/catalogue.ts';
import { type JudgedQuery, readJudgements } from './quality/judgements.ts';

/** BM25 as in textbooks comes first; title, length and saturation are chosen like the fusion. */
const WORDS = [1.2, 0.6].flatMap(k1 => [0.75, 0.3].flatMap(b => [2, 4].map(title => ({ k1, b, title }))));
const ENCODER = 'all-minilm-l6-v2';
const MAX_TOKENS = 64;
/** Shares of the vectors in the convex sum, among which queries choose for other queries. */
const SHARES = Array.from({ length: 10 }, (_, step) => step / 10);
const FOLDS = 5;
const K = 10;

type Name = Exclude<keyof CatalogueProduct, 'id'>;

interface Fusion {
  readonly name: string;
  scores(words: Float32Array, cosines: Float32Array): Float32Array;
}

/** The first is of words alone, so that vectors have to be better to be taken. */
const FUSIONS: readonly Fusion[] = [
  ...SHARES.map(share => ({
    name: `convex sum, ${share}`,
    scores: (words: Float32Array, cosines: Float32Array) => convexSum(words, cosines, share),
  })),
  { name: 'reciprocal ranks', scores: (words, cosines) => reciprocalRanks([words, cosines]) },
];

const { values } = parseArgs({
  options: {
    catalogue: { type: 'string', default: '.' },
    judgements: { type: 'string', default: 'rated.csv' },
    seeds: { type: 'string', default: '1' },
    'max-minutes': { type: 'string', default: '40' },
    json: { type: 'boolean', default: false },
  },
});
const [seeds, maxMinutes] = [Number(values.seeds), Number(values['max-minutes'])];
if (Number.isInteger(seeds) && seeds >= 1 && maxMinutes > 0) await main();
else {
  progress('expected --seeds of at least 1 and --max-minutes above 0');
  process.exitCode = 2;
}

async function main(): Promise<void> {
  const started = performance.now();
  const minutes = () => (performance.now() - started) / 60_000;
  const products = readCatalogue(values.catalogue);
  const judged = readJudgements(values.judgements, new Map(products.map(({ id }, place) => [id, place])));

  if (judged.length < FOLDS) {
    const got = `${judged.length} that have a relevant product of this catalogue`;
    throw new TemperError('DATA_INSUFFICIENT', { where: values.judgements, expected: `${FOLDS} queries`, got });
  }
  const analysed = analyseAll(products, Object.keys(fieldsOf(WORDS[0]!)) as Name[]);
  progress(`${products.length} products, ${judged.length} queries that have a relevant one`);
  const cosines = await cosinesOf(products, judged, done => {
    progress(`${done} of ${products.length} products encoded, ${minutes().toFixed(1)} minutes`);
    if (minutes() < maxMinutes || done === products.length) return;
    const next = 'What was encoded is kept: run it again, or give it more minutes';
    throw new TemperError('TIMED_OUT', { where: 'encoding the catalogue', expected: `${maxMinutes} minutes`, next });
  });

  const indexes = WORDS.map(each => indexWords(analysed, fieldsOf(each), each.k1));
  const words = indexes.map(index => judged.map(({ query }) => index.score(query)));
  const alone = words.map(scores => qualityOf(judged, scores));
  const fused = words.map(scores => FUSIONS.map(fusion => qualityOf(judged, fuseAll(fusion, scores, cosines))));
  const choices = WORDS.flatMap(each => FUSIONS.map(({ name }) => ({ ...each, fusion: name })));

  const rounds = Array.from({ length: seeds }, (_, seed) => ({ folds: FOLDS, seed: seed + 1 })).map(split => ({
    bm25: crossValidate(alone, split),
    model: crossValidate(fused.flat(), split),
  }));
  const bm25 = meanOfRounds(rounds.map(each => each.bm25.values));
  const model = meanOfRounds(rounds.map(each => each.model.values));
  const gains = model.map((each, query) => each - bm25[query]!);

  const result = {
    protocol: `NDCG@${K} over the whole catalogue, gain 2^grade - 1, unjudged 0; fusion and BM25's settings chosen on the other ${FOLDS - 1} of ${FOLDS} folds of queries`,
    queries: judged.length,
    products: products.length,
    seeds,
    model: figureOf(rounds.map(each => each.model.values)),
    bm25: figureOf(rounds.map(each => each.bm25.values)),
    textbook_bm25: { 'ndcg@10': mean(alone[0]!) },
    vectors: { 'ndcg@10': mean(qualityOf(judged, cosines)) },
    reciprocal_ranks: { 'ndcg@10': mean(fused[0]!.at(-1)!) },
    gain: intervalOf(gains),
    p_value: pairedPermutation(gains, { seed: 1 }),
    chosen: rounds.map(each => Array.from(each.model.chosen, choice => choices[choice]!)),
    // By all queries, those too that choose: to see how flat the choice is, not to be quoted as quality.
    choices: choices.map((each, choice) => ({ ...each, 'ndcg@10': mean(fused.flat()[choice]!) })),
    bm25_queries_per_second: speedOf(judged, query => indexes[0]!.search(query, 100)),
    minutes: minutes(),
  };
  printResult(result, values.json, () => forPeople(result));
}

function fieldsOf({ b, title }: { b: number; title: number }): Record<Name, Field> {
  const field = (weight: number): Field => ({ weight, b });
  return { title: field(title), name: field(1), brand: field(1), description: field(1), attributes: field(0.2) };
}

/** The cosines of each query with every product. */
async function cosinesOf(
  products: readonly CatalogueProduct[],
  judged: readonly JudgedQuery[],
  onProgress: (done: number) => void,
): Promise<Float32Array[]> {
  const { threads, cacheDir } = readConfig();
  const place = await installWeights(ENCODER, { onProgress: progress });
  const encoder = await openTextEncoder(place, { maxTokens: MAX_TOKENS, threads });
  const texts = products.map(({ title, description }) => `${title}. ${description}`);
  const cache = { directory: path.join(cacheDir, 'vectors'), encoder: `${path.basename(place)} ${MAX_TOKENS}` };
  const index = indexVectors(await encodeOnce(encoder, texts, cache, onProgress), encoder.width);
  const queries = await encoder.encode(
    judged.map(({ query }) => query),
    'query',
  );
  await encoder.release();
  return judged.map((_, query) => index.score(queries.subarray(query * encoder.width, (query + 1) * encoder.width)));
}

function qualityOf(judged: readonly JudgedQuery[], scores: readonly Float32Array[]): Float64Array {
  return Float64Array.from(judged, ({ grades }, query) => ndcg(scores[query]!, grades, K)!);
}

function fuseAll({ scores }: Fusion, words: readonly Float32Array[], cosines: readonly Float32Array[]): Float32Array[] {
  return words.map((each, query) => scores(each, cosines[query]!));
}

/** The mean of each query over the rounds. */
function meanOfRounds(rounds: readonly Float64Array[]): Float64Array {
  return rounds[0]!.map((_, query) => mean(rounds.map(values => values[query]!)));
}

/** The mean over queries and rounds, and how much it varies from round to round. */
function figureOf(rounds: readonly Float64Array[]) {
  const means = rounds.map(mean);
  return { 'ndcg@10': mean(means), 'ndcg@10_sd': deviation(means) };
}

/** The mean of what was gained by query, with its bootstrap interval. */
function intervalOf(gains: Float64Array): Interval {
  const statistic = (times: Uint32Array) => gains.reduce((sum, gain, query) => sum + gain * times[query]!, 0);
  const { value, low, high } = bootstrap(gains.length, statistic, { seed: 1, resamples: 10_000 })!;
  return { value: value / gains.length, low: low / gains.length, high: high / gains.length };
}

/** Queries a second on this thread, after a first round that warms up. */
function speedOf(judged: readonly JudgedQuery[], search: (query: string) => unknown, rounds = 20): number {
  for (const { query } of judged) search(query);
  const started = performance.now();
  for (let round = 0; round < rounds; round++) for (const { query } of judged) search(query);
  return Math.round((1_000 * rounds * judged.length) / (performance.now() - started));
}

function mean(numbers: Float64Array | readonly number[]): number {
  let sum = 0;
  for (const each of numbers) sum += each;
  return sum / numbers.length;
}

/** Sample standard deviation; 0 of one number. */
function deviation(numbers: readonly number[]): number {
  if (numbers.length < 2) return 0;
  const middle = mean(numbers);
  return Math.sqrt(numbers.reduce((sum, each) => sum + (each - middle) ** 2, 0) / (numbers.length - 1));
}

interface Figures {
  'ndcg@10': number;
}

function forPeople(result: {
  model: Figures;
  bm25: Figures;
  textbook_bm25: Figures;
  vectors: Figures;
  reciprocal_ranks: Figures;
  gain: Interval;
  p_value: number;
  queries: number;
}): string {
  const { gain, p_value, queries } = result;
  const rows = (['textbook_bm25', 'bm25', 'vectors', 'reciprocal_ranks', 'model'] as const).map(name => [
    name,
    result[name]['ndcg@10'].toFixed(4),
  ]);
  const signed = [gain.value, gain.low, gain.high].map(each => each.toFixed(4));
  return [
    table([['', 'NDCG@10'], ...rows]),
    `model - bm25: ${signed[0]} (95 % between ${signed[1]} and ${signed[2]}), p = ${p_value.toFixed(5)}, ${queries} queries`,
  ].join('\n');
}
