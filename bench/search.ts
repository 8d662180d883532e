import { z } from 'zod';
import { printResult, progress, table } from '../cli/output.ts';
import { PRODUCT_FIELDS } from '../models/retrieval/live/product-words.ts';
import { hybrid, type Shares } from '../models/search/hybrid.ts';
import { SEARCH_SETTINGS } from '../models/search/search.ts';
import { TemperError } from '../schemas/errors.ts';
import { EVALUATION, runEvaluation } from './options.ts';
import { readCatalogue } from './quality/search/catalogue.ts';
import {
  compared,
  type Difference,
  figuresOf,
  meanOf,
  type Qualities,
  qualityOf,
  type SearchFigures,
} from './quality/search/figures.ts';
import { type JudgedQuery, readJudgements } from './quality/search/judgements.ts';
import { type Chosen, chooseSettings } from './quality/search/made/choose.ts';
import {
  type Bm25Setting,
  openCatalogue,
  type SearchedCatalogue,
  TEXTBOOK,
  type WordSetting,
} from './quality/search/searched.ts';
import { askedQuery } from './quality/search/signals.ts';

const BM25: readonly Bm25Setting[] = [1.2, 0.8, 0.4, 0.2].flatMap(k1 =>
  [0.75, 0.3].flatMap(b => [2, 4].map(title => ({ k1, b, title }))),
);
const WORDS: readonly WordSetting[] = [2, 4].flatMap(title =>
  [1.2, 0.8, 0.4].flatMap(k1 => [0, 1].map(coverage => ({ k1, coverage, title }))),
);
const SHARES: readonly Shares[] = [0, 0.1, 0.2, 0.3, 0.4].flatMap(meaning =>
  [0, 0.05, 0.1, 0.2].map(category => ({ meaning, category })),
);
const SERVED: WordSetting & Shares = { ...SEARCH_SETTINGS, title: PRODUCT_FIELDS.title.weight };

const HELP = `Search as it is served, measured on judged queries beside BM25. Settings are chosen by queries made of the catalogue;
the judged ones are measured and nothing else.

npm run eval:search -- --catalogue DIR --judgements FILE [--seeds 1] [--max-minutes 40] [--json]

  --catalogue    a directory of *.json or *.zip with products
  --judgements   a CSV file of query,docid,rating
  --seeds        drawings of made queries, whose choices are measured one by one and averaged
  --max-minutes  for encoding the catalogue; what is encoded is kept for the next run`;

const options = z.object({
  ...EVALUATION,
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
    if (judged.length < 2) {
      const got = `${judged.length} that have a relevant product of this catalogue`;
      throw new TemperError('DATA_INSUFFICIENT', { where: judgements, expected: '2 queries', got });
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
    const chosen: Chosen[] = [];
    for (let seed = 1; seed <= seeds; seed++) {
      chosen.push(await chooseSettings(catalogue, { bm25: BM25, words: WORDS, shares: SHARES }, seed));
      progress(`settings chosen by ${chosen.at(-1)!.queries} made queries, ${minutes().toFixed(1)} minutes`);
    }
    const qualities = await measure(catalogue, judged, chosen);
    await catalogue.release();

    const against = (control: 'bm25' | 'tuned_bm25') => ({
      model: compared(qualities.model, qualities[control]),
      served: compared(qualities.served, qualities[control]),
    });
    const minus = { bm25: against('bm25'), tuned_bm25: against('tuned_bm25') };
    const result = {
      protocol:
        'NDCG@10 over the whole catalogue, gain 2^grade - 1, unjudged 0; judged_ndcg@10 over the judged products alone; settings of model and tuned_bm25 chosen by queries made of the catalogue, those of served are fixed',
      queries: judged.length,
      products: products.length,
      seeds,
      ...figuresOfAll(qualities),
      p_value: minus.bm25.model.whole.p_value,
      minus,
      chosen,
      categories: catalogue.categories,
      bm25_queries_per_second: speedOf(catalogue, judged),
      minutes: minutes(),
    };
    printResult(result, json, () => forPeople(figuresOfAll(qualities), minus, chosen));
  },
);

/** Each ranking of the judged queries; of what was chosen several times the mean. */
async function measure(catalogue: SearchedCatalogue, judged: readonly JudgedQuery[], chosen: readonly Chosen[]) {
  const vectors = await catalogue.encode(judged.map(({ query }) => query));
  const settings = {
    bm25: [TEXTBOOK, ...chosen.map(each => each.bm25)].map(catalogue.bm25),
    words: [SERVED, ...chosen.map(each => each.hybrid)],
  };
  const asked = judged.map((query, at) => askedQuery(catalogue, query, vectors[at]!, settings, query.judged));
  const [bm25, ...tuned] = settings.bm25.map((_, at) => qualityOf(asked, each => each.bm25[at]!));
  const hybrids = [SERVED, ...chosen.map(each => each.hybrid)];
  const [served, ...models] = hybrids.map((shares, at) => qualityOf(asked, each => hybrid(each.signals[at]!, shares)));
  return {
    bm25: bm25!,
    tuned_bm25: meanOf(tuned),
    vectors: qualityOf(asked, ({ signals: [first] }) => first!.cosines),
    served_without_vectors: qualityOf(asked, ({ signals: [first] }) =>
      hybrid({ ...first!, cosines: undefined }, SERVED),
    ),
    served: served!,
    model: meanOf(models),
  };
}

function figuresOfAll<Name extends string>(qualities: Readonly<Record<Name, Qualities>>): Record<Name, SearchFigures> {
  const names = Object.keys(qualities) as Name[];
  return Object.fromEntries(names.map(name => [name, figuresOf(qualities[name])])) as Record<Name, SearchFigures>;
}

/** BM25 queries a second on this thread, after a first round that warms up. */
function speedOf({ bm25 }: SearchedCatalogue, judged: readonly JudgedQuery[], rounds = 20): number {
  const index = bm25(TEXTBOOK);
  for (const { query } of judged) index.search(query, 100);
  const started = performance.now();
  for (let round = 0; round < rounds; round++) for (const { query } of judged) index.search(query, 100);
  return Math.round((1_000 * rounds * judged.length) / (performance.now() - started));
}

function forPeople(
  figures: Readonly<Record<string, SearchFigures>>,
  minus: Readonly<Record<string, Readonly<Record<string, ReturnType<typeof compared>>>>>,
  chosen: readonly Chosen[],
): string {
  const rows = Object.entries(figures).map(([name, found]) => [
    name,
    ...[found['ndcg@10'], found['judged_ndcg@10'], found['judged_share@10']].map(each => each.toFixed(4)),
  ]);
  const lines = Object.entries(minus).flatMap(([control, differences]) =>
    Object.entries(differences).flatMap(([name, { whole, judged }]) => [
      `${name} - ${control}, whole catalogue: ${sentenceOf(whole)}`,
      `${name} - ${control}, judged products: ${sentenceOf(judged)}`,
    ]),
  );
  const choices = chosen.map(each => `chosen by ${each.queries} made queries: ${JSON.stringify(each)}`);
  return [
    table([['NDCG@10', 'WHOLE CATALOGUE', 'JUDGED ALONE', 'JUDGED AMONG TEN'], ...rows]),
    ...lines,
    ...choices,
  ].join('\n');
}

function sentenceOf({ value, low, high, p_value }: Difference): string {
  const [middle, from, to] = [value, low, high].map(each => each.toFixed(4));
  return `${middle} (95 % between ${from} and ${to}), p = ${p_value.toFixed(5)}`;
}
