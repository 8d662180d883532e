import { createHash } from 'node:crypto';
import type { Product } from '../../schemas/events.ts';
import { type HalfLifeCount, ITEM_COUNTS, USER_COUNTS } from './counts.ts';
import { type Taste, wordsOf } from './taste.ts';

/** One user before one candidate, at one time. What is the user's alone is worked out once for all candidates. */
export interface Pair {
  /** Values of USER_COUNTS and of ITEM_COUNTS at that time. */
  userCounts: readonly number[];
  itemCounts: readonly number[];
  taste: Taste;
  item: string;
  product: Product | undefined;
}

export interface Feature {
  name: string;
  describes: string;
  value(pair: Pair): number;
}

const [IMPRESSIONS, CLICKS, CARTS] = ['impressions', 'clicks', 'carts'].map(what =>
  ITEM_COUNTS.findIndex(count => count.name === `item.${what}.1d`),
) as [number, number, number];

/** Prior of a click rate: as if every item had been shown 20 times with 1 click. */
const PRIOR = { impressions: 20, rate: 0.05 };

/** The feature by which the popularity ranker orders. */
export const POPULARITY_FEATURE = 'item.click_rate.1d';

/** The vector that rankers read, in order. To add a feature, add a row; models trained before keep their own layout's name. */
export const FEATURES: readonly Feature[] = [
  ...USER_COUNTS.map((count, index) => logCount(count, pair => pair.userCounts[index]!)),
  ...ITEM_COUNTS.map((count, index) => logCount(count, pair => pair.itemCounts[index]!)),
  {
    name: POPULARITY_FEATURE,
    describes: 'clicks over impressions of the item, halving every day, drawn to 5 % where it was shown little',
    value: ({ itemCounts }) => smoothed(itemCounts[CLICKS]!, itemCounts[IMPRESSIONS]!),
  },
  {
    name: 'item.cart_rate.1d',
    describes: 'carts over clicks of the item, halving every day',
    value: ({ itemCounts }) => smoothed(itemCounts[CARTS]!, itemCounts[CLICKS]!),
  },
  {
    name: 'item.log_price',
    describes: 'ln(1 + price); 0 where the price is unknown',
    value: pair => Math.log1p(pair.product?.price ?? 0),
  },
  { name: 'item.known', describes: '1 where the item is in the catalogue', value: pair => (pair.product ? 1 : 0) },
  {
    name: 'user.evidence',
    describes: 'weight of the recent events: how much is known of the user',
    value: pair => Math.log1p(pair.taste.evidence),
  },
  {
    name: 'pair.category',
    describes: "share of the item's category in the user's recent events",
    value: pair => (pair.product && pair.taste.category.get(pair.product.category)) ?? 0,
  },
  {
    name: 'pair.brand',
    describes: "share of the item's brand in the user's recent events",
    value: pair => (pair.product?.brand && pair.taste.brand.get(pair.product.brand)) || 0,
  },
  {
    name: 'pair.words',
    describes: "mean share of the words of the item's title in the user's recent events",
    value: ({ product, taste }) => (product ? meanOf(wordsOf(product), taste.word) : 0),
  },
  {
    name: 'pair.price_gap',
    describes: "how far the item's price lies from what the user looks at, in ln; 0 where either is unknown",
    value: ({ product, taste }) =>
      product?.price === undefined || taste.logPrice === undefined
        ? 0
        : Math.abs(Math.log1p(product.price) - taste.logPrice),
  },
  {
    name: 'pair.seen',
    describes: 'weight of what the user recently did with this very item',
    value: pair => pair.taste.item.get(pair.item) ?? 0,
  },
];

export const FEATURE_NAMES: readonly string[] = FEATURES.map(feature => feature.name);

/** Names the layout and the meaning of the vector: a model is served only vectors of the version that it was trained on. */
export const FEATURES_VERSION: string = createHash('sha256')
  .update(JSON.stringify([USER_COUNTS, ITEM_COUNTS, FEATURES.map(({ name, describes }) => [name, describes])]))
  .digest('hex')
  .slice(0, 12);

/**
 * Fills `into` from `offset` on with the pair's features. Values are rounded to 5 decimals, so that what is logged
 * in a list is exactly what was scored.
 */
export function fillVector(pair: Pair, into: Float32Array, offset: number): void {
  for (let f = 0; f < FEATURES.length; f++) {
    into[offset + f] = Math.round(FEATURES[f]!.value(pair) * 1e5) / 1e5;
  }
}

/** A row of a filled matrix as plain numbers, undoing float32's tail so that JSON stays short. */
export function vectorAt(matrix: Float32Array, row: number): number[] {
  const out = new Array<number>(FEATURES.length);
  for (let f = 0; f < FEATURES.length; f++) out[f] = Math.round(matrix[row * FEATURES.length + f]! * 1e5) / 1e5;
  return out;
}

function logCount(count: HalfLifeCount, value: (pair: Pair) => number): Feature {
  return { name: count.name, describes: `ln(1 + ${count.describes})`, value: pair => Math.log1p(value(pair)) };
}

function smoothed(successes: number, trials: number): number {
  return (successes + PRIOR.impressions * PRIOR.rate) / (trials + PRIOR.impressions);
}

function meanOf(keys: readonly string[], values: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const key of keys) sum += values.get(key) ?? 0;
  return keys.length === 0 ? 0 : sum / keys.length;
}
