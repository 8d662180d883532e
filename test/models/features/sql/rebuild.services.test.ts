import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { normalised } from '../../../../models/features/aggregates/facts.ts';
import { REDUCERS } from '../../../../models/features/aggregates/reducer.ts';
import { compare, type RebuiltRow } from '../../../../models/features/consistency.ts';
import { type AsOf, sqlAsOf, sqlOfKeys, sqlOfLists } from '../../../../models/features/sql/rebuild.ts';
import { tasteOf } from '../../../../models/features/taste.ts';
import { askerOf, FEATURE_NAMES, featureVector, REBUILT_NAMES, vectorAt } from '../../../../models/features/vector.ts';
import { inShopCurrency } from '../../../../models/prices.ts';
import { openStore, type Store } from '../../../../schemas/clickhouse.ts';
import { Currencies } from '../../../../schemas/policies/currencies.ts';
import { isCounted } from '../../../../schemas/topics/consent.ts';
import { Product, type ShopEvent } from '../../../../schemas/topics/events.ts';
import { ARCHIVES } from '../../../../streams/sinks/rows.ts';
import { testConfig } from '../../../job-process.ts';
import fc from '../../../properties.ts';
import { States } from '../../../sim/states.ts';
import { naive } from '../aggregates/naive.ts';
import { copiesBehind, countingForItems, DAY_MS, someEvents, T0, withFlood, withholding } from '../events.ts';

const config = testConfig(inject('endpoints'), 'temper_features_sql');
let store: Store;
beforeAll(async () => {
  store = await openStore(config.clickhouse!, config.clickhouseDatabase);
});
afterAll(async () => {
  await store?.command(`DROP DATABASE ${config.clickhouseDatabase}`);
  await store?.stop();
});

/** Item d is in no catalogue; c has neither brand nor price. */
const PRODUCTS = [
  { item: 'a', title: 'Red pot, red lid', category: 'kitchen', brand: 'Aldera', price: 12.5 },
  { item: 'b', title: 'Théière rouge: pot', category: 'kitchen', brand: 'Boro', price: 40, currency: 'USD' },
  { item: 'c', title: '2 red lamps', category: 'lamps' },
].map(product => Product.parse({ v: 1, at_ms: T0 - 20 * DAY_MS, ...product }));
const product = (item: string) => PRODUCTS.find(each => each.item === item);
/** The second rate of dollars is of after the product was priced. */
const CURRENCIES = Currencies.parse({
  rates: [
    { currency: 'USD', from: '2023-11-01', rate: 5 },
    { currency: 'USD', from: '2023-01-01', rate: 0.9 },
    { currency: 'CHF', from: '2023-01-01', rate: 1.1 },
  ],
});
const productInShop = (item: string) => {
  const found = product(item);
  return found && inShopCurrency(found, CURRENCIES);
};

let offset = 0;
/** As the sink writes it, if it does, and half a second after it happened. */
async function archive(
  topic: 'shop.events' | 'shop.catalogue',
  records: readonly (ShopEvent | Product)[],
  from: { topic: string; next: () => number } = { topic, next: () => offset++ },
) {
  const { table, rows } = ARCHIVES[topic] as { table: string; rows(record: object): object[] };
  const source = () => ({ topic: from.topic, partition: 0, offset: from.next() });
  await store.insert(
    table,
    records.flatMap(record => {
      const at = source();
      return rows(record).map(row => ({ ...row, ...at, recorded: record.at_ms + 500 }));
    }),
  );
}

/** States as the jobs would have them: events in the order given, some of which come twice. */
function statesOf(events: readonly ShopEvent[]): States {
  const states = new States();
  for (const event of events) states.take(event);
  return states;
}

function vectorOf(
  events: readonly ShopEvent[],
  { as_of, user, item, session, query }: AsOf,
  productOf: typeof product = product,
): number[] {
  const { users, items } = statesOf(events);
  const state = users.get(user);
  const asker = askerOf(
    { at_ms: as_of, user, session, query: query || undefined },
    state,
    tasteOf(state, productOf),
    productOf,
  );
  const row = featureVector(asker, { item, state: items.get(item), product: productOf(item) });
  return vectorAt(row, 0);
}

function wrong(names: readonly string[], got: readonly number[], wanted: readonly number[]): string[] {
  return names
    .map((name, n) => ({ name, got: got[n]!, wanted: wanted[n]! }))
    .filter(({ got, wanted }) => !(Math.abs(got - wanted) <= 2e-5 + 1e-6 * Math.abs(wanted)))
    .map(({ name, got, wanted }) => `${name}: ${got} instead of ${wanted}`);
}

