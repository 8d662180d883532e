import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { listDeadLetters, replayDeadLetters } from '../../../cli/records/dead-letters.ts';
import { REDUCERS, valueAt } from '../../../models/features/aggregates/reducer.ts';
import { hash53 } from '../../../models/hash.ts';
import { openStore, type Store } from '../../../schemas/clickhouse.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import { createLog } from '../../../schemas/log.ts';
import type { ShopEvent } from '../../../schemas/topics/events.ts';
import type { DeadLetter, RefusalReason } from '../../../schemas/topics/operations.ts';
import type { RankedList } from '../../../schemas/topics/ranking.ts';
import { startFeatures } from '../../../streams/features/job.ts';
import { type JobName, topicSpecs } from '../../../streams/graph.ts';
import type { JobContext, RunningJob } from '../../../streams/job.ts';
import type { Bus } from '../../../streams/kafka/bus.ts';
import { connect } from '../../../streams/kafka/connect.ts';
import { startOutcomes } from '../../../streams/outcomes/job.ts';
import { Report } from '../../../streams/report.ts';
import { startScorer } from '../../../streams/scorer/job.ts';
import { startSinks } from '../../../streams/sinks/job.ts';
import { openStorefront, type Storefront } from '../../../streams/storefront.ts';
import { testConfig } from '../../job-process.ts';
import { readFeatures } from '../features/read.ts';
import { POISON, type PoisonedTopic } from './poison.ts';

const RUN = `poison-${randomUUID().slice(0, 8)}`;
/** How long the clock of one event runs ahead of what is allowed. */
const AHEAD_MS = 6_000;
/** Lists are examples soon. */
const config = testConfig(inject('endpoints'), `temper_${RUN.replace('-', '_')}`, { TEMPER_LABEL_WINDOW_MS: '1000' });
/** The broker takes the request that has it; it would not take a list that had it, too. */
const LARGE_HEADER = 'x'.repeat(LIMITS.record_bytes - 512);
const STARTERS = { features: startFeatures, scorer: startScorer, outcomes: startOutcomes, sinks: startSinks };

let bus: Bus;
let store: Store;
let storefront: Storefront;
const jobs: RunningJob[] = [];
const failures: string[] = [];

beforeAll(async () => {
  const log = createLog('test', 'silent');
  bus = connect({ brokers: config.kafka!, name: RUN, log });
  await bus.ensureTopics(topicSpecs(config));
  store = await openStore(config.clickhouse!, config.clickhouseDatabase);
  storefront = await openStorefront(bus);
  for (const [name, start] of Object.entries(STARTERS)) {
    const context: JobContext = { config, bus, store, report: new Report(name as JobName, RUN), log };
    const job = await start(context);
    void job.failed.then(error => failures.push(`${name}: ${error.stack}`));
    jobs.push(job);
  }
});
afterAll(async () => {
  await Promise.all(jobs.map(job => job.stop()));
  await storefront?.stop();
  await store?.command(`DROP DATABASE ${config.clickhouseDatabase}`);
  await store?.stop();
  await bus?.stop();
});

let serial = 0;
function click(user: string, more: Partial<ShopEvent> = {}): ShopEvent {
  const base = { v: 1, id: `${RUN}-e${serial++}`, type: 'click', at_ms: Date.now(), user: `${RUN}-${user}` } as const;
  return { ...base, session: 's', item: `${RUN}-i${serial % 5}`, ...more } as ShopEvent;
}

/** What a shop in order sends: it has to arrive, whatever stands before, between and behind it. */
const good = { events: [] as ShopEvent[], products: [] as string[], lists: [] as RankedList[] };
async function sendGood(traceparent?: string): Promise<void> {
  const events = Array.from({ length: 16 }, (_, n) => click(`u${n % 8}`));
  const item = `${RUN}-p${good.products.length}`;
  const request = {
    v: 1,
    id: `${RUN}-r${good.lists.length}`,
    at_ms: Date.now(),
    user: `${RUN}-u1`,
    session: 's',
  } as const;
  await Promise.all(events.map(event => storefront.publishEvent(event)));
  await storefront.publishProduct({ v: 1, item, at_ms: Date.now(), title: 'a cup', category: 'cups' });
  good.events.push(...events);
  good.products.push(item);
  good.lists.push(await storefront.ask({ ...request, surface: 'home', candidates: [item] }, 30_000, traceparent));
}

