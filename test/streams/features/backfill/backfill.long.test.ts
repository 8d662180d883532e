import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { eraseRows } from '../../../../activities/erasure/rows.ts';
import { agreementSince } from '../../../../activities/features/checks.ts';
import { compareFeatures } from '../../../../activities/features/compare-features.ts';
import { type Cells, REDUCERS, type Reducer } from '../../../../models/features/aggregates/reducer.ts';
import { disagreement } from '../../../../models/features/consistency.ts';
import { FEATURE_NAMES, FEATURES_VERSION } from '../../../../models/features/vector.ts';
import { ensureKey, keysIn } from '../../../../models/registry/keys.ts';
import { openStore, type Store } from '../../../../schemas/clickhouse.ts';
import { createLog } from '../../../../schemas/log.ts';
import type { Config } from '../../../../schemas/settings/config.ts';
import type { ShopEvent } from '../../../../schemas/topics/events.ts';
import { RankedList } from '../../../../schemas/topics/ranking.ts';
import { snapshotsOf } from '../../../../streams/features/backfill/rebuild.ts';
import { type Entity, ITEMS, USERS } from '../../../../streams/features/log/entities.ts';
import { ITEM_TOPICS, restorePartition, type StateTopics, USER_TOPICS } from '../../../../streams/features/restore.ts';
import { topicSpecs } from '../../../../streams/graph.ts';
import { importArchive } from '../../../../streams/import/import.ts';
import { connect } from '../../../../streams/kafka/connect.ts';
import { partitionOf } from '../../../../streams/kafka/sending/partitioner.ts';
import { openStorefront } from '../../../../streams/storefront.ts';
import {
  ALL_ANEW,
  backfillResult,
  backfillStatus,
  cancelBackfill,
  startBackfill,
} from '../../../../workflows/clients/backfill.ts';
import { openClient, type TemporalClient } from '../../../../workflows/clients/client.ts';
import { portsOf } from '../../../activities/ports.ts';
import { differences, loggedStates, recompute } from '../../../faults/offline.ts';
import { type JobProcess, startJob, testConfig } from '../../../job-process.ts';

const RUN = `late${randomUUID().slice(0, 8)}`;
/** Declared after the first events came: until then no state had it. */
const LATE = ['user.clicks.1d', 'item.clicks.1d'];
/** An item that only the first events are about. */
const WATCHED = `${RUN}-i60`;
/** So many that each partition has some. */
const USERS_OF_SHOP = 200;
const PATIENCE = { interval: 500 };

const before = eventsFrom(0, 2_000);
const during = eventsFrom(2_000, 600);
const after = eventsFrom(2_600, 600);

function eventsFrom(first: number, count: number): ShopEvent[] {
  return Array.from({ length: count }, (_, k): ShopEvent => {
    const n = first + k;
    const user = `${RUN}-u${n % USERS_OF_SHOP}`;
    const type = n % 3 === 0 ? 'view' : 'click';
    return { v: 1, id: `${user}-${n}`, type, at_ms: Date.now() - 7 * n, user, session: 's', item: `${RUN}-i${n % 61}` };
  });
}

let config: Config;
let bus: ReturnType<typeof connect>;
let admin: Admin;
let store: Store;
let client: TemporalClient;
const jobs: JobProcess[] = [];

beforeAll(async () => {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'temper-backfill-'));
  config = { ...testConfig(inject('endpoints'), `temper_${RUN}`), dataDir };
  await ensureKey(keysIn(config), Date.now());
  bus = connect({ brokers: config.kafka!, name: RUN, log: createLog('test', 'silent') });
  await bus.ensureTopics(topicSpecs(config));
  store = await openStore(config.clickhouse!, config.clickhouseDatabase);
  admin = new Kafka({ clientId: RUN, brokers: config.kafka!, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  client = await openClient({ address: config.temporal!, namespace: config.temporalNamespace });
});
afterAll(async () => {
  await Promise.all(jobs.map(job => job.kill()));
  await client?.close();
  await admin?.disconnect();
  await store?.command(`DROP DATABASE ${config.clickhouseDatabase}`);
  await store?.stop();
  await bus?.stop();
  await rm(config.dataDir, { recursive: true, force: true });
});

async function start(name: JobProcess['job']): Promise<JobProcess> {
  const job = await startJob(name, config);
  jobs.push(job);
  return job;
}

async function publish(events: readonly ShopEvent[]): Promise<void> {
  const outbox = await bus.outbox();
  await Promise.all(
    events.map(event => outbox.publish('shop.events', { key: event.user, value: JSON.stringify(event) })),
  );
  await outbox.stop();
}

async function archived(): Promise<number> {
  const [row] = await store.query<{ n: string }>(`SELECT count() AS n FROM events WHERE startsWith(id, '${RUN}')`);
  return Number(row!.n);
}

const wrong = async (events: readonly ShopEvent[]) => differences(recompute(events), await loggedStates(bus, RUN));

