import type { EventType, Product } from '../../schemas/topics/events.ts';
import type { RecentEvent } from '../../schemas/topics/features.ts';

/** What the user's recent events say about categories, brands, words and prices; made once for each request. */
export interface Taste {
  category: Map<string, number>;
  brand: Map<string, number>;
  word: Map<string, number>;
  /** Weight of the user's events on the item itself. */
  item: Map<string, number>;
  /** Weighted mean of ln(1 + price). */
  logPrice: number | undefined;
  /** Weight of all events together: how much there is to go by. */
  evidence: number;
}

/** How much an event says that its user likes the item. */
export const WEIGHT: Partial<Record<EventType, number>> = {
  view: 1,
  click: 1,
  cart: 2,
  purchase: 3,
  share: 2,
  rating: 1,
  dismiss: -1,
  return: -2,
};
/** The k-th newest event counts RECENCY^k. */
export const RECENCY = 0.93;

/** Shares in [-1, 1]: the weight of a category among the weights of all. */
export function tasteOf(
  user: { recent: readonly RecentEvent[] } | undefined,
  product: (item: string) => Product | undefined,
): Taste {
  const taste: Taste = {
    category: new Map(),
    brand: new Map(),
    word: new Map(),
    item: new Map(),
    logPrice: undefined,
    evidence: 0,
  };
  let priced = 0;
  let logPrices = 0;
  for (const [k, event] of (user?.recent ?? []).entries()) {
    const weight = (WEIGHT[event.type] ?? 0) * RECENCY ** k;
    const known = product(event.item);
    taste.evidence += Math.abs(weight);
    add(taste.item, event.item, weight);
    if (!known) continue;
    add(taste.category, known.category, weight);
    if (known.brand) add(taste.brand, known.brand, weight);
    for (const word of wordsOf(known)) add(taste.word, word, weight);
    if (known.price !== undefined && weight > 0) {
      priced += weight;
      logPrices += weight * Math.log1p(known.price);
    }
  }
  if (priced > 0) taste.logPrice = logPrices / priced;
  for (const map of [taste.category, taste.brand, taste.word]) {
    for (const [key, weight] of map) map.set(key, weight / taste.evidence);
  }
  return taste;
}

function add(map: Map<string, number>, key: string, weight: number): void {
  map.set(key, (map.get(key) ?? 0) + weight);
}

const words = new WeakMap<Product, string[]>();

/** The distinct words of a title, lower-case; kept with the product, for it is asked at every request. */
export function wordsOf(product: Product): string[] {
  let found = words.get(product);
  if (!found) {
    found = [...new Set(product.title.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])];
    words.set(product, found);
  }
  return found;
}
