import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import type { Store } from '../../../schemas/clickhouse.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import type { StreamRecord } from '../../../streams/kafka/bus.ts';
import { RowInserts } from '../../../streams/sinks/inserts.ts';
import { archiveOf } from '../../../streams/sinks/standing.ts';

const NOW_MS = 1_795_546_471_000;
const topic = 'shop.catalogue';

function product(n: number, description = 'ä thing'): StreamRecord {
  const value = { v: 1, item: `i${n}`, at_ms: NOW_MS, title: `thing ${n}`, category: 'c', price: 5, description };
  return { key: value.item, value: Buffer.from(JSON.stringify(value)), offset: 100 + n, timestamp_ms: NOW_MS + n };
}

function taken(records: readonly StreamRecord[]): RowInserts {
  const inserts = new RowInserts(archiveOf(topic), { topic, partition: 3, records: [...records] });
  for (const record of records) expect(inserts.take(record)).toBeUndefined();
  return inserts;
}

it('rows are told as JSON with where they come from, the same bytes in each try', async () => {
  const sent: { sql: string; body: string; settings: object }[] = [];
  const load: Store['load'] = async (sql, body, settings) => void sent.push({ sql, body: await text(body), settings });
  const withdrawn = { key: 'i2', value: null, offset: 102, timestamp_ms: NOW_MS + 2 };
  const [insert, ...others] = taken([product(0), product(1), withdrawn]).all;
  for (let tries = 0; tries < 2; tries++) await insert!.into({ load } as Pick<Store, 'load'> as Store, 'products');
  expect([others, insert!.rows, insert!.first, insert!.last]).toEqual([[], 3, 100, 102]);
  expect(sent[1]).toEqual(sent[0]);
  expect(sent[0]).toMatchObject({
    sql: 'INSERT INTO catalogue FORMAT JSONEachRow',
    settings: { log_comment: 'products' },
  });
  const rows = sent[0]!.body
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));
  const place = (n: number) => ({ topic, partition: 3, offset: 100 + n, recorded: NOW_MS + n });
  expect(rows).toMatchObject([
    { item: 'i0', description: 'ä thing', at: NOW_MS, withdrawn: false, ...place(0) },
    { item: 'i1', title: 'thing 1', ...place(1) },
    { item: 'i2', withdrawn: true, ...place(2) },
  ]);
});

it('an insert is full where it has its bytes, or its rows, and never within a record', () => {
  const large = 'x'.repeat(LIMITS.text_chars);
  const count = Math.ceil((2.5 * LIMITS.insert_bytes) / large.length);
  const { all } = taken(Array.from({ length: count }, (_, n) => product(n, large)));
  expect(all.map(({ bytes }) => bytes > LIMITS.insert_bytes)).toEqual([true, true, false]);
  for (const { bytes } of all) expect(bytes).toBeLessThan(LIMITS.insert_bytes + 2 * large.length);
  expect(all.map(({ first, last, rows }) => last - first + 1 - rows)).toEqual([0, 0, 0]);
  expect(all.reduce((sum, { rows }) => sum + rows, 0)).toBe(count);

  const small = taken(Array.from({ length: LIMITS.rows_per_insert + 1 }, (_, n) => product(n))).all;
  expect(small.map(({ rows }) => rows)).toEqual([LIMITS.rows_per_insert, 1]);
});
