import { LIMITS } from '../../../schemas/limits.ts';
import { brandTarget } from '../../../schemas/topics/events.ts';
import { aggregationOf } from '../aggregates/aggregations.ts';
import type { Aggregated, Entity, Where } from '../aggregates/declarations.ts';
import { AGGREGATES, RATES, type Rate } from '../aggregates/defaults.ts';
import { FOLLOWED_HALF_LIFE_MS } from '../following.ts';
import { RECENT, type RecentFeature } from '../recent.ts';
import { RECENCY, WEIGHT } from '../taste.ts';
import { QUERY_CLICK_HALF_LIFE_MS } from '../vector.ts';

/**
 * Features as expressions over rows that rebuild.ts brings together: events of one key with `as_of`, the asker's newest
 * events with what is asked for, or products. By the names of the features.
 */
export type Columns = Readonly<Record<string, string>>;

/** What the vector holds of an entity alone, over its events. */
export function columnsOf(entity: Entity): Columns {
  const values = valuesSql(entity);
  const aggregates = AGGREGATES.filter(({ of, aggregate }) => of === entity && aggregate.kind !== 'sequence');
  return {
    ...Object.fromEntries(aggregates.map(each => [each.name, scaled(each, values[each.name]!)])),
    ...Object.fromEntries(RATES.filter(({ of }) => of === entity).map(({ name }) => [name, values[name]!])),
  };
}

/** Values before they are scaled for the vector. */
export function valuesSql(entity: Entity): Columns {
  const aggregates = AGGREGATES.filter(({ of, aggregate }) => of === entity && aggregate.kind !== 'sequence');
  const values = Object.fromEntries(aggregates.map(each => [each.name, valueSql(each)]));
  const rates = RATES.filter(({ of }) => of === entity);
  return { ...values, ...Object.fromEntries(rates.map(rate => [rate.name, rateSql(rate, values)])) };
}

/** The names of features whose values depend on the order of events that are of one moment: an array, over an entity's events. */
export function tiesOf(entity: Entity): string {
  const tied = AGGREGATES.filter(({ of }) => of === entity).flatMap(each => {
    const sql = aggregationOf(each.aggregate).tied?.(each.aggregate, matchOf(each));
    const seen = (SEEN_IN[each.name] ?? [each.name]).map(name => `'${name}'`).join(', ');
    return sql === undefined ? [] : [`if(${sql}, [${seen}], [])`];
  });
  return tied.length === 0 ? '[]' : `arrayConcat(${tied.join(', ')})`;
}

/** The features of the vector that look into it, where it is not itself alone. */
const SEEN_IN: Readonly<Record<string, readonly string[]>> = {
  'item.queries': ['pair.query_clicks'],
  'item.top_users': ['item.top_users', 'pair.followed_clicks'],
  'item.buyers': ['pair.followed_purchases'],
  'item.receivers': ['pair.shared'],
  'user.follows': ['pair.followed_clicks', 'pair.followed_purchases', 'pair.follows_brand'],
  'user.unfollows': ['pair.followed_clicks', 'pair.followed_purchases', 'pair.follows_brand'],
};

function matchOf({ events, where }: Aggregated): string {
  return [typeIn(events), ...(where ? [whereSql(where)] : [])].join(' AND ');
}

function valueSql(each: Aggregated): string {
  const { aggregate, default: otherwise } = each;
  const match = matchOf(each);
  return `ifNull(${aggregationOf(aggregate).sql(aggregate, match, 'max(at_ms)')}, ${otherwise})`;
}

function scaled({ aggregate }: Aggregated, value: string): string {
  return aggregate.kind === 'top' ? value : `log(1 + ${value})`;
}

function rateSql({ successes, trials, prior }: Rate, values: Columns): string {
  const sum = (terms: Rate['trials']) =>
    `greatest(0, ${Object.entries(terms)
      .map(([name, factor]) => (factor === 1 ? values[name] : `${factor} * ${values[name]}`))
      .join(' + ')})`;
  return `(${sum(successes)} + ${prior.trials * prior.rate}) / (${sum(trials)} + ${prior.trials})`;
}