/** Key of each poisoned record, by which its dead letter is found, to the reason why it has to be refused. */
const injected = new Map<string, { topic: PoisonedTopic; reason: RefusalReason }>();
/** Dated when it is sent: jobs may take longer to start than its clock runs ahead. */
let soon: ShopEvent;

async function refused(): Promise<DeadLetter[]> {
  return (await listDeadLetters(bus, {})).filter(({ key }) => injected.has(key!));
}

describe('bad input', () => {
  it('is sent in between good input', async () => {
    await sendGood();
    soon = click('ahead', { at_ms: Date.now() + LIMITS.future_ms + AHEAD_MS });
    const key = soon.user;
    await storefront.publishRaw('shop.events', key, Buffer.from(JSON.stringify(soon)));
    injected.set(key, { topic: 'shop.events', reason: 'future' });
    for (const [n, { topic, value, reason }] of POISON(Date.now()).entries()) {
      const key = `${RUN}-bad${n}`;
      await storefront.publishRaw(topic, key, value);
      injected.set(key, { topic, reason });
      if (n % 12 === 0) await sendGood();
    }
    await storefront.withdrawProduct(good.products[0]!); // here a tombstone says something
    await sendGood(LARGE_HEADER);
    expect(injected.size).toBeGreaterThan(40);
  });

  it('is dead-lettered exactly: each record once, with its reason and its source position', async () => {
    await expect.poll(async () => (await refused()).length, { timeout: 40_000, interval: 500 }).toBe(injected.size);
    const letters = await refused();
    const reasons = Object.fromEntries(letters.map(({ key, topic, reason }) => [key, { topic, reason }]));
    expect(reasons).toEqual(Object.fromEntries(injected));

    const positions = new Map<string, string | null>();
    await bus.follow({
      topics: ['shop.events', 'shop.catalogue', 'rank.requests'],
      once: true,
      apply: (topic, partition, { key, offset }) => positions.set(`${topic}/${partition}/${offset}`, key),
    });
    for (const { id, key, topic, partition, offset } of letters) {
      expect(id).toBe(`${topic}/${partition}/${offset}`);
      expect(positions.get(id)).toBe(key);
    }
    let copies = 0;
    await bus.follow({
      topics: ['dead.letters'],
      once: true,
      apply: (_topic, _partition, { value }) => {
        if (value && injected.has(JSON.parse(value.toString('utf8')).key)) copies++;
      },
    });
    expect(copies).toBe(injected.size);
  });

  it('is in ClickHouse with the same reasons, and kept whole where it is not too large', async () => {
    const letters = await refused();
    const rows = () =>
      store.query<{ id: string; reason: string; value: string | null; truncated: boolean }>(
        'SELECT id, reason, value, truncated FROM dead_letters FINAL WHERE startsWith(key, {run:String}) ORDER BY id',
        { run: RUN },
      );
    await expect.poll(async () => (await rows()).length, { timeout: 40_000, interval: 500 }).toBe(letters.length);
    const wanted = letters.map(({ id, reason, value, truncated }) => ({ id, reason, value, truncated }));
    expect(await rows()).toEqual(wanted.sort((a, b) => (a.id < b.id ? -1 : 1)));
    for (const { truncated, value, reason } of letters) {
      if (truncated) expect(reason).toBe('too_large');
      if (value) expect(Buffer.from(value, 'base64').length).toBeLessThanOrEqual(LIMITS.dead_letter_value_bytes);
    }
  });

  it('holds up nothing: what was good is archived, counted, and answered', async () => {
    const ids = async () =>
      store.query<{ id: string }>('SELECT id FROM events FINAL WHERE startsWith(id, {run:String}) ORDER BY id', {
        run: RUN,
      });
    const wanted = good.events.map(({ id }) => ({ id })).sort((a, b) => (a.id < b.id ? -1 : 1));
    await expect.poll(ids, { timeout: 40_000, interval: 500 }).toEqual(wanted);
    const products = async () =>
      store.query('SELECT item, withdrawn FROM catalogue FINAL WHERE startsWith(item, {run:String}) ORDER BY item', {
        run: RUN,
      });
    const kept = good.products.map((item, n) => ({ item, withdrawn: n === 0 }));
    await expect
      .poll(products, { timeout: 40_000, interval: 500 })
      .toEqual(kept.sort((a, b) => (a.item < b.item ? -1 : 1)));

    const seen = async () => {
      const { users, items } = await features();
      const clicks = items.map(({ state }) => valueAt(REDUCERS.item, state, 'item.clicks.1d', Date.now()));
      return {
        events: users.flatMap(({ state }) => state.seen).sort(),
        clicks: Math.round(clicks.reduce((sum, n) => sum + n, 0)),
      };
    };
    const all = { events: good.events.map(({ id }) => hash53(id)).sort(), clicks: good.events.length };
    await expect.poll(seen, { timeout: 40_000, interval: 500 }).toEqual(all);
    expect(good.lists.map(({ items }) => items.length)).toEqual(good.lists.map(() => 1));
    expect(failures).toEqual([]);
  });
});

