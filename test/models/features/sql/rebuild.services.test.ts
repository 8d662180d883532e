import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { REDUCERS } from '../../../../models/features/aggregates/reducer.ts';
import { type AsOf, sqlAsOf, sqlOfKeys } from '../../../../models/features/sql/rebuild.ts';
import { tasteOf } from '../../../../models/features/taste.ts';
import { askerOf, FEATURE_NAMES, featureVector, vectorAt } from '../../../../models/features/vector.ts';
import { openStore, type Store } from '../../../../schemas/clickhouse.ts';
import { Currencies } from '../../../../schemas/policies/currencies.ts';
import { isCounted } from '../../../../schemas/topics/consent.ts';
import type { ShopEvent } from '../../../../schemas/topics/events.ts';
import { ARCHIVES } from '../../../../streams/sinks/rows.ts';
import { testConfig } from '../../../job-process.ts';
import fc from '../../../properties.ts';
import { States } from '../../../sim/states.ts';
import { naive } from '../aggregates/naive.ts';
import { countingForItems, someEvents, T0, withholding } from '../events.ts';

const config = testConfig(inject('endpoints'), 'temper_features_sql');
let store: Store;
beforeAll(async () => {
  store = await openStore(config.clickhouse!, config.clickhouseDatabase);
});
afterAll(async () => {
  await store?.command(`DROP DATABASE ${config.clickhouseDatabase}`);
  await store?.stop();
});

let offset = 0;
/** As the sink writes it, and half a second after it happened. */
async function archive(events: readonly ShopEvent[]) {
  const { rows } = ARCHIVES['shop.events'] as { rows(record: object): object[] };
  const source = () => ({ topic: 'shop.events', partition: 0, offset: offset++ });
  await store.insert(
    'events',
    events.flatMap(event => {
      const at = source();
      return rows(event).map(row => ({ ...row, ...at, recorded: event.at_ms + 500 }));
    }),
  );
}

/** As reducers have it, of an item that is in no catalogue. */
function vectorOf(events: readonly ShopEvent[], { as_of, user, item, session }: AsOf): number[] {
  const states = new States();
  for (const event of events) states.take(event);
  const { users, items } = states;
  const nothing = () => undefined;
  const state = users.get(user);
  const asker = askerOf({ at_ms: as_of, user, session }, state, tasteOf(state, nothing), nothing);
  return vectorAt(featureVector(asker, { item, state: items.get(item), product: undefined }), 0);
}

function wrong(names: readonly string[], got: readonly number[], wanted: readonly number[]): string[] {
  return names
    .map((name, n) => ({ name, got: got[n]!, wanted: wanted[n]! }))
    .filter(({ got, wanted }) => !(Math.abs(got - wanted) <= 2e-5 + 1e-6 * Math.abs(wanted)))
    .map(({ name, got, wanted }) => `${name}: ${got} instead of ${wanted}`);
}

describe('SQL over the archive', () => {
  it.each(['user', 'item'] as const)(
    'has the values of keys of a %s as of their newest events below an offset, as their definitions say',
    async entity => {
      const all = fc
        .sample(someEvents, 10)
        .flatMap((events, n) => events.map(event => ({ ...event, id: `${n}${event.id}` })));
      const moments = new Set<number>();
      const told = all.filter(({ at_ms }) => !moments.has(at_ms) && moments.add(at_ms));
      const each = withholding(told, [2, 3, 10, 11, 100, 101]);
      await store.command('TRUNCATE TABLE events');
      const until = offset + each.length - 10;
      await archive(each);
      const rows = await store.query<Record<string, unknown>>(sqlOfKeys(entity), {
        ...{ partition: 0, partitions: 1, keys: 2 },
        ...{ until: [until], imports: [] },
      });
      expect(rows).toHaveLength(2);
      for (const { key, as_of, ties, ...values } of rows) {
        expect(ties).toEqual([]);
        const known = each.slice(0, -10).filter(isCounted);
        const counting = entity === 'item' ? countingForItems(known) : known;
        const own = counting.filter(event => (event as unknown as Record<string, unknown>)[entity] === key);
        const newest_ms = Math.max(...own.map(({ at_ms }) => at_ms));
        expect(Number(as_of)).toBe(newest_ms);
        const declared = REDUCERS[entity].declared.filter(({ name }) => name in values);
        expect(declared.length).toBeGreaterThan(20);
        const names = declared.map(({ name }) => name);
        const got = names.map(name => Number(values[name]));
        const naively = declared.map(one => naive(one, own, newest_ms));
        expect(wrong(names, got, naively)).toEqual([]);
      }
    },
  );

  it("reads of an item's users what tells of pace, and all of none but those who may have been too fast", async () => {
    await store.command('TRUNCATE TABLE events');
    const users = Array.from({ length: 200 }, (_, n) => `u${n}`);
    const of = { v: 1, session: 's', list: 'l' } as const;
    const seen = users.flatMap(user =>
      Array.from({ length: 50 }, (_, n): ShopEvent => {
        const at_ms = T0 - 60_000 - n;
        return { ...of, id: `seen${n}`, type: 'impression', at_ms, user, item: 'z', position: n % 9 };
      }),
    );
    const click = (user: string, id: string, at_ms: number): ShopEvent => {
      return { ...of, id, type: 'click', at_ms, user, item: 'a' };
    };
    const clicks = users.map((user, n) => click(user, 'click', T0 - 50_000 - n));
    const flood = Array.from({ length: 40 }, (_, n) => click('bot', `flood${n}`, T0 - 30_000 + 20 * n));
    const late = click('bot', 'late', T0 - 40_000); // behind more than are remembered, and older than these
    const events = [...seen, ...clicks, ...flood, late];
    await archive(events);
    const ask = { user: 'nobody', item: 'a', session: 's', query: '', as_of: T0 };
    const names = ['item.clicks.7d', 'item.clicks.1h', 'item.since_click'];
    const sorted = 4 * (clicks.length + flood.length);
    expect(sorted).toBeLessThan(events.length / 10);
    const [row] = await store.query<Record<string, number>>(
      `${sqlAsOf(Currencies.parse({}), names)} SETTINGS max_rows_to_sort = ${sorted}`,
      {
        ...ask,
      },
    );
    const vector = vectorOf(events, ask);
    const wanted = names.map(name => vector[FEATURE_NAMES.indexOf(name)]!);
    expect(wanted[1]).toBeCloseTo(Math.log(1 + users.length + 24), 5);
    expect(
      wrong(
        names,
        names.map(name => Number(row![name])),
        wanted,
      ),
    ).toEqual([]);
  });

  it('shows for each event how late it came', async () => {
    await store.command('TRUNCATE TABLE events');
    const event = { v: 1, id: 'e', type: 'click', at_ms: T0, user: 'u', session: 's', item: 'a' } as const;
    await archive([event]);
    expect(await store.query('SELECT late_ms FROM events')).toEqual([{ late_ms: 500 }]);
  });
});
