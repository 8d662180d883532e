import type { EventType } from '../../../schemas/topics/events.ts';
import {
  type Aggregate,
  type Aggregated,
  count,
  type Duration,
  distinct,
  type Entity,
  halfLife,
  last,
  milliseconds,
  sequence,
  since,
  sum,
  top,
} from './declarations.ts';

const CLICKED: readonly EventType[] = ['click', 'view'];
const DISLIKED: readonly EventType[] = ['dismiss', 'return'];

/** What a shop gets without saying anything. To add a feature, add a row: docs/recipes.md. */
export const AGGREGATES: readonly Aggregated[] = [
  ...halfLives('user', 'impressions', ['impression'], ['10m', '1d']),
  ...halfLives('user', 'clicks', CLICKED, ['10m', '1d', '7d']),
  ...halfLives('user', 'carts', ['cart'], ['10m', '1d']),
  ...halfLives('user', 'purchases', ['purchase'], ['10m', '1d', '7d']),
  ...halfLives('user', 'searches', ['search'], ['10m']),
  ...halfLives('user', 'dismissals', DISLIKED, ['1d']),
  row('user.examined.1d', ['impression'], halfLife('1d', 'examination'), 'impressions as far as they were looked at'),
  row('user.impressions.1h', ['impression'], count('1h', '5m'), 'impressions of the last hour'),
  row('user.clicks.1h', CLICKED, count('1h', '5m'), 'clicks and views of the last hour'),
  row('user.orders.7d', ['purchase'], count('7d', '1d'), 'purchases of the last seven days'),
  row('user.spent.7d', ['purchase'], sum('value', '7d', '1d'), 'what was paid in the last seven days'),
  row('user.since_click', CLICKED, since, 'seconds since the last click or view', 2_592_000),
  row('user.since_cart', ['cart'], since, 'seconds since something was put into the cart', 2_592_000),
  row('user.since_purchase', ['purchase'], since, 'seconds since the last purchase', 2_592_000),
  row('user.last_paid', ['purchase'], last, 'what the last purchase cost'),
  row('user.sessions.7d', CLICKED, distinct('session', '7d', 16), 'sessions with clicks in seven days, up to 16'),
  row('user.items.1d', CLICKED, distinct('item', '1d', 16), 'different items that were clicked in a day, up to 16'),
  row('user.top_items', CLICKED, top(3, 'item', 16), 'share of the three most frequent items in the last 16 clicks'),

  // Whom he follows: the newest of both say it, as far as both reach.
  row('user.follows', ['follow'], sequence('target', 16), 'whom he followed last'),
  row('user.unfollows', ['unfollow'], sequence('target', 16), 'whom he follows no more'),

  ...halfLives('item', 'impressions', ['impression'], ['10m', '1d', '7d']),
  ...halfLives('item', 'clicks', ['click'], ['10m', '1d', '7d']),
  ...halfLives('item', 'views', ['view'], ['10m', '1d']),
  ...halfLives('item', 'carts', ['cart'], ['10m', '1d']),
  ...halfLives('item', 'purchases', ['purchase'], ['10m', '1d', '7d']),
  ...halfLives('item', 'dismissals', DISLIKED, ['10m', '1d']),
  ...halfLives('item', 'returns', ['return'], ['7d']),
  ...halfLives('item', 'shares', ['share'], ['7d']),
  ...halfLives('item', 'ratings', ['rating'], ['7d']),
  row('item.stars.7d', ['rating'], halfLife('7d', 'value'), 'stars of all ratings together'),
  row('item.examined.1d', ['impression'], halfLife('1d', 'examination'), 'impressions as far as they were looked at'),
  row('item.examined.7d', ['impression'], halfLife('7d', 'examination'), 'impressions as far as they were looked at'),
  { ...row('item.praise.7d', ['rating'], halfLife('7d'), 'ratings of four or more'), where: { value: { atLeast: 4 } } },
  row('item.impressions.1h', ['impression'], count('1h', '5m'), 'impressions of the last hour'),
  row('item.clicks.1h', ['click'], count('1h', '5m'), 'clicks of the last hour'),
  row('item.revenue.7d', ['purchase'], sum('value', '7d', '1d'), 'what was paid for it in the last seven days'),
  row('item.since_click', ['click'], since, 'seconds since the last click', 2_592_000),
  row('item.since_purchase', ['purchase'], since, 'seconds since the last purchase', 2_592_000),
  row('item.last_paid', ['purchase'], last, 'what was paid for it last'),
  row('item.users.1d', ['click'], distinct('user', '1d', 16), 'different users who clicked it in a day, up to 16'),
  row('item.top_users', ['click'], top(3, 'user', 16), 'share of the three most frequent users in the last 16 clicks'),
  row('item.queries', ['click'], sequence('query', 16), 'the queries of the last 16 clicks that came from a search'),
  row('item.buyers', ['purchase'], sequence('user', 16), 'who bought it last'),
  row('item.receivers', ['share'], sequence('target', 8), 'with whom it was shared last'),
];

