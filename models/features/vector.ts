import { createHash } from 'node:crypto';
import type { EventType, Product } from '../../schemas/topics/events.ts';
import { hash32 } from '../hash.ts';
import { decay } from './aggregates/aggregations.ts';
import { AGGREGATES, RATES } from './aggregates/defaults.ts';
import { EXAMINATION_EXPONENT } from './aggregates/examination.ts';
import { normalised } from './aggregates/facts.ts';
import { placeOf, REDUCERS, valuesAt } from './aggregates/reducer.ts';
import {
  aggregatesOf,
  type Block,
  copied,
  type Feature,
  fillBlocks,
  ratesOf,
  rounded,
  scaled,
  written,
} from './blocks.ts';
import { boughtBy, clickedBy, followedBy, isFollowed, sharedWith } from './following.ts';
import { itemRow, OF_ITEM } from './item-rows.ts';
import { type Attribute, featuresBy, RECENT, type RecentFeature, type RecentValues, recentValues } from './recent.ts';
import type { LiveItem, LiveUser } from './states.ts';
import { type Taste, WEIGHT } from './taste.ts';
import { WordWeights } from './word-weights.ts';

/** Who asks, at one time: worked out once for all candidates. */
export interface Asker {
  at_ms: number;
  taste: Taste;
  /** The words of the taste. */
  words: WordWeights;
  /** The hash of what was typed, 0 where nothing was. */
  query: number;
  /** The hash of who asks, and of those whom he follows. */
  user: number;
  followed: ReadonlySet<number>;
  /** The whole vector: what is the user's alone, and what stands for pairs where the user did nothing with the like. */
  own: Float32Array;
  /** The parts that candidates of one category, of one brand, or the item itself, have in common. */
  by: Readonly<Record<Attribute, ReadonlyMap<string, Float32Array>>>;
}

/** What is known of a candidate. */
export interface Candidate {
  item: string;
  state: LiveItem | undefined;
  product: Product | undefined;
  /** Absent where nothing was typed, or the candidate was not found by it. */
  fit?: QueryFit | undefined;
}

/** How well a product fits what was typed, as the search that found it says. */
export interface QueryFit {
  /** Words and vectors in one, what a search without a ranker goes by. */
  relevance: number;
  /** Its score by words as a share of the best one's. */
  words: number;
  /** The cosine of the query's vector and the product's; 0 where either has none. */
  meaning: number;
  /** The share of the query's words that stand in its title. */
  title: number;
}

/** By what a search without a ranker orders products. */
export const RELEVANCE_FEATURE = 'pair.query_relevance';

const QUERIES = placeOf(REDUCERS.item, 'item.queries');
export const QUERY_CLICK_HALF_LIFE_MS = 7 * 86_400_000;

const ATTRIBUTES: readonly Attribute[] = ['category', 'brand', 'item'];
const TELLING = Object.keys(WEIGHT) as EventType[];

const SHARES: Readonly<Record<Attribute, Pick<Feature, 'name' | 'describes'>>> = {
  category: { name: 'pair.category', describes: "share of the item's category in the user's recent events" },
  brand: { name: 'pair.brand', describes: "share of the item's brand in the user's recent events" },
  item: { name: 'pair.seen', describes: 'weight of what the user recently did with this very item' },
};

const OF_USER: readonly Block<{ values: Float64Array; taste: Taste; recent: RecentValues }>[] = [
  aggregatesOf('user'),
  ratesOf('user'),
  written('user', [
    {
      name: 'user.evidence',
      describes: 'weight of the recent events: how much is known of the user',
      events: TELLING,
      value: ({ taste }) => Math.log1p(taste.evidence),
    },
  ]),
  copied(featuresBy('own').map(saidOf('session')), ({ recent }) => Float32Array.from(recent.own, scaled)),
];

const SHARED: Readonly<Record<Attribute, Shared>> = {
  category: sharedBy('category'),
  brand: sharedBy('brand'),
  item: sharedBy('item'),
};