function typeIn(events: readonly string[]): string {
  return `type IN (${events.map(type => `'${type}'`).join(', ')})`;
}

function whereSql(where: Where): string {
  const bounds = Object.entries(where).flatMap(([field, { atLeast, below }]) => [
    ...(atLeast === undefined ? [] : [`${field} >= ${atLeast}`]),
    ...(below === undefined ? [] : [`${field} < ${below}`]),
  ]);
  return `ifNull(${bounds.join(' AND ')}, 0)`;
}

/** The order in which a user's events came: what was imported, by its time, before what came by itself. */
const CAME = "topic = 'shop.events', if(topic = 'shop.events', 0, at_ms), topic, offset";

/**
 * Over a user's events in the order in which they came: the dates of the newest before each, which is `isTooFast` then. As a
 * state, which is copied for each row: what gives its result in place is a heap no more, and takes the next ones wrongly.
 */
export const NEWEST_BEFORE = `finalizeAggregation(groupArraySortedIfState(${LIMITS.recent_events_per_user})(-at_ms, item != '' AND type != 'impression')
      OVER (PARTITION BY user ORDER BY ${CAME} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))`;
export const TOO_FAST_SQL = `length(newest_before) = ${LIMITS.recent_events_per_user}
      AND -newest_before[${LIMITS.recent_events_per_user}] > at_ms - ${LIMITS.pace_ms}`;
/**
 * What suspects tell apart from all others, without their dates: the latest date of what came so long before an event. Of 24
 * deeds before it the first came at least 24 rows before it, also where there are copies among them.
 */
export const FAR_BEFORE = `max(at_ms) OVER (PARTITION BY user ORDER BY ${CAME}
      ROWS BETWEEN UNBOUNDED PRECEDING AND ${LIMITS.recent_events_per_user} PRECEDING)`;
export const SUSPECT_SQL = `far_before > at_ms - ${LIMITS.pace_ms}`;

/** Over an item's events: those that came from a search for what is asked for. */
export const QUERY_CLICKS = `log(1 + arraySum(each -> if(each.2 = asked_query, exp2(least(0, each.1 - asked_ms) / ${QUERY_CLICK_HALF_LIFE_MS}), 0.),
    arraySlice(arrayReverseSort(groupArrayIf((at_ms, query), type = 'click' AND query != '')), 1, 16)))`;

const newest = (last: number, key: string, match: string) =>
  `arraySlice(arrayReverseSort(groupArrayIf((at_ms, ${key}), ${match})), 1, ${last})`;

/** Over a user's events: whom he follows, as `followedBy` says. */
export const FOLLOWED = `arrayMap((follows, unfollows) -> arrayDistinct(arrayMap(each -> each.2,
    arrayFilter(each -> NOT arrayExists(left -> left.2 = each.2 AND left.1 >= each.1, unfollows)
      AND (length(unfollows) < 16 OR each.1 > unfollows[16].1), follows))),
    [${newest(16, 'target', "type = 'follow' AND target != ''")}],
    [${newest(16, 'target', "type = 'unfollow' AND target != ''")}])[1]`;

const faded = (at_ms: string) => `exp2(least(0, ${at_ms} - asked_ms) / ${FOLLOWED_HALF_LIFE_MS})`;

/** People whom the asker follows among the newest who did something with an item, each by his newest. */
function followedAmong(match: string): string {
  const last = `arrayMax(arrayMap(each -> if(each.2 = person, each.1, 0), newest))`;
  const people = 'arrayIntersect(arrayMap(each -> each.2, newest), followed)';
  return `log(1 + arrayMap(newest -> arraySum(person -> ${faded(last)}, ${people}), [${newest(16, 'user', match)}])[1])`;
}

