import type { EventType, Product } from '../../schemas/topics/events.ts';
import type { RecentEvent } from '../../schemas/topics/features.ts';
import { hash32 } from '../hash.ts';
import { aggregationOf } from './aggregates/aggregations.ts';
import { type Aggregate, count, distinct, type Fact, halfLife, since } from './aggregates/declarations.ts';

/** A second key beside the user: what an event's product has in common with the candidate. */
export type Attribute = 'category' | 'brand' | 'item';

/**
 * A feature of a user and of something of the candidate, over the user's newest events: the same aggregations, over
 * those events that share the attribute. Categories and brands are known where the products are, in the scorer; and
 * the newest n events are the same whatever the order in which they came.
 */
export interface RecentFeature {
  name: string;
  describes: string;
  events: readonly EventType[];
  /** Absent: the same for every candidate. */
  same?: Attribute;
  /** Only what the user did in the request's session. */
  inSession?: boolean;
  aggregate: Aggregate;
  default: number;
}

const CLICKED: readonly EventType[] = ['click', 'view'];
const ANY: readonly EventType[] = ['click', 'view', 'cart', 'purchase', 'dismiss', 'return', 'rating', 'share'];
const DAY = count('1d', '1h');
const NEVER_S = 2_592_000;

/** To add one, add a row. */
export const RECENT: readonly RecentFeature[] = [
  row('pair.category_clicks.10m', CLICKED, halfLife('10m'), 'clicks on its category', { same: 'category' }),
  row('pair.category_clicks.1d', CLICKED, halfLife('1d'), 'clicks on its category', { same: 'category' }),
  row('pair.category_carts.1d', ['cart'], halfLife('1d'), 'carts of its category', { same: 'category' }),
  row('pair.category_purchases.7d', ['purchase'], halfLife('7d'), 'purchases of its category', { same: 'category' }),
  row('pair.category_dismissals.7d', ['dismiss', 'return'], halfLife('7d'), 'dismissals in it', { same: 'category' }),
  row('pair.since_category', ANY, since, 'seconds since its category was touched', { same: 'category' }, NEVER_S),
  row('pair.brand_clicks.1d', CLICKED, halfLife('1d'), 'clicks on its brand', { same: 'brand' }),
  row('pair.brand_purchases.7d', ['purchase'], halfLife('7d'), 'purchases of its brand', { same: 'brand' }),
  row('pair.item_clicks.1d', CLICKED, halfLife('1d'), 'clicks on the item itself', { same: 'item' }),
  row('pair.since_item', ANY, since, 'seconds since the item itself was touched', { same: 'item' }, NEVER_S),
  row('session.clicks', CLICKED, DAY, 'clicks of the session', { inSession: true }),
  row('session.carts', ['cart'], DAY, 'carts of the session', { inSession: true }),
  row('session.items', ANY, distinct('item', '1d', 16), 'different items of the session', { inSession: true }),
  row('session.since', ANY, since, 'seconds since the last event of the session', { inSession: true }, NEVER_S),
  row('session.category_clicks', CLICKED, DAY, 'clicks of the session on its category', {
    same: 'category',
    inSession: true,
  }),
];

/** What is the same for every candidate, and what is by attribute and key; each in the order of RECENT. */
export interface RecentValues {
  own: Float64Array;
  by: Readonly<Record<Attribute, ReadonlyMap<string, Float64Array>>>;
}

const OWN = RECENT.filter(({ same }) => same === undefined);
const BY: Readonly<Record<Attribute, readonly RecentFeature[]>> = {
  category: RECENT.filter(({ same }) => same === 'category'),
  brand: RECENT.filter(({ same }) => same === 'brand'),
  item: RECENT.filter(({ same }) => same === 'item'),
};

/** Features in the order of their values: those by an attribute, or those of the user alone. */
export function featuresBy(attribute: Attribute | 'own'): readonly RecentFeature[] {
  return attribute === 'own' ? OWN : BY[attribute];
}

/** Worked out once for a request. */
export function recentValues(
  recent: RecentEvent[],
  product: (item: string) => Product | undefined,
  session: string,
  now_ms: number,
): RecentValues {
  const facts = recent.map(event => ({ event, product: product(event.item), fact: factOf(event) }));
  const within = hash32(session);
  const read = (features: readonly RecentFeature[], facts: readonly Fact[]) => {
    const values = new Float64Array(features.length);
    for (let f = 0; f < values.length; f++) values[f] = valueAmong(features[f]!, facts, within, now_ms);
    return values;
  };
  const by = (attribute: Attribute) => {
    const groups = new Map<string, Fact[]>();
    for (const { event, product, fact } of facts) {
      const key = attribute === 'item' ? event.item : product?.[attribute];
      if (key === undefined) continue;
      const group = groups.get(key);
      if (group) group.push(fact);
      else groups.set(key, [fact]);
    }
    const values = new Map<string, Float64Array>();
    for (const [key, facts] of groups) values.set(key, read(BY[attribute], facts));
    return values;
  };
  const own = read(
    OWN,
    facts.map(({ fact }) => fact),
  );
  return { own, by: { category: by('category'), brand: by('brand'), item: by('item') } };
}

const cells = new Float64Array(Math.max(...RECENT.map(({ aggregate }) => aggregationOf(aggregate).cells(aggregate))));
const value = new Float64Array(1);

/** @param facts newest first */
function valueAmong(
  { events, inSession, aggregate, default: otherwise }: RecentFeature,
  facts: readonly Fact[],
  session: number,
  now_ms: number,
): number {
  const aggregation = aggregationOf(aggregate);
  const newest_ms = facts[0]?.at_ms ?? 0;
  let counted = 0;
  for (const fact of facts) {
    if (!events.includes(fact.type) || (inSession && fact.session !== session)) continue;
    if (counted++ === 0) cells.fill(0, 0, aggregation.cells(aggregate));
    aggregation.add(cells, 0, aggregate, fact, newest_ms);
  }
  if (counted === 0) return otherwise;
  aggregation.read(cells, { of: aggregate, at: 0, many: 1 }, newest_ms, now_ms, value, 0);
  return Number.isNaN(value[0]!) ? otherwise : value[0]!;
}

function factOf({ type, at_ms, item, session }: RecentEvent): Fact {
  const [position, value] = [Number.NaN, Number.NaN];
  return { type, at_ms, user: 0, item: hash32(item), session: session ?? 0, query: 0, target: 0, position, value };
}

function row(
  name: string,
  events: readonly EventType[],
  aggregate: Aggregate,
  describes: string,
  which: Pick<RecentFeature, 'same' | 'inSession'>,
  otherwise = 0,
): RecentFeature {
  return { name, describes, events, aggregate, default: otherwise, ...which };
}
