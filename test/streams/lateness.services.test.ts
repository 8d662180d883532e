import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { openStore, type Store } from '../../schemas/clickhouse.ts';
import { LIMITS } from '../../schemas/limits.ts';
import { createLog } from '../../schemas/log.ts';
import type { ShopEvent } from '../../schemas/topics/events.ts';
import { startFeatures } from '../../streams/features/job.ts';
import { topicSpecs } from '../../streams/graph.ts';
import type { RunningJob } from '../../streams/job.ts';
import type { Bus } from '../../streams/kafka/bus.ts';
import { connect } from '../../streams/kafka/connect.ts';
import { Report } from '../../streams/report.ts';
import { startSinks } from '../../streams/sinks/job.ts';
import { openStorefront, type Storefront } from '../../streams/storefront.ts';
import { testConfig } from '../job-process.ts';

const RUN = `late-${randomUUID().slice(0, 8)}`;
const config = testConfig(inject('endpoints'), `temper_${RUN.replace('-', '_')}`);
const report = new Report('features', RUN);
const HOUR_MS = 3_600_000;
let bus: Bus;
let storefront: Storefront;
let store: Store;
let job: RunningJob;
let sinks: RunningJob;

beforeAll(async () => {
  const log = createLog('test', 'silent');
  bus = connect({ brokers: config.kafka!, name: RUN, log });
  await bus.ensureTopics(topicSpecs(config));
  storefront = await openStorefront(bus);
  store = await openStore(config.clickhouse!, config.clickhouseDatabase);
  sinks = await startSinks({ config, bus, store, report: new Report('sinks', RUN), log });
  job = await startFeatures({ config, bus, store: {} as never, report, log }); // it uses none
  await vi.waitUntil(() => (report.snapshot(0).lag['shop.events'] ?? 0) === 0, { timeout: 60_000 });
  await openPartitionOfItem();
});
afterAll(async () => {
  await job?.stop();
  await sinks?.stop();
  await store?.command(`DROP DATABASE ${config.clickhouseDatabase}`);
  await store?.stop();
  await storefront?.stop();
  await bus?.stop();
});

const counts = () => report.snapshot(0).counts;
const updates = () => counts().item_updates ?? 0;

/**
 * A partition that is read for the first time is restored to the end of its log, and what came by restoring is no
 * update: so one event after the other, until one is.
 */
async function openPartitionOfItem(): Promise<void> {
  for (let n = 0; updates() === 0; n++) {
    const [user, item] = [`${RUN}-first`, `${RUN}-i`];
    const id = `${RUN}-first-${n}`;
    await storefront.publishEvent({ v: 1, id, type: 'view', at_ms: Date.now(), user, session: 's', item });
    await sleep(1_000);
  }
  // What other tests have left on the topics is read first.
  const read = () => updates() + (counts().events ?? 0);
  for (let before = -1; before !== read(); await sleep(5_000)) before = read();
}

it('late, too late, future and repeated events are counted apart, and marked in ClickHouse', async () => {
  const before = { ...counts() };
  const now_ms = Date.now();
  const click = (n: number, at_ms: number): ShopEvent => {
    const on = { user: `${RUN}-u`, session: 's', item: `${RUN}-i` };
    return { v: 1, id: `${RUN}-${n}`, type: 'click', at_ms, ...on };
  };
  const events = [
    click(0, now_ms),
    click(1, now_ms - 60_000), // late
    click(2, now_ms - 2 * HOUR_MS), // out of the windows of an hour
    click(3, now_ms + LIMITS.future_ms + HOUR_MS), // a clock that runs ahead
    click(0, now_ms), // a copy
    click(4, now_ms + 1),
  ];
  for (const event of events) await storefront.publishEvent(event);
  const since = () => {
    const names = ['events', 'late', 'too_late', 'future', 'duplicates', 'item_updates', 'item_updates_late'] as const;
    const all = [...names, 'item_updates_too_late'];
    return Object.fromEntries(all.map(name => [name, (counts()[name] ?? 0) - (before[name] ?? 0)]));
  };
  await vi.waitUntil(() => since().item_updates! >= 4, { timeout: 60_000 });
  expect(since()).toEqual({
    events: 4,
    late: 1,
    too_late: 1,
    future: 1,
    duplicates: 1,
    item_updates: 4,
    item_updates_late: 1,
    item_updates_too_late: 1,
  });
  const user = `${RUN}-u`;
  const marks = `SELECT id, late, too_late, copy FROM event_marks WHERE user = {user:String} ORDER BY offset`;
  await vi.waitUntil(async () => (await store.query(marks, { user })).length === 5, { timeout: 60_000, interval: 500 });
  const none = { late: false, too_late: false, copy: false };
  expect(await store.query(marks, { user })).toEqual([
    { ...none, id: `${RUN}-0` },
    { ...none, id: `${RUN}-1`, late: true },
    { ...none, id: `${RUN}-2`, late: true, too_late: true },
    { ...none, id: `${RUN}-0`, copy: true },
    { ...none, id: `${RUN}-4` },
  ]);
  const refused = 'SELECT reason FROM dead_letters FINAL WHERE key = {user:String}';
  await vi.waitUntil(async () => (await store.query(refused, { user })).length > 0, { timeout: 60_000, interval: 500 });
  expect(await store.query(refused, { user })).toEqual([{ reason: 'future' }]);
});
