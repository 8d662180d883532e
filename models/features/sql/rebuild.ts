import type { Currencies } from '../../../schemas/policies/currencies.ts';
import { priceSql } from '../../prices.ts';
import type { Entity } from '../aggregates/declarations.ts';
import { normalisedSql } from '../aggregates/facts.ts';
import { FEATURE_NAMES, REBUILT_NAMES } from '../vector.ts';
import {
  type Columns,
  columnsOf,
  FAR_BEFORE,
  FOLLOWED,
  FOLLOWED_COLUMNS,
  NEWEST_BEFORE,
  PRODUCT_COLUMNS,
  QUERY_CLICKS,
  RECENT_COLUMNS,
  RECENT_EVENTS,
  RECENT_TIES,
  SUSPECT_SQL,
  TASTE_COLUMNS,
  TOO_FAST_SQL,
  tiesOf,
  valuesSql,
  WEIGHT_SQL,
  wordsSql,
} from './columns.ts';

/** Who asks for which candidate, and when: the parameters of the SQL. */
export interface AsOf {
  user: string;
  item: string;
  session: string;
  /** What was typed, normalised; empty where nothing was. */
  query: string;
  as_of: number;
}

/** Which events and products were known: conditions on rows that have what is asked for beside them. */
interface Known {
  /** A product's price in the shop's currency; see `priceSql`. */
  price: string;
  /** Columns of `pairs` that these conditions read. */
  columns: readonly string[];
  /** Of rows of events alone; empty where all count. */
  events: string;
  user: string;
  item: string;
  /** Whether what is known of a product is not what the catalogue has today. */
  changed: string;
}

/** All that had happened. */
const UNTIL: Known = {
  price: 'price',
  columns: [],
  events: '',
  user: 'at_ms <= asked_ms',
  item: 'at_ms <= asked_ms',
  changed: '0',
};

/** Imports that are part of what serves: the last rebuild of all sums by `until_ms` has taken them in. */
export const SERVED_IMPORTS = `(SELECT arrayJoin(argMax(imports, at)) FROM rebuilds FINAL
    WHERE at <= fromUnixTimestamp64Milli({until_ms:Int64}))`;

/** All that had been applied: what came below an offset of each partition, which the list tells, and what was taken in. */
const APPLIED: Known = {
  price: 'price',
  columns: ['user_partition', 'user_next', 'item_next', 'catalogue_next'],
  events: ` AND (topic = 'shop.events' OR topic IN ${SERVED_IMPORTS})`,
  user: "(topic != 'shop.events' OR partition = user_partition AND offset < user_next)",
  item: "(topic != 'shop.events' OR offset < item_next[partition + 1])",
  changed:
    "product != '' AND (product_topic != 'shop.catalogue' OR product_offset >= catalogue_next[product_partition + 1])",
};

const MEMORY_BYTES = { inAll: 4 * 1024 ** 3, spills: 256 * 1024 ** 2 };

/**
 * For who stands behind all that somebody waits for: one thread, to which the system prefers others where ClickHouse may
 * ask it to (CAP_SYS_NICE), sorting and grouping on ClickHouse's disk beyond some memory, and an end before so much is
 * taken that those who serve would lack it.
 */
export const BEHIND: string = `SETTINGS max_threads = 1, priority = 10, os_thread_priority = 19,
  max_memory_usage = ${MEMORY_BYTES.inAll}, max_bytes_before_external_sort = ${MEMORY_BYTES.spills},
  max_bytes_before_external_group_by = ${MEMORY_BYTES.spills}`;

/**
 * One row of the vector as it was at a time, from events and catalogue: a column for each of these names.
 *
 * @param currencies those of the policy: prices are reckoned by them as the jobs do
 */
