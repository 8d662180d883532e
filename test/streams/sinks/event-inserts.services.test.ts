import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openStore, type Store } from '../../../schemas/clickhouse.ts';
import { TemperError } from '../../../schemas/errors.ts';
import { ShopEvent } from '../../../schemas/topics/events.ts';
import { EventInserts } from '../../../streams/sinks/event-inserts.ts';
import { putOnce } from '../../../streams/sinks/put-once.ts';
import { eventRow } from '../../../streams/sinks/rows.ts';

const database = `temper_events_${randomUUID().slice(0, 8)}`;
const AT_MS = 1_795_546_471_123;
let store: Store;
beforeAll(async () => {
  store = await openStore(inject('endpoints').clickhouse, database);
});
afterAll(async () => {
  await store.command(`DROP DATABASE ${database}`);
  await store.stop();
});

it('events that were inserted stand in ClickHouse as they came', async () => {
  const envelope = { v: 1 as const, at_ms: AT_MS, user: 'anna', session: 's-17' };
  const long = 'x'.repeat(200);
  const events: ShopEvent[] = [
    {
      ...envelope,
      id: 'a',
      type: 'click',
      item: 'teapot',
      list: 'l',
      position: 7,
      surface: 'search',
      query: 'Tee \\ "rot"',
    },
    { ...envelope, id: 'b', type: 'impression', item: 'cup', list: 'l', position: 0, query: long },
    { ...envelope, id: 'c', type: 'purchase', item: 'Kännchen', value: 12.5, currency: 'EUR' },
    { ...envelope, id: 'd', type: 'rating', item: 'cup', value: 0 },
    { ...envelope, id: 'e', type: 'question', text: '寒いですか?' },
    { ...envelope, id: 'f', type: 'follow', value: 'bert', at_ms: 1 },
    { ...envelope, id: 'g', type: 'share', item: 'cup', to: 'bert' },
    { ...envelope, id: 'h', type: 'view', item: 'cup', consent: { personalisation: true, training: false } },
  ];
  const inserts = new EventInserts({ partition: 2, records: [] }, 'no keys');
  for (const [n, event] of events.entries()) {
    const value = Buffer.from(JSON.stringify(event));
    expect(inserts.take({ key: 'anna', value, offset: 2 ** 33 + n, timestamp_ms: AT_MS + n })).toBeUndefined();
  }
  const withheld = { ...envelope, id: 'i', type: 'view', item: 'cup', consent: { personalisation: false } };
  const record = {
    key: 'anna',
    value: Buffer.from(JSON.stringify(withheld)),
    offset: 2 ** 33 + 8,
    timestamp_ms: AT_MS,
  };
  expect(inserts.take(record)).toBeUndefined();
  const place = { table: 'events', topic: 'shop.events', partition: 2 };
  for (const insert of inserts.all) await putOnce(withLostAnswer(store), insert, place, async () => {});

  const found = await store.query<Record<string, unknown>>(
    `SELECT * EXCEPT (at, recorded, offset), toUnixTimestamp64Milli(at)::Float64 AS at,
       toUnixTimestamp64Milli(recorded)::Float64 AS recorded, offset::Float64 AS offset FROM events ORDER BY id`,
  );
  expect(found).toEqual(
    events.map((event, n) => ({
      ...eventRow(ShopEvent.parse(event)),
      topic: 'shop.events',
      partition: 2,
      offset: 2 ** 33 + n,
      recorded: AT_MS + n,
    })),
  );
});

/** The store, but of the first insert nobody hears what became of it. */
function withLostAnswer(store: Store): Store {
  let isLost = false;
  return {
    ...store,
    async load(...insert) {
      await store.load(...insert);
      if (isLost) return;
      isLost = true;
      throw new TemperError('UNREACHABLE', { where: 'a test' });
    },
  };
}
