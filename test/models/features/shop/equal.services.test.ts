import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { compare, type RebuiltRow } from '../../../../models/features/consistency.ts';
import { sqlAsOf, sqlOfLists } from '../../../../models/features/sql/rebuild.ts';
import { FEATURE_NAMES, REBUILT_NAMES } from '../../../../models/features/vector.ts';
import { openStore, type Store } from '../../../../schemas/clickhouse.ts';
import type { Product, ShopEvent } from '../../../../schemas/topics/events.ts';
import { partitionOf } from '../../../../streams/kafka/sending/partitioner.ts';
import { ARCHIVES } from '../../../../streams/sinks/rows.ts';
import { testConfig } from '../../../job-process.ts';
import fc from '../../../properties.ts';
import { T0 } from '../events.ts';
import { type DrawnShop, named, someShop } from './draws.ts';
import { PARTITIONS } from './jobs.ts';
import { CURRENCIES, definedOf, type Lived, lived, priced, type Served } from './lived.ts';

/** One query makes the vectors of all of them: it costs a few times as much as that of one. */
const SHOPS = 100;
/** Of these also as of a time: a query for each. */
const AS_OF = 3;

const config = testConfig(inject('endpoints'), 'temper_features_equal');
let store: Store;
beforeAll(async () => {
  store = await openStore(config.clickhouse!, config.clickhouseDatabase);
});
afterAll(async () => {
  await store?.command(`DROP DATABASE ${config.clickhouseDatabase}`);
  await store?.stop();
});

interface Shop extends DrawnShop, Lived {
  productOf(item: string): Product | undefined;
}

async function shopOf(drawn: DrawnShop, n: number): Promise<Shop> {
  const shop = named(drawn, `${n}/`);
  const products = new Map(shop.catalogue.flatMap(each => ('title' in each ? [[each.item, each] as const] : [])));
  return { ...shop, ...(await lived(shop)), productOf: item => products.get(item) };
}

const [EVENTS, PRODUCTS] = [ARCHIVES['shop.events']!, ARCHIVES['shop.catalogue']!] as unknown as {
  rows(record: object): object[];
  withdrawn?(key: string, at_ms: number): object[];
}[];

const SERVED = 'import.0123';

/** As the sink writes them, and an import. */
async function archive(shops: readonly Shop[]): Promise<void> {
  const row = (event: ShopEvent, topic: string, partition: number, offset: number) =>
    EVENTS!.rows(event).map(row => ({ ...row, topic, partition, offset, recorded: event.at_ms }));
  const came = shops.flatMap(({ events }) =>
    events.flatMap((all, partition) => all.flatMap((event, offset) => row(event, 'shop.events', partition, offset))),
  );
  const imported = shops.flatMap(({ imported }) => imported);
  await store.insert('events', [...came, ...imported.flatMap((event, offset) => row(event, SERVED, 0, offset))]);
}

/** All of it again, imported later under other ids: no job has taken that in. */
const archiveUnserved = () =>
  store.command(
    "INSERT INTO events SELECT * REPLACE (concat('unserved ', id) AS id, 'import.4567' AS topic) FROM events",
  );

async function archiveProducts(shops: readonly Shop[]): Promise<void> {
  const rows = shops.flatMap(({ catalogue }) =>
    catalogue.flatMap((each, offset) => {
      const partition = partitionOf(each.item, PARTITIONS);
      const rows = 'title' in each ? PRODUCTS!.rows(each) : PRODUCTS!.withdrawn!(each.item, each.at_ms);
      return rows.map(row => ({ ...row, topic: 'shop.catalogue', partition, offset, recorded: each.at_ms }));
    }),
  );
  await store.insert('catalogue', rows);
}

async function archiveLists(lists: ReadonlyMap<string, Served>): Promise<void> {
  const rows = Array.from(lists, ([list, { asked, applied, vectors }], n) => {
    const { user, session, query, at_ms } = asked[0]!;
    const source = { topic: 'rank.lists', partition: applied.own, offset: n, recorded: at_ms };
    return {
      ...{ list, at: at_ms, surface: 'home', user, session, query },
      ...{ items: asked.map(({ item }) => item), features: vectors },
      ...{ applied_user: applied.user, applied_items: applied.items },
      applied_catalogue: Array.from({ length: PARTITIONS }, () => 1_000), // all products
      ...source,
    };
  });
  await store.insert('ranked_lists', rows);
}

const inOrder = (values: Readonly<Record<string, number>>) => FEATURE_NAMES.map(name => values[name] ?? null);

