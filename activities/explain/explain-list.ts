import { type Attributions, attributed, attributedTo } from '../../models/explain/attribution.ts';
import { type Move, movesOf, type Scoring } from '../../models/explain/counterfactual.ts';
import type { Group } from '../../models/explain/groups.ts';
import { type Language, languageOf, PHRASES } from '../../models/explain/language/languages.ts';
import type { Order } from '../../models/explain/language/phrases.ts';
import { orderSaid, sentencesOf } from '../../models/explain/language/sentences.ts';
import { shapleyOf } from '../../models/explain/shapley.ts';
import { FEATURES_VERSION } from '../../models/features/vector.ts';
import { decode } from '../../models/graph/file/decode.ts';
import { batchOf, type Pairs } from '../../models/ranker/dataset/pairs.ts';
import { openRanker } from '../../models/registry/open-ranker.ts';
import { openModel, rankerFileOf } from '../../models/registry/registry.ts';
import type { ModelStore } from '../../models/registry/store/store.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';
import { TemperError } from '../../schemas/errors.ts';
import type { ContentSpecs, Manifest } from '../../schemas/models/models.ts';
import type { Currencies } from '../../schemas/policies/currencies.ts';
import type { Modality } from '../../schemas/topics/vectors.ts';
import {
  type ArchivedList,
  archivedList,
  currenciesOf,
  knownOf,
  type ListQuery,
  languageOfUser,
  productsOf,
  seenOf,
} from './archived-list.ts';

/** Where lists and models are, and what prices were reckoned by. */
export interface Sources {
  store: RowStore;
  registry: ModelStore;
  currencies: Currencies;
}

/** Why a list is as it is. */
export interface ListExplanation {
  list: string;
  at_ms: number;
  user: string;
  surface: string;
  arm: string;
  model: string;
  language: Language;
  /** What put it in order, and a sentence of it where that is not the ranker. */
  order: Order;
  orderSentence: string | null;
  /** The score of the list's mean item: baseline + groups = score, for each item. */
  baseline: number;
  /** What the groups are called. */
  names: Readonly<Record<Group, string>>;
  items: ItemExplanation[];
}

export interface ItemExplanation {
  item: string;
  position: number;
  title: string;
  score: number;
  /** What each kind of reason adds to the score beside the list's mean item, in its unit. */
  groups: Partial<Record<Group, number>>;
  /** How far baseline and groups are from the score. */
  error: number;
  /** The lane that proposed it, and the note of the policy. */
  source: string;
  rule: string;
  /** The least changes that would have moved it by a place, each seen by the ranker. */
  moves: Move[];
  sentences: string[];
}

/**
 * Says of each item of a list what its score is made of, what would have moved it, and both in the user's language: that
 * which is asked for, else the request's, else that of the user's newest request that said one, else English.
 *
 * @throws NOT_FOUND; DATA_INSUFFICIENT where the list is of one item, or what its ranker saw is not there any more
 */
export async function explainList(
  { store, registry, currencies }: Sources,
  asked: ListQuery & { language?: string | undefined },
): Promise<ListExplanation> {
  const list = await archivedList(store, asked);
  const said = asked.language ?? (list.language || (await languageOfUser(store, list)));
  const language = languageOf(said);
  const order = orderOf(list);
  const { attributions, moves } = await reasoned({ store, registry, currencies }, list, order);
  const products = await productsOf(store, list.items);
  const billed = await currenciesOf(store, [...new Set(list.campaigns.filter(campaign => campaign !== ''))]);
  const titleOf = (item: string) => products.get(item)?.title || item;
  const items = attributions.items.map((attribution, position): ItemExplanation => {
    const item = list.items[position]!;
    const [source, rule] = [list.reasons[position] ?? '', list.policies[position] ?? ''];
    const [campaign, micros] = [list.campaigns[position], list.prices[position]];
    const ad = campaign ? { campaign, price: (micros ?? 0) / 1e6, currency: billed.get(campaign) ?? '' } : undefined;
    const { price, currency } = products.get(item) ?? {};
    const place = { groups: attribution.groups, source, rule, ad, moves: moves[position] ?? [], price, currency };
    return {
      ...{ item, position, title: titleOf(item), ...attribution, source, rule, moves: place.moves },
      sentences: sentencesOf(place, language, titleOf),
    };
  });
  const { at_ms, user, surface, arm, model } = list;
  return {
    ...{ list: list.list, at_ms, user, surface, arm, model, language, order, items },
    orderSentence: orderSaid(order, language) ?? null,
    baseline: attributions.baseline,
    names: PHRASES[language].groups,
  };
}