/** A share of some events among others, drawn to `rate` as if there had been `trials` before: as sums of aggregates. */
export interface Rate {
  name: string;
  of: Entity;
  describes: string;
  successes: Readonly<Record<string, number>>;
  trials: Readonly<Record<string, number>>;
  prior: { trials: number; rate: number };
}

/**
 * Under the position-based model clicks are expected in proportion to the sum of the examination probabilities, so
 * their quotient is the item's own attraction, wherever it stood (clicks over expected clicks: Zhang and Jones,
 * "Comparing click logs and editorial labels for training query rewriting", 2007). Dividing each click by its
 * probability (inverse propensity) has the same mean and more variance.
 */
const CORRECTED = 'clicks over impressions as far as their positions were looked at';
const CLICK_PRIOR = { trials: 20, rate: 0.05 };
const PURCHASE_PRIOR = { trials: 20, rate: 0.05 };

/** The feature by which the popularity ranker orders. */
export const POPULARITY_FEATURE = 'item.click_rate.1d';

export const RATES: readonly Rate[] = [
  rate('item.click_rate.10m', 'item.clicks.10m', 'item.impressions.10m', CLICK_PRIOR, 'clicks over impressions'),
  rate(POPULARITY_FEATURE, 'item.clicks.1d', 'item.impressions.1d', CLICK_PRIOR, 'clicks over impressions'),
  rate('item.click_rate.7d', 'item.clicks.7d', 'item.impressions.7d', CLICK_PRIOR, 'clicks over impressions'),
  rate('item.corrected_click_rate.1d', 'item.clicks.1d', 'item.examined.1d', CLICK_PRIOR, CORRECTED),
  rate('item.corrected_click_rate.7d', 'item.clicks.7d', 'item.examined.7d', CLICK_PRIOR, CORRECTED),
  rate('item.cart_rate.1d', 'item.carts.1d', 'item.clicks.1d', CLICK_PRIOR, 'carts over clicks'),
  rate('item.dismiss_rate.1d', 'item.dismissals.1d', 'item.impressions.1d', CLICK_PRIOR, 'dismissals over impressions'),
  rate('item.return_rate.7d', 'item.returns.7d', 'item.purchases.7d', PURCHASE_PRIOR, 'returns over purchases'),
  rate('item.rating.7d', 'item.stars.7d', 'item.ratings.7d', { trials: 5, rate: 3.5 }, 'mean of its ratings'),
  rate(
    'item.trend',
    'item.clicks.10m',
    'item.clicks.1d',
    CLICK_PRIOR,
    'clicks of the last minutes over those of a day',
  ),
  delayed('item', ['1d', '10m']),
  delayed('item', ['7d', '1d']),
  rate('user.click_rate.1d', 'user.clicks.1d', 'user.examined.1d', CLICK_PRIOR, CORRECTED),
  rate('user.cart_rate.1d', 'user.carts.1d', 'user.clicks.1d', CLICK_PRIOR, 'carts over clicks'),
  delayed('user', ['7d', '1d']),
];

function row(
  name: string,
  events: readonly EventType[],
  aggregate: Aggregate,
  describes: string,
  otherwise = 0,
): Aggregated {
  return { name, of: name.startsWith('user.') ? 'user' : 'item', describes, events, aggregate, default: otherwise };
}

function halfLives(
  entity: Entity,
  what: string,
  events: readonly EventType[],
  durations: readonly Duration[],
): Aggregated[] {
  return durations.map(duration =>
    row(`${entity}.${what}.${duration}`, events, halfLife(duration), `${what}, halving every ${duration}`),
  );
}

function rate(name: string, successes: string, trials: string, prior: Rate['prior'], describes: string): Rate {
  const of = name.startsWith('user.') ? 'user' : 'item';
  return { name, of, describes, successes: { [successes]: 1 }, trials: { [trials]: 1 }, prior };
}

/**
 * Purchases over clicks that had time to become one. A buyer's delay is exponential (Chapelle, "Modeling delayed
 * feedback in display advertising", KDD 2014), here with a half-life d. A purchase counts 2^(-age / h), so a click of
 * age e is expected to have brought, for each unit of its rate, the convolution of both: h / (h - d) times
 * (2^(-e / h) - 2^(-e / d)). Summed over clicks that is a difference of two half-life counts; a click of just now
 * counts nothing, and no window has to pass.
 */
function delayed(of: Entity, [h, d]: readonly [Duration, Duration]): Rate {
  const share = milliseconds(h) / (milliseconds(h) - milliseconds(d));
  return {
    name: `${of}.purchase_rate.${h}`,
    of,
    describes: `purchases over clicks, halving every ${h}; clicks count as far as buyers, of whom half take ${d}, had time`,
    successes: { [`${of}.purchases.${h}`]: 1 },
    trials: { [`${of}.clicks.${h}`]: share, [`${of}.clicks.${d}`]: -share },
    prior: PURCHASE_PRIOR,
  };
}
