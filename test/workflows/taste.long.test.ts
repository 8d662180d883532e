import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, it, onTestFinished } from 'vitest';
import { ensureKey, keysIn } from '../../models/registry/keys.ts';
import { openStore, type Store } from '../../schemas/clickhouse.ts';
import { createLog } from '../../schemas/log.ts';
import { WatchPolicy } from '../../schemas/policies/watch-policy.ts';
import { topicSpecs } from '../../streams/graph.ts';
import { connect } from '../../streams/kafka/connect.ts';
import { openStorefront } from '../../streams/storefront.ts';
import { openClient, retrainResult, startRetrain } from '../../workflows/clients/client.ts';
import { startJob, testConfig } from '../job-process.ts';
import { clickRate } from '../sim/rates.ts';
import { openShop } from '../sim/shop.ts';
import { Tally } from '../sim/tally.ts';
import { createWorld, thrifty } from '../sim/world.ts';

/** Of the products, the users and what they do. */
const SEED = Number(process.env.SHOP_SEED ?? 1);
const LISTS_PER_SECOND = 100;
const FIRST_LISTS = 5_500;
const MINUTE_MS = 60_000;
/** Windows of minutes in place of days, for users who decide within seconds. */
const HOURS = (minutes: number) => minutes / 60;
const POLICY = WatchPolicy.parse({
  reference: { hours: HOURS(1.25) },
  window: { hours: HOURS(0.75) },
  sustained_hours: HOURS(0.25),
  fall: { hours: HOURS(1) },
  // A new shop's counts grow by the minute, and with them nearly all features drift.
  drift: { act: 'alert' },
  scores: { act: 'alert' },
  retrain: { cool_down_hours: HOURS(2), lists: 9_000, wait_hours: HOURS(10) },
});

it(
  'notices by itself that the taste of its users has changed, retrains, promotes, and earns clicks again',
  async () => {
    const room = await openTasteRoom();
    onTestFinished(() => room.clear());
    const { store, tally, client } = room;

    await until(async () => (await room.examples()) >= FIRST_LISTS, 6 * MINUTE_MS, 'the first examples', room.told);
    await startRetrain(client, { surface: 'home', seed: 1, reason: 'the first examples', requestedBy: 'test' });
    const { promoted, model: first, verdict } = await retrainResult(client, 'home');
    expect(promoted, JSON.stringify(verdict.checks.filter(({ passed }) => !passed))).toBe(true);

    tally.enter('usual');
    await sleep((POLICY.reference.hours + POLICY.window.hours) * 60 * MINUTE_MS + MINUTE_MS / 3);
    expect(await deeds(store), 'nothing has changed yet').toEqual([]);

    room.changeTaste();
    tally.enter('changed');
    const changed_ms = Date.now();
    await until(async () => (await noticedIn(store)).length > 0, 10 * MINUTE_MS, 'a word of the watch', room.told);
    const [noticed] = await noticedIn(store);
    // The gates may want more of the new examples than the first retraining has: the watch asks again, with more.
    const next = async () => (await promotionsAfter(store, first!))[0];
    await until(async () => (await next()) !== undefined, 15 * MINUTE_MS, 'a promotion', room.told);
    const second = (await next())!;
    tally.enter('after');
    await sleep(0.75 * MINUTE_MS);

    const rate = (phase: string, arm = 'champion') => clickRate(tally, { phase, arm });
    const story = {
      usual: rate('usual'),
      changed: rate('changed'),
      after: rate('after'),
      control: ['usual', 'changed', 'after'].map(phase => rate(phase, 'control')),
      noticed_s: (noticed!.at_ms - changed_ms) / 1_000,
      promoted_s: (second.at_ms - changed_ms) / 1_000,
      ...{ first, second, noticed, deeds: await deeds(store) },
    };
    console.error(JSON.stringify(story));
    expect(noticed!.model).toBe(first);
    expect(second.reason).toMatch(/^.*(calibration|clicks|behind): .*\(asked by watch\)$/);
    expect(story.changed.high).toBeLessThan(story.usual.low);
    expect(story.after.low).toBeGreaterThan(story.changed.high);
  },
  30 * MINUTE_MS,
);