function orderOf({ arm, surface, model, teams }: ArchivedList): Order {
  if (model === 'relevance') return arm === 'explore' ? 'chance' : 'relevance';
  if (arm === 'control' || arm === 'fallback') return 'popularity';
  if (arm === 'explore') return 'chance';
  if (arm === 'recorded') return 'shop';
  if (surface === 'ads') return 'auction';
  if (teams.length > 0) return 'trial';
  return 'score';
}

/** Of scores that no model of the registry gave, what they are: see `scoresOf` of the scorer. */
const PLAIN: Readonly<Record<string, Group>> = { popularity: 'popularity', relevance: 'text' };

async function reasoned(
  { store, registry, currencies }: Sources,
  list: ArchivedList,
  order: Order,
): Promise<{ attributions: Attributions; moves: Move[][] }> {
  const group = PLAIN[list.model];
  if (group && list.items.length > 0) return { attributions: attributedTo(group, list.scores), moves: [] };
  const registered = await openModel(registry, list.model).catch(cause => {
    throw new TemperError('NOT_FOUND', { where: `the registry, model ${list.model}`, cause });
  });
  const { manifest } = registered;
  const width = manifest.features.length;
  if (!isWhole(list, manifest)) {
    throw new TemperError('DATA_INSUFFICIENT', {
      where: list.list,
      expected: `two items or more, each with ${width} features of the layout ${manifest.features_version}`,
      got: `${list.items.length} of the layout ${list.features_version}`,
    });
  }
  const rows = list.features.map(row => Float32Array.from(row));
  const contents = manifest.contents ?? {};
  const seen = await seenOf(store, list, contents);
  const ranker = await openRanker(rankerFileOf(registered));
  try {
    const see = (pairs: Pairs) => ranker.score(batchOf(pairs, contents));
    const attributions = isDifferentiable(manifest)
      ? await attributed(decode(registered.graph, list.model), manifest.features, rows)
      : await shapleyOf({ ...seen, rows, featureNames: manifest.features, modalities: modalitiesIn(contents) }, see);
    const again = isAgain(attributions, list);
    if (!again && modalitiesIn(contents).length > 0) {
      throw new TemperError('DATA_INSUFFICIENT', {
        where: list.list,
        expected: `the scores that ${list.model} served`,
        got: 'others: vectors of items have changed since',
      });
    }
    if (!again || order !== 'score' || manifest.features_version !== FEATURES_VERSION)
      return { attributions, moves: [] };
    const scoring: Scoring = (rows, items, history = list.history) =>
      see({ ...seen, items, history, features: flat(rows, width) });
    const scores = Float32Array.from(list.scores);
    const known = await knownOf(store, list, currencies);
    return { attributions, moves: await movesOf({ items: list.items, scores }, rows, known, scoring) };
  } finally {
    await ranker.release();
  }
}

function isWhole({ items, features, features_version }: ArchivedList, manifest: Manifest): boolean {
  const width = manifest.features.length;
  return (
    manifest.features_version === features_version && items.length >= 2 && features.every(row => row.length === width)
  );
}

/** A perceptron on features, as it was trained: smaller forms of it have no gradient. */
function isDifferentiable({ kind, lineage }: Manifest): boolean {
  return kind === 'popularity' || (kind === 'mlp' && lineage.settings?.compress === undefined);
}

const modalitiesIn = (contents: ContentSpecs) => Object.keys(contents) as Modality[];

/** What the served ranker may differ by from the one that is opened here: other kernels, another order of sums. */
const ROUNDING = 1e-3;

/** Whether the opened ranker gives the scores that were served: else nothing that it says of changes would be theirs. */
function isAgain({ items }: Attributions, { scores }: ArchivedList): boolean {
  return items.every(({ score }, n) => Math.abs(score - scores[n]!) <= ROUNDING * Math.max(1, Math.abs(score)));
}

function flat(rows: readonly Float32Array[], width: number): Float32Array {
  const features = new Float32Array(rows.length * width);
  for (const [n, row] of rows.entries()) features.set(row, n * width);
  return features;
}
