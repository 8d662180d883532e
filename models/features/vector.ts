import { createHash } from 'node:crypto';
import type { Product } from '../../schemas/events.ts';
import { hash32 } from '../hash.ts';
import { decay } from './aggregations.ts';
import type { Aggregated } from './declarations.ts';
import { AGGREGATES, RATES, type Rate } from './defaults.ts';
import { normalised } from './facts.ts';
import { type Attribute, NOTHING_RECENT, placeInRecent, RECENT, type RecentValues, recentValues } from './recent.ts';
import { placeOf, REDUCERS, valuesAt } from './reducer.ts';
import type { LiveItem, LiveUser } from './states.ts';
import { type Taste, wordsOf } from './taste.ts';

/** Who asks, at one time: worked out once for all candidates. */
export interface Asker {
  at_ms: number;
  /** Values of the features that are the same for every candidate, in the order of FEATURES. */
  own: Float64Array;
  taste: Taste;
  recent: RecentValues;
  /** Its hash, 0 where nothing was typed. */
  query: number;
}

/** What is known of a candidate. */
export interface Candidate {
  item: string;
  state: LiveItem | undefined;
  product: Product | undefined;
}

/** What the features of one candidate are computed from. */
interface Pair extends Candidate {
  asker: Asker;
  /** Values of the item's aggregates. */
  values: Float64Array;
  /** What the user did recently with its category, its brand and itself. */
  recent: Record<Attribute, Float64Array>;
}

/** A place of the vector. What is `of` the user or the session is the same for every candidate. */
export interface Feature {
  name: string;
  describes: string;
  of: 'user' | 'item' | 'pair';
}

interface OfUser extends Feature {
  of: 'user';
  value(user: { values: Float64Array; taste: Taste; recent: RecentValues }): number;
}
interface OfPair extends Feature {
  of: 'item' | 'pair';
  value(pair: Pair): number;
}

const QUERIES = placeOf(REDUCERS.item, 'item.queries');
export const QUERY_CLICK_HALF_LIFE_MS = 7 * 86_400_000;

const OF_USER: readonly OfUser[] = [
  ...AGGREGATES.filter(({ of, aggregate }) => of === 'user' && aggregate.kind !== 'sequence').map((each): OfUser => {
    const [place, scaled] = [placeOf(REDUCERS.user, each.name), scaleOf(each)];
    return { name: each.name, describes: saidOf(each), of: 'user', value: ({ values }) => scaled(values[place]!) };
  }),
  ...RATES.filter(({ of }) => of === 'user').map((each): OfUser => {
    const rate = rateOf(each);
    return { name: each.name, describes: each.describes, of: 'user', value: ({ values }) => rate(values) };
  }),
  {
    name: 'user.evidence',
    describes: 'weight of the recent events: how much is known of the user',
    of: 'user',
    value: ({ taste }) => Math.log1p(taste.evidence),
  },
  ...RECENT.filter(({ same }) => same === undefined).map((each): OfUser => {
    const { place } = placeInRecent(each);
    return { ...named(each), of: 'user', value: ({ recent }) => Math.log1p(recent.own[place]!) };
  }),
];

const OF_PAIR: readonly OfPair[] = [
  ...AGGREGATES.filter(({ of, aggregate }) => of === 'item' && aggregate.kind !== 'sequence').map((each): OfPair => {
    const [place, scaled] = [placeOf(REDUCERS.item, each.name), scaleOf(each)];
    return { name: each.name, describes: saidOf(each), of: 'item', value: ({ values }) => scaled(values[place]!) };
  }),
  ...RATES.filter(({ of }) => of === 'item').map((each): OfPair => {
    const rate = rateOf(each);
    return { name: each.name, describes: each.describes, of: 'item', value: ({ values }) => rate(values) };
  }),
  {
    name: 'item.log_price',
    describes: 'ln(1 + price); 0 where the price is unknown',
    of: 'item',
    value: ({ product }) => Math.log1p(product?.price ?? 0),
  },
  {
    name: 'item.known',
    describes: '1 where the item is in the catalogue',
    of: 'item',
    value: ({ product }) => (product ? 1 : 0),
  },
  {
    name: 'pair.category',
    describes: "share of the item's category in the user's recent events",
    of: 'pair',
    value: ({ product, asker }) => (product && asker.taste.category.get(product.category)) ?? 0,
  },
  {
    name: 'pair.brand',
    describes: "share of the item's brand in the user's recent events",
    of: 'pair',
    value: ({ product, asker }) => (product?.brand && asker.taste.brand.get(product.brand)) || 0,
  },
  {
    name: 'pair.words',
    describes: "mean share of the words of the item's title in the user's recent events",
    of: 'pair',
    value: ({ product, asker }) => (product ? meanOf(wordsOf(product), asker.taste.word) : 0),
  },
  {
    name: 'pair.price_gap',
    describes: "how far the item's price lies from what the user looks at, in ln; 0 where either is unknown",
    of: 'pair',
    value: ({ product, asker: { taste } }) =>
      product?.price === undefined || taste.logPrice === undefined
        ? 0
        : Math.abs(Math.log1p(product.price) - taste.logPrice),
  },
  {
    name: 'pair.seen',
    describes: 'weight of what the user recently did with this very item',
    of: 'pair',
    value: ({ item, asker }) => asker.taste.item.get(item) ?? 0,
  },
  ...RECENT.filter(({ same }) => same !== undefined).map((each): OfPair => {
    const { place } = placeInRecent(each);
    const same = each.same!;
    return { ...named(each), of: 'pair', value: ({ recent }) => Math.log(1 + recent[same][place]!) };
  }),
  {
    name: 'pair.query_clicks',
    describes: 'ln(1 + clicks after this query among the last 16 clicks of the item after a search, halving every 7d)',
    of: 'pair',
    value: ({ state, asker }) => (state && asker.query !== 0 ? Math.log1p(clicksAfter(asker, state)) : 0),
  },
];