const OF_PAIR: readonly Feature[] = [
  ...[SHARED.category, SHARED.brand, SHARED.item].flatMap(({ features }) => features),
  {
    name: 'pair.words',
    describes: "mean share of the words of the item's title in the user's recent events",
    events: TELLING,
    of: 'pair',
  },
  {
    name: 'pair.price_gap',
    describes: "how far the item's price lies from what the user looks at, in ln; 0 where either is unknown",
    events: TELLING,
    of: 'pair',
  },
  {
    name: 'pair.query_clicks',
    describes: 'ln(1 + clicks after this query among the last 16 of the item after a search, halving every 7d)',
    events: ['click'],
    of: 'pair',
  },
  {
    name: 'pair.followed_clicks',
    describes: 'ln(1 + people whom the user follows among the last 16 who clicked it, halving every 7d)',
    events: ['follow', 'unfollow', 'click'],
    of: 'pair',
  },
  {
    name: 'pair.followed_purchases',
    describes: 'ln(1 + people whom the user follows among the last 16 who bought it, halving every 7d)',
    events: ['follow', 'unfollow', 'purchase'],
    of: 'pair',
  },
  {
    name: 'pair.shared',
    describes: 'ln(1 + how often it was shared with the user among its last 8 shares with somebody, halving every 7d)',
    events: ['share'],
    of: 'pair',
  },
  {
    name: 'pair.follows_brand',
    describes: "1 where the user follows the item's brand",
    events: ['follow', 'unfollow'],
    of: 'pair',
  },
  {
    name: RELEVANCE_FEATURE,
    describes: 'how well the item fits the query, by words and vectors together; 0 where it was not found by one',
    of: 'pair',
    isFound: true,
  },
  {
    name: 'pair.query_words',
    describes: "the item's score by the words of the query, as a share of the best one's",
    of: 'pair',
    isFound: true,
  },
  {
    name: 'pair.query_meaning',
    describes: "cosine of the query's vector and the item's text; 0 where either has none",
    of: 'pair',
    isFound: true,
  },
  {
    name: 'pair.query_title',
    describes: "share of the words of the query that stand in the item's title",
    of: 'pair',
    isFound: true,
  },
];

/** The vector that rankers read, in order. */
export const FEATURES: readonly Feature[] = [
  ...[...OF_USER, ...OF_ITEM].flatMap(({ features }) => features),
  ...OF_PAIR,
];
export const FEATURE_NAMES: readonly string[] = FEATURES.map(feature => feature.name);
/** Those that the archive can make again. */
export const REBUILT_NAMES: readonly string[] = FEATURES.filter(({ isFound }) => !isFound).map(({ name }) => name);
/** The first place of what is the item's. */
const ITEMS = OF_USER.flatMap(({ features }) => features).length;
/** The first place of what is of item and user, by what it is. */
const PLACES = {
  category: placeIn(SHARED.category),
  brand: placeIn(SHARED.brand),
  item: placeIn(SHARED.item),
  words: FEATURE_NAMES.indexOf('pair.words'),
  priceGap: FEATURE_NAMES.indexOf('pair.price_gap'),
  queryClicks: FEATURE_NAMES.indexOf('pair.query_clicks'),
  followedClicks: FEATURE_NAMES.indexOf('pair.followed_clicks'),
  followedPurchases: FEATURE_NAMES.indexOf('pair.followed_purchases'),
  shared: FEATURE_NAMES.indexOf('pair.shared'),
  followsBrand: FEATURE_NAMES.indexOf('pair.follows_brand'),
  relevance: FEATURE_NAMES.indexOf(RELEVANCE_FEATURE),
  queryWords: FEATURE_NAMES.indexOf('pair.query_words'),
  queryMeaning: FEATURE_NAMES.indexOf('pair.query_meaning'),
  queryTitle: FEATURE_NAMES.indexOf('pair.query_title'),
};

/** Names the layout and the meaning of the vector: a model is served only vectors of the version that it was trained on. */
export const FEATURES_VERSION: string = createHash('sha256')
  .update(JSON.stringify([AGGREGATES, RATES, RECENT, FEATURES, EXAMINATION_EXPONENT]))
  .digest('hex')
  .slice(0, 12);

const userValues = new Float64Array(REDUCERS.user.declared.length);

/** What a request brings, and what is known of its user. */
export function askerOf(
  { at_ms, user: id, session, query }: { at_ms: number; user: string; session: string; query?: string | undefined },
  user: LiveUser | undefined,
  taste: Taste,
  product: (item: string) => Product | undefined,
): Asker {
  const recent = recentValues(user?.recent ?? [], product, session, at_ms);
  const own = new Float32Array(FEATURES.length);
  for (const attribute of ATTRIBUTES) own.set(SHARED[attribute].nothing, PLACES[attribute]);
  fillBlocks(OF_USER, { values: valuesAt(REDUCERS.user, user, at_ms, userValues), taste, recent }, own, 0);
  const by = (attribute: Attribute) => {
    const parts = new Map<string, Float32Array>();
    for (const [key, values] of recent.by[attribute]) parts.set(key, partOf(taste[attribute].get(key) ?? 0, values));
    return parts;
  };
  return {
    at_ms,
    taste,
    words: new WordWeights(taste.word),
    query: query === undefined ? 0 : hash32(normalised(query)),
    user: hash32(id),
    followed: followedBy(user),
    own,
    by: { category: by('category'), brand: by('brand'), item: by('item') },
  };
}

/** What items of one key have in common: how large a share of the taste it is, and what the user did with it. */
function partOf(share: number, values: Float64Array): Float32Array {
  const part = new Float32Array(1 + values.length);
  part[0] = rounded(share);
  for (let f = 0; f < values.length; f++) part[1 + f] = scaled(values[f]!);
  return part;
}