/** Over an item's events, with the asker and whom he follows. */
export const FOLLOWED_COLUMNS: Columns = {
  'pair.followed_clicks': followedAmong("type = 'click'"),
  'pair.followed_purchases': followedAmong("type = 'purchase'"),
  'pair.shared': `log(1 + arraySum(each -> if(each.2 = asker, ${faded('each.1')}, 0.), ${newest(8, 'target', "type = 'share' AND target != ''")}))`,
};

/** The words of a title, each once. */
export const wordsSql = (title: string) => `arrayDistinct(extractAll(lowerUTF8(${title}), '[\\\\p{L}\\\\p{N}]+'))`;

const TYPES = Object.keys(WEIGHT).map(type => `'${type}'`);

/** How much one of the user's newest events says of taste, `place` being 0 for the newest. */
export const WEIGHT_SQL = `transform(toString(type), [${TYPES.join(', ')}], [${Object.values(WEIGHT).join(', ')}], 0) * pow(${RECENCY}, place)`;

/** Over the user's newest events on items, each with its product. */
export const RECENT_COLUMNS: Columns = Object.fromEntries(
  RECENT.map(each => [each.name, `log(1 + ${recentSql(each)})`]),
);
export const RECENT_EVENTS: number = LIMITS.recent_events_per_user;

function recentSql({ events, same, inSession, aggregate, default: otherwise }: RecentFeature): string {
  const shared = sharedSql(same);
  const match = [typeIn(events), ...(inSession ? ['session = asked_session'] : []), ...(shared ? [shared] : [])];
  const newest = shared ? `maxIf(at_ms, ${shared})` : 'max(at_ms)';
  return `ifNull(${aggregationOf(aggregate).sql(aggregate, match.join(' AND '), newest)}, ${otherwise})`;
}

/** Whose events belong to one key: those that have the same attribute as the candidate. */
function sharedSql(same: RecentFeature['same']): string | undefined {
  if (same === undefined) return undefined;
  return same === 'item' ? 'item = candidate' : `${same} != '' AND ${same} = candidate_${same}`;
}

const share = (sum: string) => `ifNull(${sum} / nullIf(sum(abs(weight)), 0), 0)`;
const LOG_PRICES = 'sumIf(weight * log(1 + price), price IS NOT NULL AND weight > 0)';
const PRICED = 'sumIf(weight, price IS NOT NULL AND weight > 0)';
const WORDS = 'greatest(1, length(candidate_words))';

/** Over the same. */
export const TASTE_COLUMNS: Columns = {
  'user.evidence': 'log(1 + sum(abs(weight)))',
  'pair.category': share("sumIf(weight, category != '' AND category = candidate_category)"),
  'pair.brand': share("sumIf(weight, brand != '' AND brand = candidate_brand)"),
  'pair.words': share(`sum(weight * length(arrayIntersect(words, candidate_words))) / ${WORDS}`),
  'pair.price_gap': `ifNull(abs(log(1 + candidate_price) - ${LOG_PRICES} / nullIf(${PRICED}, 0)), 0)`,
  'pair.seen': 'sumIf(weight, item = candidate)',
};

/** Of the candidate's product. */
export const PRODUCT_COLUMNS: Columns = {
  'item.log_price': 'log(1 + ifNull(candidate_price, 0))',
  'item.known': 'toFloat64(candidate_known)',
  'pair.follows_brand': `toFloat64(candidate_brand != '' AND has(followed, concat('${brandTarget('')}', candidate_brand)))`,
};

/** The same as `tiesOf` over the user's newest events, of which `at_once` are of the moment of each. */
export const RECENT_TIES: string = `multiIf(max(at_once) = 1, [], max(if(at_once > 1, place, 0)) < ${RECENT_EVENTS - 1}, ${quoted(TASTE_COLUMNS)},
    ${quoted({ ...TASTE_COLUMNS, ...RECENT_COLUMNS })})`;

function quoted(columns: Columns): string {
  return `[${Object.keys(columns)
    .map(name => `'${name}'`)
    .join(', ')}]`;
}