export function sqlAsOf(currencies: Currencies, names: readonly string[] = REBUILT_NAMES): string {
  const pairs = `SELECT '' AS list, {user:String} AS user, {item:String} AS candidate, {session:String} AS asked_session,
    {query:String} AS asked_query, {as_of:Int64} AS asked_ms`;
  const columns = names.map(name => `round(\`${name}\`, 5) AS \`${name}\``);
  const known = { ...UNTIL, price: priceSql(currencies), events: ' AND at <= fromUnixTimestamp64Milli({as_of:Int64})' };
  return rebuilt(pairs, known, names, columns);
}

/**
 * Rows of the vector as they were logged, and as they follow from what had been applied: parameters are `lists`, between
 * `from_ms` and `until_ms` of their own time, and how many `items` of each. Columns: list, candidate, asked_ms, `logged`
 * and `rebuilt` in the order of the vector, null where a query found it, `newest_ms`, the time of the newest event in it, `changed`: 1 where a product
 * has changed since, and `ties`: features that depend on which of two events of one moment counts as newer.
 */
export function sqlOfLists(currencies: Currencies): string {
  const pairs = `SELECT list, user, candidate, session AS asked_session, ${normalisedSql('query')} AS asked_query,
    toUnixTimestamp64Milli(at) AS asked_ms, logged, partition AS user_partition, applied_user AS user_next,
    applied_items[kafkaMurmurHash(candidate) % length(applied_catalogue)] AS item_next, applied_catalogue AS catalogue_next
  FROM (SELECT * FROM ranked_lists WHERE list IN {lists:Array(String)}
    AND at BETWEEN fromUnixTimestamp64Milli({from_ms:Int64}) AND fromUnixTimestamp64Milli({until_ms:Int64}) LIMIT 1 BY list)
  ARRAY JOIN items AS candidate, features AS logged WHERE notEmpty(item_next)
  ORDER BY cityHash64(list, candidate) LIMIT {items:UInt32} BY list`;
  const isRebuilt = new Set(REBUILT_NAMES);
  const rounded = `[${FEATURE_NAMES.map(name => (isRebuilt.has(name) ? `round(\`${name}\`, 5)` : 'NULL')).join(', ')}]`;
  return rebuilt(pairs, { ...APPLIED, price: priceSql(currencies) }, REBUILT_NAMES, [
    'list',
    'candidate',
    'asked_ms',
    'logged',
    `${rounded} AS rebuilt`,
    'toInt64(greatest(user_newest_ms, item_newest_ms)) AS newest_ms',
    'greatest(recent_changed, product_changed) AS changed',
    'arrayConcat(user_ties, item_ties, recent_ties) AS ties',
  ]);
}

/**
 * The values of an entity's aggregates and rates as of its newest event, of a sample of the keys of a partition that a hash
 * draws: parameters are the `partition`, of so many `partitions`, how many `keys`, `until`, of each partition of events
 * the offset below which they count, and `imports`, the archives that count beside them. Columns: key, `as_of`, `ties` as above, and one for each name.
 */
export function sqlOfKeys(entity: Entity): string {
  const columns = Object.entries(valuesSql(entity)).map(([name, sql]) => `${sql} AS \`${name}\``);
  const here = `kafkaMurmurHash(${entity}) % {partitions:UInt16} = {partition:UInt16}`;
  const known = `(topic = 'shop.events' AND offset < {until:Array(UInt64)}[partition + 1]
      OR topic IN {imports:Array(String)})`;
  const keys = `(SELECT ${entity} FROM events WHERE ${known} AND ${here} AND ${entity} != '' GROUP BY ${entity}
      ORDER BY cityHash64(${entity}) LIMIT {keys:UInt32})`;
  return `SELECT ${entity} AS key, as_of, ${tiesOf(entity)} AS ties,\n  ${columns.join(',\n  ')}
FROM (SELECT *, max(at_ms) OVER (PARTITION BY ${entity}) AS as_of FROM (${eventsOf(entity, keys, { ...UNTIL, events: ` AND ${known}` })}))
GROUP BY key, as_of`;
}

