import { LIMITS } from '../../../schemas/limits.ts';

/**
 * Where the rows of a file land before there is a verdict on them: events that are plain with their fields, all else
 * as the record that it was.
 */
export const LANDING = `row UInt64, plain Bool, id String, type LowCardinality(String), at_ms Int64, user String,
  session String, item String, list String, position Nullable(UInt16), surface String, query String,
  value Nullable(Float64), currency String, raw String`;
const COLUMNS =
  'row, plain, id, type, at_ms, user, session, item, list, position, surface, query, value, currency, raw';

export interface LandingOf {
  table: string;
  /** The number of the body's first row. */
  first: number;
  /** What is dated further ahead of it than the limit is not plain. */
  now_ms: number;
}

/**
 * JSON lines into the landing table.
 *
 * An event is plain where `PlainEvent` says so, in SQL: the types that most events have, no field that its type lacks,
 * every field of its kind and within its limits. What this is not sure of is not plain, such as escapes in a text, for
 * the schema decides on the rest.
 */
export function landLines({ table, first, now_ms }: LandingOf): string {
  const raw = (name: string) => `each[indexOf(names, '${name}')]`;
  const isText = (name: string, most: number) =>
    `startsWith(${raw(name)}, '"') AND length(${raw(name)}) BETWEEN 3 AND ${most + 2}`;
  const isTextOrNone = (name: string, most: number) => `(${raw(name)} = '' OR ${isText(name, most)})`;
  const text = (name: string) => `substring(${raw(name)}, 2, length(${raw(name)}) - 2)`;
  const number = (name: string) => `toFloat64OrNull(${raw(name)})`;
  const plain = [
    `position(line, '\\\\') = 0 AND isValidUTF8(line)`,
    `${raw('v')} = '1' AND length(arrayDistinct(names)) = length(names)`,
    `hasAll(${fieldsByType(raw('type'), type => `'"${type}"'`)}, names)`,
    ...['id', 'user', 'session', 'item'].map(name => isText(name, LIMITS.id_chars)),
    `toInt64OrZero(${raw('at_ms')}) BETWEEN 1 AND ${now_ms + LIMITS.future_ms}`,
    ...['list', 'surface', 'currency'].map(name => isTextOrNone(name, LIMITS.id_chars)),
    isTextOrNone('query', LIMITS.query_chars),
    `(${raw('position')} = '' OR toUInt16OrNull(${raw('position')}) <= ${LIMITS.items_per_list})`,
    `(${raw('value')} = '' OR (${number('value')} >= 0 AND isFinite(${number('value')})))`,
    `(${raw('type')} != '"impression"' OR (${raw('list')} != '' AND ${raw('position')} != ''))`,
    `(${raw('type')} != '"rating"' OR ${number('value')} <= 5)`,
  ];
  const fields = [
    ...[text('id'), text('type'), `toInt64OrZero(${raw('at_ms')})`, text('user'), text('session'), text('item')],
    ...[text('list'), `toUInt16OrNull(${raw('position')})`, text('surface'), text('query'), number('value')],
    text('currency'),
  ];
  return `INSERT INTO ${table} (${COLUMNS})
    SELECT row, ifNull(${plain.join('\n      AND ')}, false) AS plain, ${ifPlain(fields)}, if(plain, '', line)
    FROM (SELECT ${first} + rowNumberInAllBlocks() AS row, line, JSONExtractKeysAndValuesRaw(line) AS pairs,
            pairs.1 AS names, pairs.2 AS each
          FROM input('line String'))
    WHERE trimBoth(line, ' \\t\\r') != '' FORMAT LineAsString`;
}

/** The columns that a Parquet file may have: of events, of products, and of lists as the table has them. */
const PARQUET = {
  ...{ id: 'Nullable(String)', list: 'Nullable(String)', type: 'Nullable(String)', at_ms: 'Nullable(Int64)' },
  ...{ at: "Nullable(DateTime64(3, 'UTC'))", user: 'Nullable(String)', session: 'Nullable(String)' },
  ...{ item: 'Nullable(String)', position: 'Nullable(Int64)', surface: 'Nullable(String)', query: 'Nullable(String)' },
  ...{ value: 'Nullable(Float64)', currency: 'Nullable(String)', text: 'Nullable(String)' },
  ...{ title: 'Nullable(String)', description: 'Nullable(String)', category: 'Nullable(String)' },
  ...{ brand: 'Nullable(String)', price: 'Nullable(Float64)', available: 'Nullable(Bool)' },
  ...{ withdrawn: 'Nullable(Bool)', image: 'Nullable(String)', video: 'Nullable(String)' },
  ...{ attributes: 'Map(String, String)', model: 'Nullable(String)', arm: 'Nullable(String)' },
  ...{ features_version: 'Nullable(String)', candidates: 'Nullable(UInt32)', history: 'Array(String)' },
  ...{ items: 'Array(String)', scores: 'Array(Float32)', propensities: 'Array(Nullable(Float64))' },
  ...{ reasons: 'Array(String)', features: 'Array(Array(Float32))' },
} as const;

