import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import { foldsOf, hedgedWeights } from '../../models/evaluate/hedge.ts';
import { PRODUCT_FIELDS } from '../../models/retrieval/live/product-words.ts';
import { hybrid } from '../../models/search/hybrid.ts';
import { SEARCH_SETTINGS } from '../../models/search/search.ts';
import { TemperError } from '../../schemas/errors.ts';
import { EVALUATION, runEvaluation } from '../options.ts';
import { type Catalogue, inColumns, LIST_HEADS } from '../quality/beyond-accuracy.ts';
import { readCatalogue } from '../quality/search/catalogue.ts';
import {
  compared,
  type Difference,
  figuresOf,
  type Qualities,
  qualityOf,
  type SearchFigures,
  wholeOf,
} from '../quality/search/figures.ts';
import { readJudgements } from '../quality/search/judgements.ts';
import { drawn } from '../quality/search/learned/drawn.ts';
import { learnedScores } from '../quality/search/learned/learned.ts';
import { perceptron } from '../quality/search/learned/perceptron.ts';
import { makeMisspelt } from '../quality/search/made/misspelt.ts';
import { makeQuantities } from '../quality/search/made/quantities.ts';
import { foundBySpelling } from '../quality/search/made/spellings.ts';
import { type Bm25Setting, openCatalogue, type WordSetting } from '../quality/search/searched.ts';
import { type AskedQuery, askedQuery } from '../quality/search/signals.ts';

/** The first is `TEXTBOOK`. */
const CONTROLS: readonly Bm25Setting[] = [1.2, 0.6, 0.3].flatMap(k1 =>
  [0.75, 0.3].flatMap(b => [2, 4].map(title => ({ k1, b, title }))),
);
/** The first is the one that is served. */
const WORDS: readonly WordSetting[] = [
  { ...SEARCH_SETTINGS, title: PRODUCT_FIELDS.title.weight },
  ...[2, 4].flatMap(title => [1.2, 0.8, 0.4].flatMap(k1 => [0, 1].map(coverage => ({ k1, coverage, title })))),
];
/** Of vectors. */
const SHARES = [0, 0.1, 0.15, 0.2, 0.3];
const FOLDS = 5;
/** Made queries that ask for a quantity, and that name a kind of product in each of two ways. */
const [QUANTITIES, MISSPELT] = [300, 150];

const HELP = `Search as it is served, measured on judged queries beside BM25: as it is found, and as a ranker orders it that is trained
on other queries.

npm run eval:search -- --catalogue DIR --judgements FILE [--seeds 5] [--max-minutes 40] [--json]

  --catalogue    a directory of *.json or *.zip with products
  --judgements   a CSV file of query,docid,rating
  --seeds        how often the queries are dealt into ${FOLDS} folds
  --max-minutes  for encoding the catalogue; what is encoded is kept for the next run`;

const options = z.object({
  ...EVALUATION,
  seeds: EVALUATION.seeds.default(5),
  catalogue: z.string('--catalogue DIR is missing'),
  judgements: z.string('--judgements FILE is missing'),
});