/** @param pairs who asks for what: list, user, candidate, asked_session, asked_query, asked_ms, and what `known` reads */
function rebuilt(pairs: string, known: Known, names: readonly string[], columns: readonly string[]): string {
  const parts = [
    selected(
      names,
      columnsOf('user'),
      'list',
      `max(at_ms) AS user_newest_ms, ${tiesOf('user')} AS user_ties`,
      ofUser(known),
    ),
    selected(
      names,
      { ...columnsOf('item'), 'pair.query_clicks': QUERY_CLICKS, ...FOLLOWED_COLUMNS },
      'list, candidate',
      `max(at_ms) AS item_newest_ms, ${tiesOf('item')} AS item_ties`,
      ofItem(known),
    ),
    selected(
      names,
      { ...RECENT_COLUMNS, ...TASTE_COLUMNS },
      'list, candidate',
      `max(changed) AS recent_changed, ${RECENT_TIES} AS recent_ties`,
      recent(known),
    ),
    selected(names, PRODUCT_COLUMNS, 'list, candidate', 'product_changed', 'candidates'),
  ].filter(part => part !== undefined);
  const joined = parts.map(({ by, sql }, n) => `INNER JOIN (${sql}) AS part${n} USING (${by})`);
  return `WITH pairs AS (${pairs}),
lists AS (SELECT DISTINCT list, user, asked_session, asked_ms${also(known, 'user_partition', 'user_next', 'catalogue_next')} FROM pairs),
following AS (SELECT list, ${FOLLOWED} AS followed FROM ${ofUser(known)}),
candidates AS (${candidatesSql(known)})
SELECT ${columns.join(',\n  ')}\nFROM pairs\n${joined.join('\n')}`;
}

function selected(
  names: readonly string[],
  columns: Columns,
  by: string,
  more: string,
  from: string,
): { by: string; sql: string } | undefined {
  const wanted = names.filter(name => name in columns).map(name => `${columns[name]} AS \`${name}\``);
  return wanted.length === 0
    ? undefined
    : { by, sql: `SELECT ${by}, ${more},\n  ${wanted.join(',\n  ')}\n  FROM ${from}` };
}

/** Those of the columns that these conditions read. */
function also({ columns }: Known, ...names: readonly string[]): string {
  return names.flatMap(name => (columns.includes(name) ? `, ${name}` : [])).join('');
}

/** Events of users or items as the reducers read them, each known once: of copies the first that came by itself counts. */
function eventsOf(entity: Entity, keys: string, known: Known): string {
  const of = (
    which: string,
  ) => `SELECT type, user, item, session, position, value, ${normalisedSql('query')} AS query, target,
    toUnixTimestamp64Milli(at) AS at_ms, id, topic, partition, offset
    FROM events WHERE ${which}${known.events} ORDER BY topic != 'shop.events', partition, offset LIMIT 1 BY user, id`;
  if (entity === 'user') return of(`user IN ${keys}`);
  // Whether an event counts for its item is told by what its user did before, also with others: of suspects all is read.
  return `SELECT * EXCEPT newest_before FROM (SELECT *, ${NEWEST_BEFORE} AS newest_before
      FROM (${of(`(item IN ${keys} OR user IN ${suspects(keys, known)})`)}))
    WHERE item IN ${keys} AND NOT (${TOO_FAST_SQL})`;
}

/**
 * Users of whom some event on these items may have been too fast, and few others. Told by their items' events and their
 * deeds, a few numbers of each; the others' events on these items are neither too fast nor need any besides them.
 */
function suspects(keys: string, { events }: Known): string {
  return `(SELECT user FROM (SELECT user, own, at_ms, ${FAR_BEFORE} AS far_before
      FROM (SELECT user, item IN ${keys} AS own, toUnixTimestamp64Milli(at) AS at_ms, topic, offset FROM events
        WHERE user IN (SELECT user FROM events WHERE item IN ${keys}${events})
          AND (own OR item != '' AND type != 'impression')${events}))
    WHERE own AND ${SUSPECT_SQL})`;
}