async function features() {
  const { users, items } = await readFeatures(bus);
  const own = <E extends { key: string }>(entries: ReadonlyMap<string, E>) =>
    [...entries.values()].filter(({ key }) => key.startsWith(RUN));
  return { users: own(users), items: own(items) };
}

describe('a replay of dead letters', () => {
  it('filters by topic and by reason', async () => {
    const reasons = async (filter: { topic?: string; reason?: string }) =>
      (await listDeadLetters(bus, filter)).filter(({ key }) => injected.has(key!));
    const wanted = (topic: string, reason: string) =>
      [...injected.values()].filter(each => each.topic === topic && each.reason === reason).length;
    expect(await reasons({ topic: 'rank.requests', reason: 'not_json' })).toHaveLength(
      wanted('rank.requests', 'not_json'),
    );
    expect(await reasons({ topic: 'shop.events', reason: 'future' })).toHaveLength(wanted('shop.events', 'future'));
    expect(await reasons({ topic: 'rank.lists' })).toEqual([]);
  });

  it('keeps what is refused today as well, each with its reason, and sends what is accepted now', async () => {
    await expect.poll(() => Date.now() + LIMITS.future_ms, { timeout: 20_000 }).toBeGreaterThan(soon.at_ms);
    const letters = await refused();
    const { kept, replayed } = await replayDeadLetters(bus, {});
    const why = new Map(kept.map(each => [each.id, each.why]));
    for (const { id, key, reason, truncated } of letters) {
      if (key === soon.user) expect(why.has(id)).toBe(false);
      else if (reason === 'tombstone') expect(why.get(id)).toMatch(/nothing to replay/);
      else if (truncated) expect(why.get(id)).toMatch(/only its first bytes were kept/);
      else expect(why.get(id)).toMatch(new RegExp(`^${reason}: `));
    }
    expect(replayed).toBeGreaterThanOrEqual(1);

    const arrived = () => store.query('SELECT id FROM events FINAL WHERE id = {id:String}', { id: soon.id });
    await expect.poll(arrived, { timeout: 40_000, interval: 500 }).toEqual([{ id: soon.id }]);
    const remembered = async () => (await features()).users.find(({ key }) => key === soon.user)?.state.seen;
    await expect.poll(remembered, { timeout: 40_000, interval: 500 }).toEqual([hash53(soon.id)]);
    expect((await refused()).length, 'and nothing is refused a second time').toBe(injected.size);
    expect(failures).toEqual([]);
  });
});
