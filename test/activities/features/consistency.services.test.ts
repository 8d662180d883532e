import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { compareFeatures } from '../../../activities/features/compare-features.ts';
import { checksOf, printConsistency } from '../../../cli/features/consistency.ts';
import { disagreement } from '../../../models/features/consistency.ts';
import { FEATURE_NAMES } from '../../../models/features/vector.ts';
import { ensureKey, keysIn } from '../../../models/registry/keys.ts';
import { openStore, type Store } from '../../../schemas/clickhouse.ts';
import { createLog } from '../../../schemas/log.ts';
import { topicSpecs } from '../../../streams/graph.ts';
import type { Bus, StreamRecord } from '../../../streams/kafka/bus.ts';
import { connect } from '../../../streams/kafka/connect.ts';
import { openStorefront } from '../../../streams/storefront.ts';
import { openClient } from '../../../workflows/clients/client.ts';
import { checkFeaturesNow } from '../../../workflows/clients/features.ts';
import { learnSearchesNow } from '../../../workflows/clients/searches.ts';
import { type JobProcess, startJob, testConfig } from '../../job-process.ts';
import { openShop } from '../../sim/shop.ts';
import { createWorld } from '../../sim/world.ts';
import { portsOf } from '../ports.ts';

const DATA = `/tmp/temper-consistency-${process.pid}`;
const SHOP_MS = 15_000;
/** What the scheduled check leaves out as too new, and some more. */
const NEW_MS = 15_000;
const config = testConfig(inject('endpoints'), 'temper_consistency', {
  TEMPER_DATA: DATA,
  TEMPER_TEXT_ENCODER: 'none',
  TEMPER_IMAGE_ENCODER: 'none',
});
const opened_ms = Date.now();
let bus: Bus;
let store: Store;
let jobs: JobProcess[] = [];
let closed_ms = 0;

/** The simulated shop for a while, with the jobs that make its lists and archive them. */
beforeAll(async () => {
  bus = connect({ brokers: config.kafka!, name: 'temper-consistency', log: createLog('test', 'silent') });
  await bus.ensureTopics(topicSpecs(config));
  store = await openStore(config.clickhouse!, config.clickhouseDatabase);
  await ensureKey(keysIn(config), opened_ms);
  jobs = await Promise.all((['features', 'scorer', 'sinks', 'worker'] as const).map(job => startJob(job, config)));
  const storefront = await openStorefront(bus);
  const world = createWorld({ seed: 3, users: 150 });
  const closing = AbortSignal.timeout(SHOP_MS);
  await openShop({ storefront, world, seed: 3, listsPerSecond: 30, signal: closing });
  closed_ms = Date.now();
  await storefront.stop();
}, 240_000);
afterAll(async () => {
  await Promise.all(jobs.map(job => job.stop()));
  await store?.command(`DROP DATABASE ${config.clickhouseDatabase}`);
  await store?.stop();
  await bus?.stop();
  await rm(DATA, { recursive: true, force: true });
});

const request = () => ({ from_ms: opened_ms, until_ms: Date.now(), lists: 400, items: 5 });
const ports = () => portsOf({ config, store });

it('what the simulated shop was served is what the declared SQL makes of the same events, to 0.1 %', async () => {
  await expect
    .poll(async () => (await compareFeatures(ports(), request())).leftOut, { timeout: 60_000, interval: 2_000 })
    .not.toHaveProperty('not archived yet');
  const { lists, vectors, compared, different, features, unseen, leftOut } = await compareFeatures(ports(), request());
  console.error(
    `${different} of ${compared} values differ; ${unseen} of ${lists} lists before something was read`,
    leftOut,
  );
  expect(lists).toBeGreaterThan(100);
  expect(Object.keys(leftOut).filter(reason => reason !== 'events of one moment')).toEqual([]);
  expect(vectors).toBeGreaterThan(4.8 * lists); // of a few, one moment decides which events are the newest
  expect(compared).toBeGreaterThan(vectors * (FEATURE_NAMES.length - 6) - 1);
  expect(features.slice(0, 5)).toEqual([]);
  expect(disagreement([{ compared, different }])).toBeLessThan(0.001);
});