/** A Parquet file into the landing table: as with lines, but a column has one kind, and an empty text is none. */
export function landParquet({ table, first, now_ms }: LandingOf): string {
  const text = (name: string) => `ifNull(${name}, '')`;
  const isText = (name: string, most: number) => `length(${text(name)}) BETWEEN 1 AND ${most}`;
  const plain = [
    `notEmpty(${fieldsByType(text('type'), type => `'${type}'`)})`,
    ...['id', 'user', 'session', 'item'].map(name => isText(name, LIMITS.id_chars)),
    ...['list', 'surface'].map(name => `length(${text(name)}) <= ${LIMITS.id_chars}`),
    `length(${text('query')}) <= ${LIMITS.query_chars}`,
    `(type != 'purchase' OR (length(${text('currency')}) <= ${LIMITS.id_chars} AND isValidUTF8(${text('currency')})))`,
    `isValidUTF8(concat(${['id', 'user', 'session', 'item', 'list', 'surface', 'query'].map(text).join(', ')}))`,
    `moment BETWEEN 1 AND ${now_ms + LIMITS.future_ms}`,
    `ifNull(position, 0) BETWEEN 0 AND ${LIMITS.items_per_list}`,
    `(value IS NULL OR (value >= 0 AND isFinite(value)))`,
    `(type != 'impression' OR (${text('list')} != '' AND position IS NOT NULL))`,
    `(type != 'rating' OR value <= 5)`,
  ];
  const fields = [
    ...[text('id'), text('type'), 'ifNull(moment, 0)', text('user'), text('session'), text('item'), text('list')],
    ...["CAST(position, 'Nullable(UInt16)')", text('surface'), text('query')],
    ...[`if(type IN ('purchase', 'rating'), value, NULL)`, `if(type = 'purchase', ${text('currency')}, '')`],
  ];
  const names = Object.keys(PARQUET);
  const record = `CAST(tuple(${names.join(', ')}), 'Tuple(${structure()})')`;
  return `INSERT INTO ${table} (${COLUMNS})
    SELECT row, ifNull(${plain.join('\n      AND ')}, false) AS plain, ${ifPlain(fields)},
      if(plain, '', toJSONString(${record}))
    FROM (SELECT ${first} + rowNumberInAllBlocks() AS row, coalesce(at_ms, toUnixTimestamp64Milli(at)) AS moment, *
          FROM input('${structure()}'))
    SETTINGS output_format_json_quote_64bit_integers = 0 FORMAT Parquet`;
}

/** As it stands within quotes. */
function structure(): string {
  const columns = Object.entries(PARQUET).map(([name, type]) => `${name} ${type}`);
  return columns.join(', ').replaceAll("'", "\\'");
}

const ON_ITEM = ['v', 'id', 'type', 'at_ms', 'user', 'session', 'item', 'list', 'position', 'surface', 'query'];
const PLAIN_TYPES = ['impression', 'view', 'click', 'cart', 'return', 'dismiss', 'share'];

/** The fields that an event of a type may have; none where it is not a type that may be plain. */
function fieldsByType(type: string, spelled: (type: string) => string): string {
  const names = (fields: readonly string[]) => `[${fields.map(name => `'${name}'`).join(', ')}]`;
  return `multiIf(${type} IN (${PLAIN_TYPES.map(spelled).join(', ')}), ${names(ON_ITEM)},
        ${type} = ${spelled('purchase')}, ${names([...ON_ITEM, 'value', 'currency'])},
        ${type} = ${spelled('rating')}, ${names([...ON_ITEM, 'value'])}, [])`;
}

/** Of what is not plain the columns stay empty: its record says it all. */
function ifPlain(fields: readonly string[]): string {
  const otherwise = ["''", "''", '0', "''", "''", "''", "''", 'NULL', "''", "''", 'NULL', "''"];
  return fields.map((field, n) => `if(plain, ${field}, ${otherwise[n]})`).join(', ');
}