/** Snapshots as jobs without these features would have left them, and no log before. */
async function forget<S extends Cells>(entity: Entity<S>, topics: StateTopics): Promise<void> {
  const outbox = await bus.outbox();
  const ends: { partition: number; offset: string }[] = [];
  for (let partition = 0; partition < config.partitions; partition++) {
    const { replica, end } = await restorePartition(bus, entity, topics, partition, async () => {}, 10_000);
    for (const { key } of [...replica.entries()]) blank(entity.format.reducer, replica.entryOf(key).state);
    for (const { bucket, value } of snapshotsOf(replica, end, 0))
      await outbox.publish(topics.snapshots, { key: String(bucket), partition, value });
    ends.push({ partition, offset: String(end) });
  }
  await outbox.stop();
  await admin.fetchTopicOffsets(topics.log); // or kafkajs knows no leader
  await admin.deleteTopicRecords({ topic: topics.log, partitions: ends });
}

/** Asks again and again for a list of one item, and keeps what its vector has of the late features. */
function watch(user: string) {
  const seen: { user: number; item: number }[] = [];
  let stopped = false;
  const asking = (async () => {
    const storefront = await openStorefront(bus);
    const product = { v: 1, item: WATCHED, at_ms: Date.now(), title: 'a thing', category: 'c', price: 5 } as const;
    await storefront.publishProduct(product);
    for (let n = 0; !stopped; n++) {
      const id = `${RUN}-r${n}`;
      const asked = { v: 1, id, at_ms: Date.now(), user, session: 's', surface: 'home', count: 1 } as const;
      const list = RankedList.parse(await storefront.ask({ ...asked, candidates: [WATCHED] }, 300_000));
      const ofList = (name: string) => list.items[0]!.features[FEATURE_NAMES.indexOf(name)]!;
      if (list.items.length > 0) seen.push({ user: ofList(LATE[0]!), item: ofList(LATE[1]!) });
      await sleep(50);
    }
    await storefront.stop();
  })();
  return {
    seen,
    stop() {
      stopped = true;
      return asking;
    },
  };
}

function blank({ declared, places }: Reducer, { cells }: Cells): void {
  for (const [n, { name }] of declared.entries()) if (LATE.includes(name)) cells.fill(0, places[n], places[n + 1]);
}

it('a feature that was declared after events came is as if it had always been, though the worker is killed meanwhile', async () => {
  expect([...REDUCERS.user.declared, ...REDUCERS.item.declared].map(({ name }) => name)).toEqual(
    expect.arrayContaining(LATE),
  );
  await publish(before);
  const [first, archiving] = [await start('features'), await start('sinks')];
  await expect.poll(() => wrong(before), PATIENCE).toEqual([]);
  await expect.poll(archived, PATIENCE).toBe(before.length);
  await archiving.stop();
  await first.stop();
  await forget(USERS, USER_TOPICS);
  await forget(ITEMS, ITEM_TOPICS);
  await start('features');
  await start('scorer');
  // The last partition waits for its archive, so the worker dies in the midst of it.
  const last = config.partitions - 1;
  const isHeld = (user: string) => partitionOf(user, config.partitions) === last;
  const isOf = (event: ShopEvent, item: string) => 'item' in event && event.item === item;
  const now = during.filter(event => isHeld(event.user) && !isOf(event, WATCHED));
  const known = [...before, ...now];
  await publish(now);
  const watched = watch(before.find(event => isOf(event, WATCHED) && !isHeld(event.user))!.user);
  await expect.poll(() => watched.seen.at(-1), PATIENCE).toEqual({ user: 0, item: 0 });
  const folders = () => readdir(path.join(config.dataDir, 'backfills'));

  const killed = await start('worker');
  const asBefore = await wrong(known);
  expect(asBefore.length).toBeGreaterThan(0);
  const rebuilding = { step: 'rebuild', parts: { done: last, of: 2 * config.partitions } };
  await startBackfill(client, { features: LATE, anyway: true });
  await expect.poll(() => backfillStatus(client), PATIENCE).toMatchObject(rebuilding);
  expect(await folders()).toHaveLength(1);
  await cancelBackfill(client);
  await expect(backfillResult(client)).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(await folders()).toEqual([]);
  expect(await wrong(known)).toEqual(asBefore);

  await startBackfill(client, { features: LATE, anyway: true });
  await expect.poll(() => backfillStatus(client), PATIENCE).toMatchObject(rebuilding);
  expect(await wrong(known)).toEqual(asBefore);
  await killed.kill();
  const [run] = await folders();
  expect(await readdir(path.join(config.dataDir, 'backfills', run!))).toContain(`user-${last - 1}`);
  await start('sinks');
  await start('worker');
  const { switched, comparison } = await backfillResult(client);
  expect(switched).toBe(true);
  expect(comparison.changed).toBeGreaterThan(0);
  expect(comparison.bySql).toMatchObject({ different: 0, example: null });
  expect(comparison.bySql.keys).toBeGreaterThan(100);
  await expect.poll(() => wrong(known), PATIENCE).toEqual([]);

  // The scorer that served all the while serves them now, and no list had them for its user alone, or its item.
  await expect.poll(() => watched.seen.at(-1)!.user, PATIENCE).toBeGreaterThan(0);
  await watched.stop();
  const halves = watched.seen.filter(({ user, item }) => user > 0 !== item > 0);
  expect(halves).toEqual([]);
  await publish(after); // by jobs that have restored what was rebuilt
  await expect.poll(() => wrong([...known, ...after]), PATIENCE).toEqual([]);
  expect(await folders()).toEqual([]);
}, 600_000);