it('the workflow does the same on its schedule and when it is asked, and what it found can be told', async () => {
  const client = await openClient({ address: config.temporal!, namespace: config.temporalNamespace });
  try {
    const { info } = await client.temporal.schedule.getHandle('check-features').describe();
    expect(info.nextActionTimes.length).toBeGreaterThan(0);
    await sleep(Math.max(0, closed_ms + NEW_MS - Date.now()));
    // No longer: other tests, of features that are declared late, have left lists on the topics.
    const hours = (Date.now() - opened_ms) / 3_600_000;
    const now = await checkFeaturesNow(client, { hours, lists: 50, items: 3 });
    expect(now).toMatchObject({ lists: 50, vectors: expect.toSatisfy(n => n > 130), different: 0, features: [] });
    expect(await checksOf(store, 1)).toMatchObject({ checks: expect.toSatisfy(n => n >= 2), different: 0 });
    const lines: string[] = [];
    const written = vi.spyOn(process.stdout, 'write').mockImplementation(line => lines.push(String(line)) > 0);
    await printConsistency(config, { hours: 1, json: true }).finally(() => written.mockRestore());
    const told = JSON.parse(lines.at(-1)!);
    expect(told).toMatchObject({ different: 0, share: 0, features: [], checks: { different: 0 } });
    expect(told.vectors).toBeGreaterThan(500);
    await expect(printConsistency(config, { hours: 0.0001 })).rejects.toMatchObject({ code: 'DATA_INSUFFICIENT' });
  } finally {
    await client.close();
  }
});

it('what the worker learns from searches it tells all scorers', async () => {
  const client = await openClient({ address: config.temporal!, namespace: config.temporalNamespace });
  await learnSearchesNow(client).finally(() => client.close());
  const told = new Set<string | null>();
  const apply = (_topic: string, _partition: number, { key }: StreamRecord) => void told.add(key);
  await (await bus.follow({ topics: ['search.learned'], once: true, apply })).stop();
  expect([...told].sort()).toEqual(['suggestions', 'synonyms']);
});

it('finds one wrong value among many, and a list whose events are not archived, or that does not tell', async () => {
  const clicks = FEATURE_NAMES.indexOf('item.clicks.1d') + 1;
  const [list] = await store.query<{ list: string; item: string }>(
    `SELECT list, items[1] AS item FROM ranked_lists
     WHERE empty(history) AND at >= fromUnixTimestamp64Milli({opened_ms:Int64}) ORDER BY list LIMIT 1`,
    { opened_ms },
  );
  const as = (name: string, replaced: string) =>
    store.command(
      `INSERT INTO ranked_lists SELECT * REPLACE ('${name}' AS list, now64(3) AS recorded, ${replaced})
       FROM (SELECT * FROM ranked_lists WHERE list = '${list!.list}' LIMIT 1)`,
    );
  const row = 'arrayMap((v, n) -> if(n = CLICKS, v + 0.01, v), features[1], arrayEnumerate(features[1]))';
  const spoilt = row.replace('CLICKS', String(clicks));
  await as('planted', `arrayConcat([${spoilt}], arrayPopFront(features)) AS features`);
  await as('ahead', 'applied_user + 1000000 AS applied_user');
  await as('mute', '[] AS applied_catalogue');
  const found = await compareFeatures(ports(), { ...request(), lists: 1_000, items: 200 });
  expect(found.leftOut).toMatchObject({ 'not archived yet': 1, 'positions unknown': 1 });
  expect(found).toMatchObject({
    different: 1,
    features: [{ feature: 'item.clicks.1d', different: 1, worst: { list: 'planted', item: list!.item } }],
  });
  expect(found.features[0]!.greatest).toBeCloseTo(0.01, 4);
  const rows = 'SELECT feature, different FROM feature_consistency WHERE different > 0';
  expect(await store.query(rows)).toMatchObject([{ feature: 'item.clicks.1d' }]);
});