/** The vector that rankers read, in order. */
export const FEATURES: readonly Feature[] = [...OF_USER, ...OF_PAIR];

export const FEATURE_NAMES: readonly string[] = FEATURES.map(feature => feature.name);

/** Names the layout and the meaning of the vector: a model is served only vectors of the version that it was trained on. */
export const FEATURES_VERSION: string = createHash('sha256')
  .update(JSON.stringify([AGGREGATES, RATES, RECENT, FEATURES.map(({ name, describes }) => [name, describes])]))
  .digest('hex')
  .slice(0, 12);

const userValues = new Float64Array(REDUCERS.user.declared.length);
const itemValues = new Float64Array(REDUCERS.item.declared.length);

/** What a request brings, and what is known of its user. */
export function askerOf(
  { at_ms, session, query }: { at_ms: number; session: string; query?: string | undefined },
  user: LiveUser | undefined,
  taste: Taste,
  product: (item: string) => Product | undefined,
): Asker {
  const recent = recentValues(user?.recent ?? [], product, session, at_ms);
  const values = valuesAt(REDUCERS.user, user, at_ms, userValues);
  const own = Float64Array.from(OF_USER, feature => rounded(feature.value({ values, taste, recent })));
  return { at_ms, own, taste, recent, query: query === undefined ? 0 : hash32(normalised(query)) };
}

/**
 * Fills `into` from `offset` on with the candidate's features. Values are rounded to 5 decimals, so that what is logged
 * in a list is exactly what was scored.
 */
export function fillVector(asker: Asker, candidate: Candidate, into: Float32Array, offset: number): void {
  const { item, state, product } = candidate;
  const { by } = asker.recent;
  const pair: Pair = {
    item,
    state,
    product,
    asker,
    values: valuesAt(REDUCERS.item, state, asker.at_ms, itemValues),
    recent: {
      category: (product && by.category.get(product.category)) ?? NOTHING_RECENT.category,
      brand: (product?.brand !== undefined && by.brand.get(product.brand)) || NOTHING_RECENT.brand,
      item: by.item.get(item) ?? NOTHING_RECENT.item,
    },
  };
  into.set(asker.own, offset);
  const from = offset + OF_USER.length;
  for (let f = 0; f < OF_PAIR.length; f++) into[from + f] = rounded(OF_PAIR[f]!.value(pair));
}

/** A row of a filled matrix as plain numbers, undoing float32's tail so that JSON stays short. */
export function vectorAt(matrix: Float32Array, row: number): number[] {
  const out = new Array<number>(FEATURES.length);
  for (let f = 0; f < FEATURES.length; f++) out[f] = rounded(matrix[row * FEATURES.length + f]!);
  return out;
}

function rounded(value: number): number {
  return Math.round(value * 1e5) / 1e5;
}

/** Counts, sums and times have long tails: their logarithm is what rankers read. Shares are as they are. */
function scaleOf({ aggregate }: Aggregated): (value: number) => number {
  return aggregate.kind === 'top' ? value => value : value => Math.log(1 + value);
}

function saidOf({ describes, aggregate }: Aggregated): string {
  return aggregate.kind === 'top' ? describes : `ln(1 + ${describes})`;
}

function named({ name, describes }: { name: string; describes: string }): { name: string; describes: string } {
  return { name, describes: `ln(1 + ${describes} among the user's recent events)` };
}

function rateOf({ of, successes, trials, prior }: Rate): (values: Float64Array) => number {
  const sum = (terms: Rate['trials']) => {
    const list = Object.entries(terms).map(([name, factor]) => ({ place: placeOf(REDUCERS[of], name), factor }));
    return (values: Float64Array) => {
      let sum = 0;
      for (const { place, factor } of list) sum += factor * values[place]!;
      return Math.max(0, sum);
    };
  };
  const [good, all] = [sum(successes), sum(trials)];
  return values => (good(values) + prior.trials * prior.rate) / (all(values) + prior.trials);
}

function clicksAfter({ query, at_ms }: Asker, { cells }: LiveItem): number {
  let sum = 0;
  const end = REDUCERS.item.places[QUERIES + 1]!;
  for (let c = REDUCERS.item.places[QUERIES]!; c < end; c += 2) {
    if (cells[c] !== 0 && cells[c + 1] === query) sum += decay(QUERY_CLICK_HALF_LIFE_MS, at_ms - cells[c]!);
  }
  return sum;
}

function meanOf(keys: readonly string[], values: ReadonlyMap<string, number>): number {
  if (keys.length === 0 || values.size === 0) return 0;
  let sum = 0;
  for (const key of keys) sum += values.get(key) ?? 0;
  return sum / keys.length;
}