it('without the events of users who are erased sums differ from the archive, until all of them are made anew', async () => {
  const began_ms = Date.now();
  const items = Array.from({ length: 10 }, (_, n) => `${RUN}-i${n}`);
  const storefront = await openStorefront(bus);
  const about = { v: 1, at_ms: began_ms, title: 'a thing', category: 'c', price: 5 } as const;
  for (const item of items) await storefront.publishProduct({ ...about, item });
  let asked = 0;
  /** Of ten lists that are made now the share of values with which the archive disagrees. */
  const disagrees = async () => {
    const from_ms = Date.now() - 1;
    for (let n = 20; n < 30; n++) {
      const request = {
        v: 1,
        id: `${RUN}-later-${asked++}`,
        user: `${RUN}-u${n}`,
        session: 's',
        surface: 'home',
      } as const;
      await storefront.ask({ ...request, at_ms: Date.now(), count: 10, candidates: items }, 300_000);
    }
    const compared = () =>
      compareFeatures(portsOf({ config, store }), { from_ms, until_ms: Date.now(), lists: 100, items: 10 });
    await expect.poll(compared, PATIENCE).toMatchObject({ lists: 10, leftOut: {} });
    return disagreement([await compared()]);
  };
  await expect.poll(disagrees, PATIENCE).toBe(0);

  const erasure = 'e'.repeat(32);
  const names = Array.from({ length: 20 }, (_, n) => `${RUN}-u${n}`);
  const rows = names.map(user => ({ erasure, user, quoted: JSON.stringify(user), at: Date.now() }));
  await store.insert('erasures_open', rows);
  await eraseRows(store, { erasure, until_ms: Date.now() });
  const share = await disagrees();
  console.error(`without ${names.length} of ${USERS_OF_SHOP} users ${(100 * share).toFixed(1)} % of the values differ`);
  expect(share).toBeGreaterThan(0.02);

  await startBackfill(client, ALL_ANEW);
  const { switched, comparison } = await backfillResult(client);
  expect(switched).toBe(true);
  expect(comparison).toMatchObject({ compared: 0, different: 0, bySql: { different: 0 } });
  expect(comparison.changed).toBeGreaterThan(names.length);
  await expect.poll(disagrees, PATIENCE).toBe(0); // when the scorer has taken it over
  // No check since then tells anything: nobody knows whether a value was wrong, or counted what is gone.
  const agreement = await agreementSince(store, { from_ms: began_ms, features_version: FEATURES_VERSION });
  expect(agreement).toMatchObject({ compared: 0, different: 0 });
  expect(agreement.overtaken).toBeGreaterThan(2);
  await storefront.stop();
}, 600_000);

it('what was imported is in what serves behind the next rebuild of all sums, each event once', async () => {
  const storefront = await openStorefront(bus);
  const user = `${RUN}-imported`;
  let asked = 0;
  const served = async () => {
    const request = { v: 1, id: `${RUN}-of-imported-${asked++}`, at_ms: Date.now(), user, session: 's' } as const;
    const list = await storefront.ask({ ...request, surface: 'home', count: 1, candidates: [WATCHED] }, 300_000);
    const { features } = RankedList.parse(list).items[0]!;
    const [ofUser, ofItem] = LATE.map(name => Math.round(Math.expm1(features[FEATURE_NAMES.indexOf(name)]!)));
    return { ofUser: ofUser!, ofItem: ofItem! };
  };
  const before = await served();
  expect(before.ofUser).toBe(0);

  const clicks = Array.from({ length: 20 }, (_, n): ShopEvent => {
    const at_ms = Date.now() - 600_000 - 60_000 * n;
    return { v: 1, id: `${user}-${n}`, type: 'click', at_ms, user, session: 's', item: WATCHED };
  });
  const file = path.join(config.dataDir, 'archive.ndjson');
  await writeFile(file, [...clicks, ...after].map(event => JSON.stringify(event)).join('\n')); // what came by itself is in it too
  const { signal } = new AbortController();
  await importArchive({ store, files: [file], purchase_ms: 60_000, signal, onStep: () => {} });
  expect(await served()).toEqual(before);

  await startBackfill(client, ALL_ANEW);
  const all = await backfillResult(client);
  expect(all).toMatchObject({ switched: true, comparison: { bySql: { different: 0, example: null } } });
  expect(all.imports).toHaveLength(1);
  await expect.poll(served, PATIENCE).toEqual({ ofUser: clicks.length, ofItem: before.ofItem + clicks.length });

  await startBackfill(client, { features: LATE.slice(0, 1), anyway: false });
  expect(await backfillResult(client)).toMatchObject({ switched: true, imports: all.imports });
  await storefront.stop();
}, 600_000);
