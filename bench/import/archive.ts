import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { TemperError } from '../../schemas/errors.ts';

export interface ArchiveSize {
  events: number;
  users: number;
  items: number;
}

/** Ten events a list: nine impressions, and what was done with one of the nine items. */
const EVENTS_PER_LIST = 10;
const DAYS = 14;
/** The archive begins here. */
const BEGUN_MS = 1_760_000_000_000;

/**
 * The events of a made-up shop, in the order of time, the same whenever they are asked for: a few users come often,
 * a few items are shown often, and of a list the item is taken that is better, or stands higher.
 */
function eventsSql({ events, users, items }: ArchiveSize): string {
  const lists = Math.ceil(events / EVENTS_PER_LIST);
  const unit = (what: string) => `(cityHash64(${what}) / 18446744073709551616.)`;
  return `SELECT concat('l', toString(n), '/', toString(place)) AS id,
      if(place < 9, 'impression', multiIf(chance < 0.6, 'click', chance < 0.8, 'view', chance < 0.9, 'cart', 'purchase')) AS type,
      at + place * if(place < 9, 100, 400) AS at_ms, concat('u', toString(who)) AS user,
      concat('s', toString(n)) AS session, shown[if(place < 9, place, taken) + 1] AS item,
      concat('l', toString(n)) AS list, toUInt16(if(place < 9, place, taken)) AS position, 'home' AS surface,
      if(type = 'purchase', round(5 + 95 * ${unit("'price', item")}, 2), NULL) AS value
    FROM (SELECT n, at, who, chance, arrayMap(k -> concat('i', toString(k)), numbers) AS shown,
            toUInt8(indexOf(worth, arrayMax(worth)) - 1) AS taken
          FROM (SELECT number AS n, ${BEGUN_MS} + intDiv(number * ${DAYS * 86_400_000}, ${lists}) AS at,
                  toUInt64(pow(${unit("'who', number")}, 2) * ${users}) AS who, ${unit("'chance', number")} AS chance,
                  arrayMap(k -> toUInt64(pow(${unit("'item', number, k")}, 1.5) * ${items}), range(9)) AS numbers,
                  arrayMap((k, item) -> ${unit("'quality', item")} + ${unit("'whim', number, k")} - 0.05 * k, range(9), numbers) AS worth
                FROM numbers(${lists})))
    ARRAY JOIN range(${EVENTS_PER_LIST}) AS place`;
}

const LINE = `concat('{"v":1,"id":"', id, '","type":"', type, '","at_ms":', toString(at_ms), ',"user":"', user,
  '","session":"', session, '","item":"', item, '","list":"', list, '","position":', toString(position),
  ',"surface":"home"', if(value IS NULL, '', concat(',"value":', toString(value))), '}')`;

export const FORMATS = {
  parquet: (size: ArchiveSize) => `${eventsSql(size)} FORMAT Parquet`,
  ndjson: (size: ArchiveSize) => `SELECT ${LINE} FROM (${eventsSql(size)}) FORMAT TSVRaw`,
  'ndjson.gz': (size: ArchiveSize) => `SELECT ${LINE} FROM (${eventsSql(size)}) FORMAT TSVRaw`,
} as const;
export type ArchiveFormat = keyof typeof FORMATS;

export async function writeEvents(url: string, format: ArchiveFormat, size: ArchiveSize, file: string): Promise<void> {
  await write(url, `${FORMATS[format](size)} SETTINGS max_threads = 1`, file, format.endsWith('.gz'));
}

/** Products with names, categories, brands and prices. */
export async function writeProducts(url: string, { items }: ArchiveSize, file: string): Promise<void> {
  const sql = `SELECT concat('i', toString(number)) AS item, ${BEGUN_MS} AS at_ms,
      concat(['Red', 'Blue', 'Old', 'Small', 'Fine'][number % 5 + 1], ' thing ', toString(number)) AS title,
      concat('c', toString(cityHash64('category', number) % 50)) AS category,
      concat('b', toString(cityHash64('brand', number) % 200)) AS brand,
      round(5 + 95 * (cityHash64('price', item) / 18446744073709551616.), 2) AS price
    FROM numbers(${items}) FORMAT Parquet`;
  await write(url, sql, file, false);
}

/** ClickHouse's own answer as a file: the client of the product reads rows alone. */
async function write(url: string, sql: string, file: string, gzip: boolean): Promise<void> {
  const { origin, username, password } = new URL(url);
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const answer = await fetch(origin, { method: 'POST', body: sql, headers: { authorization } });
  if (!answer.ok || !answer.body) {
    throw new TemperError('INPUT_INVALID', { where: 'the archive of the benchmark', got: await answer.text() });
  }
  const body = Readable.fromWeb(answer.body as import('node:stream/web').ReadableStream);
  await (gzip
    ? pipeline(body, createGzip({ level: 1 }), createWriteStream(file))
    : pipeline(body, createWriteStream(file)));
}