await runEvaluation(
  { help: HELP, options },
  async ({ catalogue: directory, judgements, seeds, json, 'max-minutes': maxMinutes }) => {
    const started = performance.now();
    const minutes = () => (performance.now() - started) / 60_000;
    const products = readCatalogue(directory);
    const judged = readJudgements(judgements, new Map(products.map(({ id }, place) => [id, place])));
    if (judged.length < FOLDS) {
      const got = `${judged.length} that have a relevant product of this catalogue`;
      throw new TemperError('DATA_INSUFFICIENT', { where: judgements, expected: `${FOLDS} queries`, got });
    }
    progress(`${products.length} products, ${judged.length} queries that have a relevant one`);
    const catalogue = await openCatalogue(products, {
      onProgress: progress,
      onEncoded: done => {
        progress(`${done} of ${products.length} products encoded, ${minutes().toFixed(1)} minutes`);
        if (minutes() < maxMinutes || done === products.length) return;
        const next = 'What was encoded is kept: run it again, or give it more minutes';
        throw new TemperError('TIMED_OUT', {
          where: 'encoding the catalogue',
          expected: `${maxMinutes} minutes`,
          next,
        });
      },
    });

    const settings = { bm25: CONTROLS.map(catalogue.bm25), words: WORDS };
    const vectors = await catalogue.encode(judged.map(({ query }) => query));
    const asked = judged.map((query, at) => askedQuery(catalogue, query, vectors[at]!, settings, query.judged));
    const byWords = (text: string) => {
      const { items, words } = catalogue.search({ text }, WORDS[0]!, []);
      return { places: items.map(id => catalogue.places.get(id)!), words };
    };
    const spellings = {
      quantities: foundBySpelling(makeQuantities(products, QUANTITIES), byWords),
      kinds: foundBySpelling(makeMisspelt(products, MISSPELT), byWords),
    };
    await catalogue.release();

    const controls = CONTROLS.map((_, at) => asked.map(({ bm25 }) => bm25[at]!));
    const choices = WORDS.slice(1).flatMap((_, at) =>
      SHARES.map(share => asked.map(({ signals }) => hybrid(signals[at + 1]!, share))),
    );
    const qualities = {
      bm25: qualityOf(asked, ({ bm25: [first] }) => first!),
      tuned_bm25: learnedFromOthers(asked, controls, seeds),
      vectors: qualityOf(asked, ({ signals: [first] }) => first!.cosines),
      served_without_vectors: qualityOf(asked, ({ signals: [first] }) =>
        hybrid({ words: first!.words }, SEARCH_SETTINGS.meaning),
      ),
      served: qualityOf(asked, ({ signals: [first] }) => hybrid(first!, SEARCH_SETTINGS.meaning)),
      answered: qualityOf(asked, query => query.answered),
      model: learnedFromOthers(asked, choices, seeds),
      linear: meanOf(asked, await learnedScores(asked, drawn, { folds: FOLDS, seeds })),
      perceptron: meanOf(asked, await learnedScores(asked, perceptron, { folds: FOLDS, seeds })),
    };
    const against = (control: 'bm25' | 'tuned_bm25') => ({
      model: compared(qualities.model, qualities[control]),
      perceptron: compared(qualities.perceptron, qualities[control]),
      linear: compared(qualities.linear, qualities[control]),
      served: compared(qualities.served, qualities[control]),
      answered: compared(qualities.answered, qualities[control]),
    });
    const minus = { bm25: against('bm25'), tuned_bm25: against('tuned_bm25') };
    const known = { items: products.length, similarity: catalogue.similarity };
    const figures = figuresOfAll(qualities, known);
    const result = {
      protocol: `NDCG@10 over the whole catalogue, gain 2^grade - 1, unjudged 0; judged_ndcg@10 over the judged products alone; settings of words and shares of vectors weighted by the first, and both rankers trained, on the other ${FOLDS - 1} of ${FOLDS} folds of queries`,
      queries: judged.length,
      products: products.length,
      seeds,
      ...figures,
      p_value: minus.bm25.model.whole.p_value,
      minus,
      understanding: compared(qualities.answered, qualities.served),
      learning: {
        linear: compared(qualities.linear, qualities.answered),
        perceptron: compared(qualities.perceptron, qualities.answered),
      },
      spellings,
      bm25_queries_per_second: speedOf(
        judged.map(({ query }) => query),
        query => settings.bm25[0]!.search(query, 100),
      ),
      minutes: minutes(),
    };
    printResult(result, json, () => forPeople(figures, minus));
  },
);

function figuresOfAll<Name extends string>(
  qualities: Readonly<Record<Name, Qualities>>,
  catalogue: Catalogue,
): Record<Name, SearchFigures> {
  const names = Object.keys(qualities) as Name[];
  return Object.fromEntries(names.map(name => [name, figuresOf(qualities[name], catalogue)])) as Record<
    Name,
    SearchFigures
  >;
}