const draws = fc.record({
  events: fc
    .tuple(fc.oneof(someEvents, withFlood), fc.array(fc.nat(), { maxLength: 12 }))
    .map(([events, draws]) => withholding(events, draws)),
  twice: fc.array(fc.nat(), { maxLength: 10 }),
  asks: fc.array(
    fc.record({
      user: fc.constantFrom('u', 'v', 'nobody'),
      item: fc.constantFrom('a', 'b', 'c', 'd'),
      session: fc.constantFrom('s1', 's2', 'new'),
      query: fc.constantFrom('', 'red pot', 'été').map(normalised),
      later_ms: fc.oneof(fc.nat(3_600_000), fc.nat(9 * DAY_MS)),
      before: fc.boolean(),
    }),
    { minLength: 3, maxLength: 3 },
  ),
});

describe('SQL over the archive', () => {
  it('rebuilds each feature of the vector, as of any time, as reducers have it', async () => {
    await archive('shop.catalogue', PRODUCTS);
    await fc.assert(
      fc.asyncProperty(draws, async ({ events, twice, asks }) => {
        await store.command('TRUNCATE TABLE events');
        const sent = [...events, ...copiesBehind(events, twice)];
        await archive('shop.events', sent);
        for (const { later_ms, before, ...who } of asks) {
          const as_of = T0 + 1_000 * Math.floor((before ? -later_ms / 8 : later_ms) / 1_000);
          const known = sent.filter(({ at_ms }) => at_ms <= as_of);
          const [row] = await store.query<Record<string, number>>(sqlAsOf(), { ...who, as_of });
          const rebuilt = REBUILT_NAMES.map(name => Number(row![name])); // the others stand behind all of these
          expect(wrong(REBUILT_NAMES, rebuilt, vectorOf(known, { ...who, as_of }))).toEqual([]);
        }
      }),
      { numRuns: 4 },
    );
  });

  it('rebuilds what lists were made from: all below an offset, also where it is dated ahead of the list', async () => {
    await store.command('TRUNCATE TABLE catalogue');
    await archive('shop.catalogue', PRODUCTS);
    await fc.assert(
      fc.asyncProperty(draws, fc.array(fc.nat(30_000), { maxLength: 8 }), async ({ events, twice, asks }, ahead_ms) => {
        await store.command('TRUNCATE TABLE events');
        await store.command('TRUNCATE TABLE ranked_lists');
        const first = offset;
        const ahead = ahead_ms.map((ms, n) => ({
          ...events[n % events.length]!,
          id: `ahead${n}`,
          at_ms: T0 + 8 * ms + n + 1,
        }));
        const sent = [...events, ...ahead, ...copiesBehind([...events, ...ahead], twice)];
        await archive('shop.events', sent);
        const imported = events.map(event => ({ ...event, id: `imported ${event.id}` }));
        let row = 0;
        await archive('shop.events', imported, { topic: 'import.0123', next: () => row++ });
        const lists = asks.map((who, n) => {
          const known = sent.slice(0, sent.length - (who.later_ms % 5)); // the last of them are not read yet
          const next = first + known.length;
          const items = ['a', 'b', 'c', 'd'];
          const at = T0 + (who.later_ms % 1_000); // items are as of the whole second
          const asked = { ...who, as_of: at };
          const features = items.map(item => vectorOf(known, { ...asked, item }, productInShop));
          const of = { list: `l${n}`, at, surface: 'home', user: who.user, session: who.session, query: who.query };
          const applied = { applied_user: next, applied_items: { '0': [next] }, applied_catalogue: [offset] };
          return { ...of, items, features, ...applied, partition: 0, offset: n, recorded: at };
        });
        await store.insert('ranked_lists', lists);
        const asked = { lists: lists.map(({ list }) => list), from_ms: T0, until_ms: T0 + 1_000, items: 4 };
        const rows = await store.query<RebuiltRow>(
          `${sqlOfLists(CURRENCIES)} SETTINGS output_format_json_quote_64bit_integers = 0`,
          asked,
        );
        const { features, vectors, leftOut } = compare(FEATURE_NAMES, rows, REBUILT_NAMES);
        expect(features.filter(({ different }) => different > 0)).toEqual([]);
        expect({ vectors, leftOut }).toEqual({ vectors: 12, leftOut: {} });
      }),
      { numRuns: 4 },
    );
  });

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
      await archive('shop.events', each);
      const rows = await store.query<Record<string, unknown>>(sqlOfKeys(entity), {
        ...{ partition: 0, partitions: 1, keys: 2 },
        until: [until],
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
    await archive('shop.events', events);
    const ask = { user: 'nobody', item: 'a', session: 's', query: '', as_of: T0 };
    const names = ['item.clicks.7d', 'item.clicks.1h', 'item.since_click'];
    const sorted = 4 * (clicks.length + flood.length);
    expect(sorted).toBeLessThan(events.length / 10);
    const [row] = await store.query<Record<string, number>>(`${sqlAsOf(names)} SETTINGS max_rows_to_sort = ${sorted}`, {
      ...ask,
    });
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
    await archive('shop.events', [event]);
    expect(await store.query('SELECT late_ms FROM events')).toEqual([{ late_ms: 500 }]);
  });
});