/**
 * Fills `into` with the features of candidates, row by row. What is the item's alone is as of the request's whole second,
 * and worked out once for it.
 *
 * @param candidate of a row: it may be one object that is filled anew each time
 * @param into [rows, FEATURES]
 */
export function fillVectors(
  asker: Asker,
  rows: number,
  candidate: (row: number) => Candidate,
  into: Float32Array,
): void {
  if (rows === 0) return;
  const end = rows * FEATURES.length;
  into.set(asker.own, 0);
  for (let filled = FEATURES.length; filled < end; filled *= 2)
    into.copyWithin(filled, 0, Math.min(filled, end - filled));
  const second = Math.floor(asker.at_ms / 1_000);
  for (let row = 0; row < rows; row++) fillRow(asker, candidate(row), second, into, row * FEATURES.length);
}

/** The features of one candidate: [FEATURES] */
export function featureVector(asker: Asker, candidate: Candidate): Float32Array {
  const vector = new Float32Array(FEATURES.length);
  fillVectors(asker, 1, () => candidate, vector);
  return vector;
}

/** Writes over what is the asker's alone what is the candidate's, and the pair's. */
function fillRow(asker: Asker, candidate: Candidate, second: number, into: Float32Array, offset: number): void {
  const { item, state, product, fit } = candidate;
  const { row, category, brand, words, logPrice, isShared } = itemRow(state, product, second);
  into.set(row, offset + ITEMS);
  const { by, taste, query } = asker;
  put(by.item.get(item), into, offset + PLACES.item);
  if (category !== undefined) {
    put(by.category.get(category), into, offset + PLACES.category);
    if (brand !== undefined) put(by.brand.get(brand), into, offset + PLACES.brand);
    if (brand !== undefined && isFollowed(asker.followed, brand)) into[offset + PLACES.followsBrand] = 1;
    into[offset + PLACES.words] = rounded(asker.words.meanOf(words));
    if (logPrice !== undefined && taste.logPrice !== undefined)
      into[offset + PLACES.priceGap] = rounded(Math.abs(logPrice - taste.logPrice));
  }
  if (state && isShared) into[offset + PLACES.shared] = scaled(sharedWith(asker.user, state, asker.at_ms));
  if (state && asker.followed.size > 0) fillFollowed(asker, state, into, offset);
  if (state && query !== 0) into[offset + PLACES.queryClicks] = rounded(Math.log1p(clicksAfter(asker, state)));
  if (fit) {
    into[offset + PLACES.relevance] = rounded(fit.relevance);
    into[offset + PLACES.queryWords] = rounded(fit.words);
    into[offset + PLACES.queryMeaning] = rounded(fit.meaning);
    into[offset + PLACES.queryTitle] = rounded(fit.title);
  }
}

/** What came to the item by people whom the user follows. */
function fillFollowed({ followed, at_ms }: Asker, state: LiveItem, into: Float32Array, offset: number): void {
  into[offset + PLACES.followedClicks] = scaled(clickedBy(followed, state, at_ms));
  into[offset + PLACES.followedPurchases] = scaled(boughtBy(followed, state, at_ms));
}

/** Values where there are some. */
function put(values: Float32Array | undefined, into: Float32Array, at: number): void {
  if (values === undefined) return;
  for (let f = 0; f < values.length; f++) into[at + f] = values[f]!;
}

/** A row of a filled matrix as plain numbers, undoing float32's tail. */
export function vectorAt(matrix: Float32Array, row: number): number[] {
  const out = new Array<number>(FEATURES.length);
  for (let f = 0; f < FEATURES.length; f++) out[f] = rounded(matrix[row * FEATURES.length + f]!);
  return out;
}

/** What the user did recently with what has the same attribute: how large a share it is, and the features of RECENT. */
interface Shared {
  features: readonly Feature[];
  /** Their values where the user did nothing with it. */
  nothing: Float32Array;
}

function sharedBy(attribute: Attribute): Shared {
  const recent = featuresBy(attribute);
  return {
    features: [{ ...SHARES[attribute], of: 'pair', events: TELLING }, ...recent.map(saidOf('pair'))],
    nothing: Float32Array.of(0, ...recent.map(each => scaled(each.default))),
  };
}

function placeIn({ features }: Shared): number {
  return FEATURE_NAMES.indexOf(features[0]!.name);
}

function saidOf(of: Feature['of']): (feature: RecentFeature) => Feature {
  return ({ name, describes }) => ({ name, of, describes: `ln(1 + ${describes} among the user's recent events)` });
}

function clicksAfter({ query, at_ms }: Asker, { cells }: LiveItem): number {
  let sum = 0;
  const end = REDUCERS.item.places[QUERIES + 1]!;
  for (let c = REDUCERS.item.places[QUERIES]!; c < end; c += 2) {
    if (cells[c] !== 0 && cells[c + 1] === query) sum += decay(QUERY_CLICK_HALF_LIFE_MS, at_ms - cells[c]!);
  }
  return sum;
}
