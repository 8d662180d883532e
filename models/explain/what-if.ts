import type { Product, ShopEvent } from '../../schemas/topics/events.ts';
import type { Aggregated, Fact } from '../features/aggregates/declarations.ts';
import { AGGREGATES, RATES } from '../features/aggregates/defaults.ts';
import { rounded, scaled } from '../features/blocks.ts';
import { applyToUser, changeOf, type LiveUser, noUser } from '../features/states.ts';
import { tasteOf } from '../features/taste.ts';
import { askerOf, FEATURE_NAMES, FEATURES, featureVector } from '../features/vector.ts';

/** A list as it was asked for. */
export interface Asked {
  at_ms: number;
  user: string;
  session: string;
  query?: string | undefined;
}

/** Who asked, as far as lists of today's features can be made again. */
export interface Known {
  asked: Asked;
  /** The user's events that had been read, in the order in which they were. */
  events: readonly ShopEvent[];
  product(item: string): Product | undefined;
}

const placeOf = (name: string): number => FEATURE_NAMES.indexOf(name);
const LOG_PRICE = placeOf('item.log_price');
const PRICE_GAP = placeOf('pair.price_gap');
const OF_ITEM = AGGREGATES.filter(({ of, aggregate }) => of === 'item' && aggregate.kind !== 'sequence');
const ITEM_RATES = RATES.filter(({ of }) => of === 'item');

/**
 * An item's logged features, [F], had `times` more people done this to it at the moment of the list. What is counted
 * stands in the vector as ln(1 + x), so it can be counted on; the share of the most frequent users, which can't, stays.
 */
export function afterMore(vector: Float32Array, fact: Pick<Fact, 'type' | 'value'>, times: number): Float32Array {
  const changed = vector.slice();
  for (const aggregated of OF_ITEM) {
    if (!matches(aggregated, fact)) continue;
    const place = placeOf(aggregated.name);
    changed[place] = scaled(countedOn(aggregated, Math.expm1(vector[place]!), fact.value, times));
  }
  for (const { name, successes, trials, prior } of ITEM_RATES) {
    const before = rateOf(vector, successes, trials, prior);
    const after = rateOf(changed, successes, trials, prior);
    // The difference, so that what the logarithm's rounding took from both stays out of it.
    if (after !== before) changed[placeOf(name)] = rounded(vector[placeOf(name)]! + after - before);
  }
  return changed;
}

function matches({ events, where, aggregate }: Aggregated, { type, value }: Pick<Fact, 'type' | 'value'>): boolean {
  if (!events.includes(type) || aggregate.kind === 'top') return false;
  const { atLeast = -Infinity, below = Infinity } = where?.value ?? {};
  return where?.value === undefined || (value >= atLeast && value < below);
}

function countedOn({ aggregate }: Aggregated, before: number, value: number, times: number): number {
  switch (aggregate.kind) {
    case 'halfLife':
    case 'window':
      return before + times * (aggregate.weight === 'value' ? (Number.isNaN(value) ? 0 : value) : 1);
    case 'distinct':
      return Math.max(before, Math.min(aggregate.most, before + times));
    case 'last':
      return Number.isNaN(value) ? before : value;
    case 'since':
      return 0;
    case 'top':
    case 'sequence':
      return before;
  }
}

function rateOf(
  vector: Float32Array,
  successes: Readonly<Record<string, number>>,
  trials: Readonly<Record<string, number>>,
  prior: { trials: number; rate: number },
): number {
  const sum = (terms: Readonly<Record<string, number>>) =>
    Math.max(
      0,
      Object.entries(terms).reduce((all, [name, factor]) => all + factor * Math.expm1(vector[placeOf(name)]!), 0),
    );
  return (sum(successes) + prior.trials * prior.rate) / (sum(trials) + prior.trials);
}

/** An item's logged features, [F], at so many times its price. @returns undefined where the price was not known */
export function atPrice(vector: Float32Array, factor: number, taste: number | undefined): Float32Array | undefined {
  const price = Math.expm1(vector[LOG_PRICE]!);
  if (!(price > 0)) return undefined;
  const changed = vector.slice();
  changed[LOG_PRICE] = rounded(Math.log1p(factor * price));
  if (taste !== undefined) changed[PRICE_GAP] = rounded(Math.abs(Math.log1p(factor * price) - taste));
  return changed;
}

/** The mean of ln(1 + price) of what the user looks at; undefined where that is not known. */
export function priceTaste({ events, product }: Known): number | undefined {
  return tasteOf(userAfter(events), product).logPrice;
}

/** The state of a user to whom this has happened. */
export function userAfter(events: readonly ShopEvent[]): LiveUser {
  const user = noUser();
  for (const event of events) applyToUser(user, changeOf(event));
  return user;
}

/** What an item's own events say of a user, or a search of what he typed. */
const OF_BOTH = /^pair\.(query_|followed_|shared)/;
/** Places whose values follow from the user's events and the products alone. */
const OF_USER = [...FEATURES.entries()].flatMap(([place, { name, of }]) =>
  of === 'item' || OF_BOTH.test(name) ? [] : [place],
);
/** Between what was logged and what is made again: the logarithms of times and counts are rounded to 5 decimals. */
const ROUNDING = 1e-4;

/** Features of items, [items, F], as logged, but for what follows from what the user did: that is made of these events. */
export function madeAgain(
  { asked, product }: Known,
  events: readonly ShopEvent[],
  items: readonly string[],
  logged: readonly Float32Array[],
): Float32Array[] {
  const user = userAfter(events);
  const asker = askerOf(asked, user, tasteOf(user, product), product);
  return items.map((item, n) => {
    const made = featureVector(asker, { item, state: undefined, product: product(item) });
    const whole = logged[n]!.slice();
    for (const place of OF_USER) whole[place] = made[place]!;
    return whole;
  });
}

/** Whether these events and products give what was logged: nothing may be said of others. */
export function isKnown(known: Known, items: readonly string[], logged: readonly Float32Array[]): boolean {
  const again = madeAgain(known, known.events, items, logged);
  return again.every((row, n) => OF_USER.every(place => Math.abs(row[place]! - logged[n]![place]!) <= ROUNDING));
}

/**
 * The events without the newest that the user did with items, back until `items` different ones are gone.
 *
 * @returns undefined where he touched no more than as many
 */
export function withoutLast(events: readonly ShopEvent[], items: number): ShopEvent[] | undefined {
  const deeds = events
    .filter(event => 'item' in event && event.type !== 'impression')
    .sort((a, b) => b.at_ms - a.at_ms || Number(b.id > a.id) - Number(b.id < a.id));
  const [gone, names] = [new Set<ShopEvent>(), new Set<string>()];
  for (const event of deeds) {
    const { item } = event as ShopEvent & { item: string };
    if (names.size === items && !names.has(item)) return events.filter(each => !gone.has(each));
    names.add(item);
    gone.add(event);
  }
  return names.size === items ? events.filter(each => !gone.has(each)) : undefined;
}