/** Features that differ, with the worst of each. */
function wrong(rows: readonly RebuiltRow[]) {
  return compare(FEATURE_NAMES, rows, REBUILT_NAMES).features.filter(({ different }) => different > 0);
}

it('a vector is the same by reducers, also over restarts, by SQL over the archive and by its definition', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.noBias(someShop), { minLength: SHOPS, maxLength: SHOPS }), async drawn => {
      const shops = await Promise.all(drawn.map(shopOf));
      expect(shops.reduce((sum, { restarts }) => sum + restarts, 0)).toBeGreaterThan(SHOPS);
      await archive(shops);
      await archiveProducts(shops);
      await expectAsOf(shops.slice(0, AS_OF));
      await archiveUnserved();
      await store.insert('rebuilds', [{ generation: 1, began: 0, at: 0, imports: [SERVED] }]);

      const lists = new Map(shops.flatMap(({ lists }, n) => lists.map((list, l) => [`${n}/${l}`, list] as const)));
      await archiveLists(lists);
      const rows = await store.query<RebuiltRow>(
        `${sqlOfLists(CURRENCIES)} SETTINGS output_format_json_quote_64bit_integers = 0`,
        { lists: [...lists.keys()], from_ms: 0, until_ms: 2 * T0, items: 10 },
      );
      const defined = new Map(
        shops.flatMap((shop, n) => shop.lists.flatMap((list, l) => definitions(shop, list, `${n}/${l}`))),
      );
      expect(rows).toHaveLength(defined.size);
      const definedFor = ({ list, candidate }: RebuiltRow) => defined.get(`${list} ${candidate}`)!;
      expect(wrong(rows.map(row => ({ ...row, rebuilt: definedFor(row), ties: [] })))).toEqual([]);
      expect(wrong(rows.map(row => ({ ...row, logged: definedFor(row) })))).toEqual([]);
      expect(wrong(rows)).toEqual([]);
      const { vectors, leftOut } = compare(FEATURE_NAMES, rows, REBUILT_NAMES);
      expect(vectors).toBe(rows.length);
      expect(leftOut['events of one moment'] ?? 0).toBeLessThan(rows.length / 8);
      expect(unvaried(rows)).toEqual([]);
    }),
    { numRuns: 1, endOnFailure: true },
  );
});

/** As of the newest event of the first half, of what is dated until then. */
async function expectAsOf(shops: readonly Shop[]): Promise<void> {
  for (const { imported, arrivals, events, lists, productOf } of shops) {
    const half = [...imported, ...arrivals].slice(0, Math.ceil((imported.length + arrivals.length) / 2));
    const as_of = Math.max(...half.map(({ at_ms }) => at_ms));
    const asked = lists
      .at(-1)!
      .asked.slice(0, 1)
      .map(each => ({ ...each, at_ms: as_of }));
    const known = events.map(all => all.filter(({ at_ms }) => at_ms <= as_of));
    const before = imported.filter(({ at_ms }) => at_ms <= as_of);
    const all = known.map(({ length }) => length);
    const own = partitionOf(asked[0]!.user, PARTITIONS);
    const applied = { own, user: all[own]!, items: Object.fromEntries(all.map((_, n) => [n, all])) };
    const [values] = definedOf({ events: known, imported: before }, { asked, applied }, item =>
      priced(productOf(item)),
    );
    const { at_ms: _, query, ...who } = asked[0]!;
    const [row] = await store.query<Record<string, unknown>>(sqlAsOf(CURRENCIES), {
      ...who,
      query: query.trim(),
      as_of,
    });
    const rebuilt = FEATURE_NAMES.map(name => (row![name] === undefined ? null : Number(row![name])));
    const of = { list: 'as of', candidate: who.item, asked_ms: as_of, newest_ms: 0, changed: 0, ties: [] };
    expect(wrong([{ ...of, logged: inOrder(values!), rebuilt }])).toEqual([]);
  }
}

/** By list and item, in the order of the vector. */
function definitions(shop: Shop, served: Served, list: string): (readonly [string, (number | null)[]])[] {
  const values = definedOf(shop, served, item => priced(shop.productOf(item)));
  return served.asked.map(({ item }, n) => [`${list} ${item}`, inOrder(values[n]!)]);
}

/** Features of which all vectors say the same: nothing was tried by them. */
function unvaried(rows: readonly RebuiltRow[]): string[] {
  return REBUILT_NAMES.filter(name => {
    const place = FEATURE_NAMES.indexOf(name);
    return new Set(rows.map(({ rebuilt }) => rebuilt[place])).size < 2;
  });
}