/**
 * Each query ranked by all choices together, each weighted by how good it is for queries of other folds: the mean over all
 * deals.
 *
 * @param scores [choices][queries][candidates]
 */
function learnedFromOthers(
  asked: readonly AskedQuery[],
  scores: readonly (readonly Float32Array[])[],
  seeds: number,
): Qualities {
  const byChoice = scores.map(each => wholeOf(asked, each));
  const nothing = () => new Float64Array(asked.length);
  const found = { whole: nothing(), judged: nothing(), known: nothing() };
  const lists: Int32Array[][] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const dealt = new Array<Int32Array>(asked.length);
    for (const { measured, seen } of foldsOf(asked.length, { folds: FOLDS, seed })) {
      const weights = hedgedWeights(byChoice, seen);
      for (const query of measured) {
        const mean = mixed(Array.from(weights, (weight, choice) => ({ weight, scores: scores[choice]![query]! })));
        const held = qualityOf([asked[query]!], () => mean);
        for (const name of ['whole', 'judged', 'known'] as const) found[name][query]! += held[name][0]! / seeds;
        dealt[query] = held.lists[0]![0]!;
      }
    }
    lists.push(dealt);
  }
  return { ...found, lists };
}

/** The mean quality over scores of several seeds. @param scores [seeds][queries][candidates] */
function meanOf(asked: readonly AskedQuery[], scores: readonly (readonly Float32Array[])[]): Qualities {
  const each = scores.map(bySeed => {
    const scoresOf = new Map(asked.map((query, at) => [query, bySeed[at]!]));
    return qualityOf(asked, query => scoresOf.get(query)!);
  });
  const mean = (name: 'whole' | 'judged' | 'known') =>
    each[0]![name].map((_, query) => each.reduce((sum, one) => sum + one[name][query]!, 0) / each.length);
  const lists = each.flatMap(one => one.lists);
  return { whole: mean('whole'), judged: mean('judged'), known: mean('known'), lists };
}

function mixed(parts: readonly { weight: number; scores: Float32Array }[]): Float32Array {
  return parts[0]!.scores.map((_, at) => parts.reduce((sum, { weight, scores }) => sum + weight * scores[at]!, 0));
}

/** Queries a second on this thread, after a first round that warms up. */
function speedOf(queries: readonly string[], search: (query: string) => unknown, rounds = 20): number {
  for (const query of queries) search(query);
  const started = performance.now();
  for (let round = 0; round < rounds; round++) for (const query of queries) search(query);
  return Math.round((1_000 * rounds * queries.length) / (performance.now() - started));
}

function forPeople(
  figures: Readonly<Record<string, SearchFigures>>,
  minus: Readonly<Record<string, Readonly<Record<string, ReturnType<typeof compared>>>>>,
): string {
  const rows = Object.entries(figures).map(([name, found]) => [
    name,
    ...[found['ndcg@10'], found['judged_ndcg@10'], found['judged_share@10']].map(each => each.toFixed(4)),
    ...inColumns(found.lists),
  ]);
  const lines = Object.entries(minus).flatMap(([control, differences]) =>
    Object.entries(differences).flatMap(([name, { whole, judged }]) => [
      `${name} - ${control}, whole catalogue: ${sentenceOf(whole)}`,
      `${name} - ${control}, judged products: ${sentenceOf(judged)}`,
    ]),
  );
  return [
    table([['NDCG@10', 'WHOLE CATALOGUE', 'JUDGED ALONE', 'JUDGED AMONG TEN', ...LIST_HEADS], ...rows]),
    ...lines,
  ].join('\n');
}

function sentenceOf({ value, low, high, p_value }: Difference): string {
  const [middle, from, to] = [value, low, high].map(each => each.toFixed(4));
  return `${middle} (95 % between ${from} and ${to}), p = ${p_value.toFixed(5)}`;
}
