import { LIMITS } from '../../schemas/limits.ts';
import { AS_OF, aggregationOf } from './aggregates/aggregations.ts';
import type { Aggregated, Entity, Where } from './aggregates/declarations.ts';
import { AGGREGATES, RATES, type Rate } from './aggregates/defaults.ts';
import { normalisedSql } from './aggregates/facts.ts';
import { RECENT, type RecentFeature } from './recent.ts';
import { RECENCY, WEIGHT } from './taste.ts';
import { FEATURES, QUERY_CLICK_HALF_LIFE_MS } from './vector.ts';

/** Who asks for which candidate, and when: the parameters of the SQL. */
export interface AsOf {
  user: string;
  item: string;
  session: string;
  /** What was typed, normalised; empty where nothing was. */
  query: string;
  as_of: number;
}

/** One row of the vector as it was at a time, from events and catalogue: a column for each of these names. */
export function sqlAsOf(names: readonly string[] = FEATURES.map(({ name }) => name)): string {
  const parts = [
    selected(names, { ...columnsOf('user') }, `FROM (${eventsOf('user')}) AS e`),
    selected(names, { ...columnsOf('item'), 'pair.query_clicks': QUERY_CLICKS }, `FROM (${eventsOf('item')}) AS e`),
    selected(names, { ...RECENT_COLUMNS, ...TASTE_COLUMNS }, `FROM (${RECENT_EVENTS}) AS r`),
    selected(names, PRODUCT_COLUMNS, ''),
  ].filter(part => part !== undefined);
  const columns = names.map(name => `round(\`${name}\`, 5) AS \`${name}\``);
  return `SELECT ${columns.join(',\n  ')}\nFROM ${parts.map((part, n) => `(${part}) AS part${n}`).join('\nCROSS JOIN ')}`;
}

/** The values of an entity's aggregates and rates for many keys: parameters `keys` and `as_of`. */
export function sqlOfKeys(entity: Entity): string {
  const columns = Object.entries(valuesSql(entity)).map(([name, sql]) => `${sql} AS \`${name}\``);
  const events = eventsOf(entity).replace(`${entity} = {${entity}:String}`, `${entity} IN {keys:Array(String)}`);
  return `SELECT ${entity} AS key,\n  ${columns.join(',\n  ')}\nFROM (${events}) AS e GROUP BY key`;
}

type Columns = Readonly<Record<string, string>>;

function selected(names: readonly string[], columns: Columns, from: string): string | undefined {
  const wanted = names.filter(name => name in columns).map(name => `${columns[name]} AS \`${name}\``);
  return wanted.length === 0 ? undefined : `SELECT ${wanted.join(',\n  ')}\n  ${from}`;
}

/** Events of a user or an item until the time, each known once, as the reducers read them. */
function eventsOf(entity: Entity): string {
  const names = `type, user, item, session, position, value, ${normalisedSql('query')} AS query, at_ms, id`;
  const once = `SELECT type, user, item, session, position, value, query, id, toUnixTimestamp64Milli(at) AS at_ms
    FROM events FINAL WHERE ${entity} = {${entity}:String} AND at <= fromUnixTimestamp64Milli(${AS_OF})
    ORDER BY partition, offset LIMIT 1 BY user, id`;
  return `SELECT ${names} FROM (${once})`;
}

/** What the vector holds of an entity alone. */
function columnsOf(entity: Entity): Columns {
  const values = valuesSql(entity);
  const aggregates = AGGREGATES.filter(({ of, aggregate }) => of === entity && aggregate.kind !== 'sequence');
  return {
    ...Object.fromEntries(aggregates.map(each => [each.name, scaled(each, values[each.name]!)])),
    ...Object.fromEntries(RATES.filter(({ of }) => of === entity).map(({ name }) => [name, values[name]!])),
  };
}

/** Values before they are scaled for the vector. */
function valuesSql(entity: Entity): Columns {
  const aggregates = AGGREGATES.filter(({ of, aggregate }) => of === entity && aggregate.kind !== 'sequence');
  const values = Object.fromEntries(aggregates.map(each => [each.name, valueSql(each)]));
  const rates = RATES.filter(({ of }) => of === entity);
  return { ...values, ...Object.fromEntries(rates.map(rate => [rate.name, rateSql(rate, values)])) };
}

