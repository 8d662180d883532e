import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { Store } from '../../../schemas/clickhouse.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import type { StreamRecord } from '../../../streams/kafka/bus.ts';
import { EventInserts } from '../../../streams/sinks/event-inserts.ts';
import fc from '../../properties.ts';

const NOW_MS = 1_795_546_471_000;
const name = fc.string({ minLength: 1, maxLength: 200, unit: 'binary' }).filter(text => !/\p{Surrogate}/u.test(text));
const shown = { list: name, position: fc.nat(LIMITS.items_per_list), query: name, surface: fc.constant('home') };
const envelope = { v: fc.constant(1), id: name, at_ms: fc.integer({ min: 1, max: NOW_MS }), user: name, session: name };
const event = fc.oneof(
  fc.record({ ...envelope, type: fc.constantFrom('click', 'view'), item: name, ...shown }),
  fc.record({ ...envelope, type: fc.constant('view'), item: name }),
  fc.record({
    ...envelope,
    type: fc.constant('purchase'),
    item: name,
    value: fc.double({ min: 0, max: 1e9, noNaN: true }),
  }),
  fc.record({ ...envelope, type: fc.constant('question'), text: name }),
  fc.record({ ...envelope, type: fc.constant('follow'), value: name }),
);

const recordOf = (value: Record<string, unknown> & { user: string }, offset: number): StreamRecord => ({
  key: value.user,
  value: Buffer.from(JSON.stringify(value)),
  offset,
  timestamp_ms: NOW_MS + offset,
});

/** The bytes that would be sent, insert by insert. */
async function sent(records: readonly StreamRecord[]): Promise<Buffer[]> {
  const bodies: Buffer[] = [];
  const store = { load: async (_sql, body) => void bodies.push(await buffer(body)) } as Pick<Store, 'load'> as Store;
  const inserts = new EventInserts({ partition: 3, records: [...records] }, 'no keys');
  for (const record of records) expect(inserts.take(record)).toBeUndefined();
  for (const insert of inserts.all) await insert.into(store, 'some events');
  return bodies;
}

describe('inserts of events', () => {
  it('have the same bytes whether an event goes from bytes to bytes, or by its schema', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 20 }), async events => {
        const plain = await sent(events.map(recordOf));
        // A field that no schema has: the event is not plain any more, and the same.
        const parsed = await sent(events.map((each, n) => recordOf({ ...each, extra: {} }, n)));
        expect(plain).toEqual(parsed);
      }),
    );
  });

  it('say which offsets they hold, and are of limited size', () => {
    const inserts = new EventInserts({ partition: 0, records: [] }, 'no keys');
    const view = { v: 1, id: 'e', type: 'view', at_ms: NOW_MS, user: 'u', session: 's', item: 'i' };
    for (let n = 0; n < LIMITS.rows_per_insert + 2; n++) inserts.take(recordOf(view, 10 + n));
    expect(inserts.all.map(({ first, last, rows }) => ({ first, last, rows }))).toEqual([
      { first: 10, last: 9 + LIMITS.rows_per_insert, rows: LIMITS.rows_per_insert },
      { first: 10 + LIMITS.rows_per_insert, last: 11 + LIMITS.rows_per_insert, rows: 2 },
    ]);
  });

  it('have nothing of an event of which its user allows no features, and refuse an erasure that nobody signed', () => {
    const inserts = new EventInserts({ partition: 0, records: [] }, 'no keys');
    const view = { v: 1, id: 'e', type: 'view', at_ms: NOW_MS, user: 'u', session: 's', item: 'i' };
    expect(inserts.take(recordOf({ ...view, consent: { personalisation: false } }, 1))).toBeUndefined();
    const follow = { ...view, type: 'follow', value: 'v', consent: { personalisation: false } };
    expect(inserts.take(recordOf(follow, 1))).toBeUndefined();
    const id = `erasure-${'0'.repeat(32)}-${NOW_MS}`;
    const signature = { algorithm: 'ed25519', key: 'k-0', at_ms: NOW_MS, signature: `${'A'.repeat(86)}==` };
    const erasure = { v: 1, id, type: 'erasure', at_ms: NOW_MS, user: 'u', session: id, signature };
    expect(inserts.take(recordOf(erasure, 2))?.reason).toBe('forged');
    expect(inserts.all).toEqual([]);
    inserts.take(recordOf({ ...follow, type: 'unfollow' }, 3)); // takes back, which is always allowed
    expect(inserts.all.map(({ first, rows }) => [first, rows])).toEqual([[3, 1]]);
  });

  it('leave out what is refused, and say why', () => {
    const inserts = new EventInserts({ partition: 0, records: [] }, 'no keys');
    expect(inserts.take({ key: 'u', value: Buffer.from('{'), offset: 1, timestamp_ms: NOW_MS })?.reason).toBe(
      'not_json',
    );
    const ahead = {
      v: 1,
      id: 'e',
      type: 'view',
      at_ms: NOW_MS + 2 * LIMITS.future_ms,
      user: 'u',
      session: 's',
      item: 'i',
    };
    expect(inserts.take(recordOf(ahead, 2))?.reason).toBe('future');
    expect(inserts.take({ ...recordOf(ahead, 3), key: 'v', timestamp_ms: ahead.at_ms })?.reason).toBe('invalid_field');
    expect(inserts.all).toEqual([]);
  });
});
