import { AGGREGATES, RATES } from '../../../../models/features/aggregates/defaults.ts';
import { RECENT } from '../../../../models/features/recent.ts';
import { RECENCY, WEIGHT } from '../../../../models/features/taste.ts';
import { hash53 } from '../../../../models/hash.ts';
import type { Product, ShopEvent } from '../../../../schemas/topics/events.ts';
import { byNewest, naive } from '../aggregates/naive.ts';
import { DAY_MS } from '../events.ts';

/** Who asks for what, and when. */
export interface Asked {
  at_ms: number;
  user: string;
  item: string;
  session: string;
  query: string;
}

/** Events that count, each once: the user's own, and those with the item. */
export interface Counted {
  ofUser: readonly ShopEvent[];
  ofItem: readonly ShopEvent[];
}

type Values = Record<string, number>;
/** An event with whatever fields some types have. */
type Row = ShopEvent & { item: string; query?: string; to?: string };

/**
 * The vector's definition, as it would be written down: by plain loops over all events, with nothing that is kept from
 * one event to the next. By the names of the features, without those that a query finds.
 *
 * @param productOf with its price in the shop's currency
 */
export function naiveVector(
  { ofUser, ofItem }: Counted,
  productOf: (item: string) => Product | undefined,
  asked: Asked,
): Values {
  const product = productOf(asked.item);
  return {
    ...ofEntity('user', ofUser, asked.at_ms),
    ...ofEntity('item', ofItem, asked.at_ms - (asked.at_ms % 1_000)), // as of the whole second
    'item.log_price': Math.log(1 + (product?.price ?? 0)),
    'item.known': product === undefined ? 0 : 1,
    ...recent(newestOnItems(ofUser), productOf, asked),
    ...taste(newestOnItems(ofUser), productOf, product, asked.item),
    ...ofPair(ofItem as Row[], followedBy(ofUser), product, asked),
  };
}

function ofEntity(entity: 'user' | 'item', events: readonly ShopEvent[], now_ms: number): Values {
  const values: Values = {};
  for (const each of AGGREGATES) if (each.of === entity) values[each.name] = naive(each, events, now_ms);
  const sum = (terms: Readonly<Values>) =>
    Object.entries(terms).reduce((all, [name, factor]) => all + factor * values[name]!, 0);
  const vector: Values = {};
  for (const { name, of, aggregate } of AGGREGATES) {
    if (of !== entity || aggregate.kind === 'sequence') continue;
    vector[name] = aggregate.kind === 'top' ? values[name]! : Math.log(1 + values[name]!);
  }
  for (const { name, of, successes, trials, prior } of RATES) {
    if (of === entity) vector[name] = (sum(successes) + prior.trials * prior.rate) / (sum(trials) + prior.trials);
  }
  return vector;
}

/** The user's newest 24 events on items, newest first, at one moment by the hashes of their ids; an impression is the shop's deed. */
function newestOnItems(events: readonly ShopEvent[]): Row[] {
  const own = events.filter(event => 'item' in event && event.type !== 'impression') as Row[];
  return own.sort((a, b) => b.at_ms - a.at_ms || hash53(b.id) - hash53(a.id)).slice(0, 24);
}

function recent(
  newest: readonly Row[],
  productOf: (item: string) => Product | undefined,
  { item, session, at_ms }: Asked,
): Values {
  const values: Values = {};
  for (const each of RECENT) {
    const alike = newest.filter(event => {
      if (each.same === undefined) return true;
      if (each.same === 'item') return event.item === item;
      const wanted = productOf(item)?.[each.same];
      return wanted !== undefined && productOf(event.item)?.[each.same] === wanted;
    });
    const within = each.inSession ? alike.filter(event => event.session === session) : alike;
    values[each.name] = Math.log(1 + naive(each, within, at_ms));
  }
  return values;
}