/** Of a key of which nothing is known there is one row that matches nothing: all have a group, and the defaults in it. */
const NO_EVENT = `'' AS type, '' AS user, '' AS item, '' AS session, NULL AS position, NULL AS value, '' AS query, '' AS target, toInt64(0) AS at_ms, '' AS id`;
const EVENT = 'type, user, item, session, position, value, query, target, at_ms, id';

function ofUser(known: Known): string {
  return `(SELECT list, asked_ms AS as_of, ${EVENT} FROM (${eventsOf('user', '(SELECT user FROM lists)', known)}) AS e
    INNER JOIN lists USING user WHERE ${known.user}
    UNION ALL SELECT list, asked_ms AS as_of, ${NO_EVENT} FROM lists) GROUP BY list, as_of`;
}

/** What is an item's is as of the whole second. */
function ofItem(known: Known): string {
  const asked = 'list, candidate, asked_ms, asked_query, asker, followed, intDiv(asked_ms, 1000) * 1000 AS as_of';
  const pair = 'list, user AS asker, candidate, asked_ms, asked_query, followed';
  return `(SELECT ${asked}, ${EVENT} FROM (${eventsOf('item', '(SELECT candidate FROM pairs)', known)}) AS e
    INNER JOIN (SELECT ${pair}${also(known, 'item_next')} FROM pairs INNER JOIN following USING list) AS p ON e.item = p.candidate
    WHERE ${known.item}
    UNION ALL SELECT ${asked}, ${NO_EVENT} FROM (SELECT ${pair} FROM pairs INNER JOIN following USING list))
    GROUP BY list, candidate, asked_ms, asked_query, asker, followed, as_of`;
}

/** The user's newest events on items, beside each candidate, with their products as these are today. */
function recent(known: Known): string {
  const newest = `SELECT *, row_number() OVER (PARTITION BY list ORDER BY at_ms DESC, id DESC) - 1 AS place,
      count() OVER (PARTITION BY list, at_ms) AS at_once
    FROM (${eventsOf('user', '(SELECT user FROM lists)', known)}) AS e INNER JOIN lists USING user
    WHERE ${known.user} AND item != '' AND type != 'impression'`;
  const asked = `list, asked_ms, asked_session${also(known, 'catalogue_next')}`;
  const events = `SELECT ${asked}, toString(type) AS type, item, session, at_ms, place, at_once FROM (${newest})
    WHERE place < ${RECENT_EVENTS}
    UNION ALL SELECT ${asked}, '' AS type, '' AS item, '' AS session, toInt64(0) AS at_ms, 0 AS place, 1 AS at_once FROM lists`;
  const told = `SELECT r.list AS list, asked_session, asked_ms AS as_of, type, r.item AS item, session, at_ms,
      place, at_once, category, brand, price, words, ${WEIGHT_SQL} AS weight, ${known.changed} AS changed
    FROM (${catalogueSql(known)}) AS c RIGHT JOIN (${events}) AS r ON c.product = r.item`;
  return `(SELECT * FROM (${told}) AS t INNER JOIN candidates USING list)
    GROUP BY list, candidate, as_of, candidate_words, candidate_price`;
}

/** Of products that are withdrawn nothing is told but where that stands. */
const catalogueSql = ({
  price,
}: Known): string => `SELECT item AS product, category, brand, ${price} AS price, ${wordsSql('title')} AS words, NOT withdrawn AS known,
    topic AS product_topic, partition AS product_partition, offset AS product_offset FROM catalogue FINAL`;

function candidatesSql(known: Known): string {
  return `SELECT list, candidate, category AS candidate_category, brand AS candidate_brand,
    price AS candidate_price, words AS candidate_words, known AS candidate_known, ${known.changed} AS product_changed, followed
  FROM (${catalogueSql(known)}) AS c RIGHT JOIN pairs ON c.product = pairs.candidate INNER JOIN following USING list`;
}
