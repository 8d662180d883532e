import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { random } from '../../../models/random.ts';
import { openStore, type Store } from '../../../schemas/clickhouse.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import { admit } from '../../../streams/admit.ts';
import { Landing } from '../../../streams/import/load/landing.ts';
import { ARCHIVES } from '../../../streams/sinks/rows.ts';
import { testConfig } from '../../job-process.ts';

const NOW_MS = 1_795_546_500_000;
const FILE = { path: 'made', bytes: 0, format: 'lines', gzip: false, topic: 'import.00000000000000aa' } as const;

let store: Store;
beforeAll(async () => {
  const config = testConfig(inject('endpoints'), 'temper_import_plain');
  store = await openStore(config.clickhouse!, config.clickhouseDatabase);
});
afterAll(() => store?.stop());

const { below } = random(11);
const one = <T>(of: readonly T[]): T => of[below(of.length)]!;
const TYPES = ['impression', 'view', 'click', 'cart', 'purchase', 'return', 'dismiss', 'rating', 'share'];
const ODD = [
  ...['', ' ', '5', 'x'.repeat(128), 'x'.repeat(129), 'é'.repeat(70), '😀'.repeat(40), 'a"b', 'a\\b', '\n', '\u0000'],
  ...[
    0,
    -1,
    1,
    5,
    5.5,
    200,
    201,
    1.5,
    1e3,
    2 ** 53,
    1e21,
    NOW_MS,
    NOW_MS + LIMITS.future_ms,
    NOW_MS + LIMITS.future_ms + 1,
  ],
  ...[null, true, false, [], ['a'], {}, { a: 1 }, 'null', '\ud800', 'search', 'follow', 'question', 'wink'],
];
const FIELDS = ['v', 'id', 'type', 'at_ms', 'user', 'session', 'item', 'list', 'position', 'surface', 'query', 'value'];
const MORE = ['currency', 'colour', '__proto__', 'constructor', 'text'];

/** An event as shops send it, or with one or two things about it that are odd. */
function line(n: number): string {
  const event: Record<string, unknown> = {
    ...{
      v: 1,
      id: `e${n}`,
      type: one(TYPES),
      at_ms: NOW_MS - below(1e9),
      user: `u${below(9)}`,
      session: 's',
      item: 'i',
    },
    ...(below(2) === 0 ? {} : { list: 'l', position: below(10) }),
    ...(below(3) === 0 ? { surface: 'home' } : {}),
    ...(below(4) === 0 ? { query: 'röd kanna' } : {}),
    ...(below(3) === 0 ? { value: below(600) / 100 } : {}),
    ...(below(9) === 0 ? { type: 'purchase', value: below(600) / 100, currency: 'EUR' } : {}),
  };
  for (let odd = below(3); odd > 0; odd--) {
    const field = one(below(5) === 0 ? MORE : FIELDS);
    if (below(4) === 0) delete event[field];
    else Object.defineProperty(event, field, { value: one(ODD), enumerable: true, configurable: true });
  }
  const text = JSON.stringify(event);
  if (below(20) === 0) return text.slice(0, below(text.length));
  return below(20) === 0 ? text.replace('{', '{"id":"first",').replace(/,/g, ' , ') : text;
}

/** On one line; a pair of surrogates that was cut in two can't be written, and becomes U+FFFD. */
const asWritten = (text: string) => Buffer.from(text.replaceAll('\n', ' '), 'utf8').toString('utf8');

it('what SQL takes for a plain event, the topic takes and changes nothing of it', async () => {
  const lines = Array.from({ length: 6_000 }, (_, n) => asWritten(line(n)));
  const body = Buffer.from(`${lines.join('\n')}\n`);
  const landing = new Landing(store, FILE);
  await landing.make();
  await landing.takeLines({ first: 0, rows: lines.length, end_bytes: body.length, body }, NOW_MS);
  const plain = await store.query<{ row: number; at_ms: number } & Record<string, unknown>>(
    `SELECT toUInt32(row) AS row, id, type, toFloat64(at_ms) AS at_ms, user, session, item, list, position, surface, query,
      value, currency FROM landing_00000000000000aa WHERE plain ORDER BY row`,
  );
  for (const { row, at_ms, ...fields } of plain) {
    const value = Buffer.from(lines[row]!, 'utf8');
    const key = (JSON.parse(lines[row]!) as { user: string }).user;
    const verdict = admit('shop.events', { key, value, offset: row, timestamp_ms: NOW_MS });
    expect(verdict.ok, lines[row]).toBe(true);
    if (!verdict.ok) continue;
    const told = { ...fields, at: at_ms, target: '', teaches: true }; // as the table has it where nothing is said
    expect(told, lines[row]).toEqual(ARCHIVES['shop.events']!.rows(verdict.value)[0]);
  }
  const doubtful: string[] = [];
  for await (const { row, raw } of landing.doubtful({ from: 0, end: lines.length })) {
    expect(raw).toBe(lines[row]);
    doubtful.push(raw);
  }
  // Both happen often enough to say something; and what is as shops send it is seldom doubted.
  expect(plain.length).toBeGreaterThan(1_000);
  expect(doubtful.length).toBeGreaterThan(1_000);
  await landing.drop();
});