/** Real services, the jobs as processes, and the simulated shop, whose users' taste is changed by a word. */
async function openTasteRoom() {
  const endpoints = inject('endpoints');
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'temper-taste-'));
  const policy = path.join(dataDir, 'watch.json');
  await writeFile(policy, JSON.stringify(POLICY));
  const config = testConfig(endpoints, `temper_taste_${process.pid}`, {
    ...{ TEMPER_DATA: dataDir, TEMPER_TEXT_ENCODER: 'none', TEMPER_IMAGE_ENCODER: 'none' },
    ...{ TEMPER_EXPLORATION: '0.25', TEMPER_CONTROL: '0.15', TEMPER_WATCH: '15s', TEMPER_WATCH_POLICY: policy },
    ...{ TEMPER_LABEL_WINDOW_MS: '4000', TEMPER_PURCHASE_WINDOW_MS: '20000' },
  });
  const bus = connect({ brokers: config.kafka!, name: 'temper-taste', log: createLog('test', 'silent') });
  await bus.ensureTopics(topicSpecs(config));
  const store = await openStore(config.clickhouse!, config.clickhouseDatabase);
  await ensureKey(keysIn(config), Date.now());
  const names = ['features', 'scorer', 'outcomes', 'sinks', 'worker'] as const;
  const jobs = await Promise.all(names.map(name => startJob(name, config)));
  const storefront = await openStorefront(bus);
  const client = await openClient({ address: config.temporal!, namespace: config.temporalNamespace });
  const tally = new Tally('before');
  const closing = new AbortController();
  let isChanged = false;
  const shop = openShop({
    ...{
      storefront,
      world: createWorld({ seed: SEED, users: 800 }),
      seed: SEED,
      listsPerSecond: LISTS_PER_SECOND,
      tally,
    },
    signal: closing.signal,
    tasteOf: user => (isChanged ? thrifty(user) : user),
  });
  let failure: unknown;
  shop.catch(error => {
    failure = error;
  });
  return {
    ...{ store, tally, client },
    /** What there is to say where something does not come. */
    told: async () => ({
      ...{ failure, seen: tally.snapshot(), looks: await lastLooks(store) },
      jobs: jobs.map(({ job, errors }) => [job, errors().slice(-500)]),
    }),
    changeTaste: () => {
      isChanged = true;
    },
    /** Lists with outcomes. */
    examples: async () => {
      const [row] = await store.query<{ lists: string }>('SELECT uniqExact(list) AS lists FROM examples');
      return Number(row?.lists ?? 0);
    },
    async clear() {
      closing.abort();
      await shop.catch(() => {});
      await client.close();
      await storefront.stop();
      await Promise.all(jobs.map(job => job.stop()));
      await store.command(`DROP DATABASE ${config.clickhouseDatabase}`);
      await store.stop();
      await bus.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

interface Promoted {
  at_ms: number;
  model: string;
  reason: string;
}

const promotionsAfter = (store: Store, model: string) =>
  store.query<Promoted>(
    `SELECT toUnixTimestamp64Milli(at) AS at_ms, model, reason FROM promotions FINAL WHERE previous = {model:String}
     ORDER BY at SETTINGS output_format_json_quote_64bit_integers = 0`,
    { model },
  );

interface Deed {
  at_ms: number;
  model: string;
  act: string;
  reason: string;
  outcome: string;
}

const deedsWith = (store: Store, acts: string) =>
  store.query<Deed>(
    `SELECT toUnixTimestamp64Milli(at) AS at_ms, model, act, reason, outcome FROM watch_looks FINAL
     WHERE act IN (${acts}) ORDER BY at SETTINGS output_format_json_quote_64bit_integers = 0`,
  );
/** What the watch did. */
const deeds = (store: Store) => deedsWith(store, "'retrain', 'rollback'");
/** That a retraining is to come, which waits for lists, or that it begins. */
const noticedIn = async (store: Store) =>
  (await deedsWith(store, "'alert', 'retrain'")).filter(
    ({ act, reason }) => act === 'retrain' || reason.includes('a retraining waits for'),
  );

/** How signals stood of late, for whoever has to find out why nothing followed. */
const lastLooks = (store: Store) =>
  store.query(
    `SELECT at, act, reason, outcome, model, signals FROM (SELECT * FROM watch_looks FINAL ORDER BY at DESC LIMIT 4) AS looks
     LEFT JOIN (SELECT at, groupArray((signal, state, reason)) AS signals FROM watch_signals FINAL GROUP BY at) AS stood
     USING at ORDER BY at`,
  );

async function until(
  holds: () => Promise<boolean>,
  most_ms: number,
  what: string,
  told: () => Promise<object>,
): Promise<void> {
  for (const end_ms = Date.now() + most_ms; Date.now() < end_ms; await sleep(1_000)) if (await holds()) return;
  throw new Error(`${what} did not come within ${most_ms / MINUTE_MS} minutes: ${JSON.stringify(await told())}`);
}