function taste(
  newest: readonly Row[],
  productOf: (item: string) => Product | undefined,
  product: Product | undefined,
  item: string,
): Values {
  const told = newest.map((event, k) => {
    return { item: event.item, product: productOf(event.item), weight: (WEIGHT[event.type] ?? 0) * RECENCY ** k };
  });
  const weightOf = (some: typeof told) => some.reduce((sum, { weight }) => sum + weight, 0);
  const evidence = told.reduce((sum, { weight }) => sum + Math.abs(weight), 0);
  const share = (some: typeof told) => (evidence === 0 ? 0 : weightOf(some) / evidence);
  const titled = wordsOf(product);
  const words = titled.map(word => share(told.filter(({ product }) => wordsOf(product).includes(word))));
  const priced = told.filter(({ product, weight }) => product?.price !== undefined && weight > 0);
  const logPrices = priced.reduce((sum, { product, weight }) => sum + weight * Math.log(1 + product!.price!), 0);
  const knowsGap = product?.price !== undefined && priced.length > 0;
  return {
    'user.evidence': Math.log(1 + evidence),
    'pair.category': product ? share(told.filter(each => each.product?.category === product.category)) : 0,
    'pair.brand': product?.brand ? share(told.filter(each => each.product?.brand === product.brand)) : 0,
    'pair.seen': weightOf(told.filter(each => each.item === item)),
    'pair.words': words.length === 0 ? 0 : words.reduce((sum, word) => sum + word, 0) / words.length,
    'pair.price_gap': knowsGap ? Math.abs(Math.log(1 + product.price!) - logPrices / weightOf(priced)) : 0,
  };
}

/** Runs of letters and digits, lower-case, each once. */
function wordsOf(product: Product | undefined): string[] {
  const words = (product?.title ?? '').toLowerCase().split(/[^\p{L}\p{N}]+/u);
  return [...new Set(words)].filter(word => word !== '');
}

/** Something that an event names, and when. */
interface Named {
  at_ms: number;
  key: string;
}

/**
 * Of the newest 16 follows those that are newer than the last unfollow of the same one among the newest 16 unfollows, and,
 * where these are so many, than the oldest of them.
 */
function followedBy(events: readonly ShopEvent[]): Set<string> {
  const newest = (wanted: 'follow' | 'unfollow') =>
    newestOf(16, events, event => {
      if (event.type !== wanted) return undefined;
      return event.whom === 'brand' ? `brand/${event.value}` : event.value;
    });
  const unfollows = newest('unfollow');
  const followed = newest('follow').filter(({ at_ms, key }) => {
    if (unfollows.length === 16 && at_ms <= unfollows[15]!.at_ms) return false;
    return !unfollows.some(left => left.key === key && left.at_ms >= at_ms);
  });
  return new Set(followed.map(({ key }) => key));
}

function ofPair(
  events: readonly Row[],
  followed: ReadonlySet<string>,
  product: Product | undefined,
  { user, query, at_ms }: Asked,
): Values {
  const faded = (some: readonly Named[]) =>
    some.reduce((sum, each) => sum + 2 ** (-Math.max(0, at_ms - each.at_ms) / (7 * DAY_MS)), 0);
  const takers = (type: string) => newestOf(16, events, event => (event.type === type ? event.user : undefined));
  /** Each of those who are followed by his newest. */
  const ofFollowed = (some: readonly Named[]) => {
    return some.filter(({ key }, n) => followed.has(key) && some.findIndex(each => each.key === key) === n);
  };
  const asked = query === '' ? undefined : plain(query);
  const searched = newestOf(16, events, ({ type, query }) => (type === 'click' && query ? plain(query) : undefined));
  const shared = newestOf(8, events, ({ type, to }) => (type === 'share' ? to : undefined));
  return {
    'pair.query_clicks': Math.log(1 + faded(searched.filter(({ key }) => key === asked))),
    'pair.followed_clicks': Math.log(1 + faded(ofFollowed(takers('click')))),
    'pair.followed_purchases': Math.log(1 + faded(ofFollowed(takers('purchase')))),
    'pair.shared': Math.log(1 + faded(shared.filter(({ key }) => key === user))),
    'pair.follows_brand': product?.brand !== undefined && followed.has(`brand/${product.brand}`) ? 1 : 0,
  };
}

/** What is the same query: case and spaces do not count. */
function plain(query: string): string {
  return query.trim().toLowerCase().split(/\s+/).join(' ');
}

/** The newest of those events that name something. */
function newestOf<E extends ShopEvent>(
  last: number,
  events: readonly E[],
  keyOf: (event: E) => string | undefined,
): Named[] {
  const named = events.flatMap(event => {
    const key = keyOf(event);
    return key === undefined ? [] : [{ key, at_ms: event.at_ms }];
  });
  return named.sort(byNewest).slice(0, last);
}