function valueSql({ events, where, aggregate, default: otherwise }: Aggregated): string {
  const match = [typeIn(events), ...(where ? [whereSql(where)] : [])].join(' AND ');
  return `ifNull(${aggregationOf(aggregate).sql(aggregate, match)}, ${otherwise})`;
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

const QUERY_CLICKS = `log(1 + arraySum(each -> if(each.2 = {query:String}, exp2((each.1 - ${AS_OF}) / ${QUERY_CLICK_HALF_LIFE_MS}), 0.),
    arraySlice(arrayReverseSort(groupArrayIf((at_ms, query), type = 'click' AND query != '')), 1, 16)))`;

const CATALOGUE = 'SELECT item, category, brand, title, price FROM catalogue FINAL WHERE NOT withdrawn';
const WORDS = (title: string) => `arrayDistinct(extractAll(lowerUTF8(${title}), '[\\\\p{L}\\\\p{N}]+'))`;
const TYPES = Object.keys(WEIGHT).map(type => `'${type}'`);

/** The user's newest events on items, with their products as they are today, and how much each says of taste. */
const RECENT_EVENTS = `SELECT type, at_ms, item, session, category, brand, price, ${WORDS('title')} AS words,
    transform(type, [${TYPES.join(', ')}], [${Object.values(WEIGHT).join(', ')}], 0) * pow(${RECENCY}, place) AS weight
  FROM (SELECT type, at_ms, item, session, row_number() OVER (ORDER BY at_ms DESC, id DESC) - 1 AS place
    FROM (${eventsOf('user')}) WHERE item != '' AND type != 'impression'
    ORDER BY at_ms DESC, id DESC LIMIT ${LIMITS.recent_events_per_user}) AS newest
  LEFT JOIN (${CATALOGUE}) AS c USING item`;

/** A field of the candidate's product. */
const candidate = (field: string) => `(SELECT any(${field}) FROM (${CATALOGUE}) WHERE item = {item:String})`;

const RECENT_COLUMNS: Columns = Object.fromEntries(RECENT.map(each => [each.name, `log(1 + ${recentSql(each)})`]));

function recentSql({ events, same, inSession, aggregate, default: otherwise }: RecentFeature): string {
  const match = [
    typeIn(events),
    ...(inSession ? ['session = {session:String}'] : []),
    ...(same === 'item' ? ['item = {item:String}'] : []),
    ...(same && same !== 'item' ? [`${same} != '' AND ${same} = ${candidate(same)}`] : []),
  ].join(' AND ');
  return `ifNull(${aggregationOf(aggregate).sql(aggregate, match)}, ${otherwise})`;
}

const share = (sum: string) => `ifNull(${sum} / nullIf(sum(abs(weight)), 0), 0)`;
const LOG_PRICES = 'sumIf(weight * log(1 + price), price IS NOT NULL AND weight > 0)';
const PRICED = 'sumIf(weight, price IS NOT NULL AND weight > 0)';
const TARGET_WORDS = WORDS(candidate('title'));

const TASTE_COLUMNS: Columns = {
  'user.evidence': 'log(1 + sum(abs(weight)))',
  'pair.category': share(`sumIf(weight, category != '' AND category = ${candidate('category')})`),
  'pair.brand': share(`sumIf(weight, brand != '' AND brand = ${candidate('brand')})`),
  'pair.words': share(
    `sum(weight * length(arrayIntersect(words, ${TARGET_WORDS}))) / greatest(1, length(${TARGET_WORDS}))`,
  ),
  'pair.price_gap': `ifNull(abs(log(1 + ${candidate('price')}) - ${LOG_PRICES} / nullIf(${PRICED}, 0)), 0)`,
  'pair.seen': 'sumIf(weight, item = {item:String})',
};

const PRODUCT_COLUMNS: Columns = {
  'item.log_price': `log(1 + ifNull(${candidate('price')}, 0))`,
  'item.known': `toFloat64((SELECT count() FROM (${CATALOGUE}) WHERE item = {item:String}) > 0)`,
};
