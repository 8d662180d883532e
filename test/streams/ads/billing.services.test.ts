import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { random } from '../../../models/random.ts';
import { openStore, type Store } from '../../../schemas/clickhouse.ts';
import { createLog } from '../../../schemas/log.ts';
import type { Config } from '../../../schemas/settings/config.ts';
import { Account, type Ad, Charge, type DaySpend } from '../../../schemas/topics/ads.ts';
import type { ShopEvent } from '../../../schemas/topics/events.ts';
import { type JobName, topicSpecs } from '../../../streams/graph.ts';
import type { Outbox } from '../../../streams/kafka/bus.ts';
import { connect } from '../../../streams/kafka/connect.ts';
import { type JobProcess, startJob, testConfig } from '../../job-process.ts';
import { campaign, listWith } from './records.ts';

const SEED = 5;
const LISTS = 600;
const KILLS = 2;
/** The first two have budgets that last, the others less than what is clicked. */
const CAMPAIGNS = [
  { name: 'a', daily_micros: 1e9, pays_for: 'click' },
  { name: 'b', daily_micros: 1e9, pays_for: 'purchase' },
  { name: 'c', daily_micros: 3_000_000, pays_for: 'click' },
  { name: 'd', daily_micros: 1_234_567, pays_for: 'click' },
] as const;

const run = `billing-${randomUUID().slice(0, 8)}`;
const { below } = random(SEED);
const jobs = new Map<JobName, JobProcess>();
let config: Config;
let bus: ReturnType<typeof connect>;
let outbox: Outbox;
let store: Store;
/** What was claimed, by campaign: of each list, item and kind once. */
const claimed = new Map<string, Map<string, number>>();

beforeAll(async () => {
  const windows = { TEMPER_LABEL_WINDOW_MS: '60000', TEMPER_PURCHASE_WINDOW_MS: '600000' };
  config = testConfig(inject('endpoints'), 'temper_billing', windows);
  bus = connect({ brokers: config.kafka!, name: run, log: createLog('test', 'silent') });
  await bus.ensureTopics(topicSpecs(config));
  outbox = await bus.outbox();
  store = await openStore(config.clickhouse!, config.clickhouseDatabase);
  await start('outcomes', 'billing', 'sinks');
});
afterAll(async () => {
  await Promise.all([...jobs.values()].map(job => job.kill()));
  await outbox?.stop();
  await store?.stop();
  await bus?.stop();
});

async function start(...names: JobName[]): Promise<void> {
  await Promise.all(names.map(async name => jobs.set(name, await startJob(name, config))));
}

/** A list with an ad of each campaign, and what its user does; some of it twice, some of it before the list is told. */
async function shop(n: number): Promise<void> {
  const at_ms = Date.now();
  const user = `${run}-u${below(40)}`;
  const ads = CAMPAIGNS.map(({ name, daily_micros, pays_for }): Ad => {
    const price_micros = 1_000 * (1 + below(100)) + below(1_000);
    const campaign = `${run}-${name}`;
    const of = { campaign, daily_micros, pays_for, price_micros, bid_micros: price_micros, click_rate: 0.1 };
    return { ...of, currency: 'EUR', day: new Date(at_ms).toISOString().slice(0, 10), label: 'Sponsored' };
  });
  const list = listWith(ads, { id: `${run}-l${n}`, at_ms, user });
  const sendList = () => outbox.publish('rank.lists', { key: user, value: JSON.stringify(list) });
  const sendEvent = (event: ShopEvent) => outbox.publish('shop.events', { key: user, value: JSON.stringify(event) });
  const events = list.items.flatMap(({ item, position, ad }): ShopEvent[] => {
    if (below(3) === 0) return [];
    const on = { v: 1, at_ms: at_ms + 1, user, session: 's', item, list: list.id, position } as const;
    const type = ad!.pays_for;
    const known = claimed.get(ad!.campaign) ?? new Map();
    claimed.set(ad!.campaign, known.set(`${list.id}/${item}/${type}`, ad!.price_micros));
    const click = { ...on, id: `${list.id}/${item}/click`, type: 'click' } as const;
    const bought = { ...on, id: `${list.id}/${item}/bought`, type: 'purchase' } as const;
    const again = below(4) === 0 ? [{ ...click, id: `${click.id}-again` }, click] : [];
    return [click, ...(type === 'purchase' ? [bought] : []), ...again];
  });
  const sendings = below(5) === 0 ? [...events.map(sendEvent), sendList()] : [sendList(), ...events.map(sendEvent)];
  await Promise.all([...sendings, ...(below(10) === 0 ? [sendList()] : [])]);
}

async function accounts(): Promise<Map<string, Account>> {
  const found = new Map<string, Account>();
  await bus.follow({
    topics: ['ads.ledger'],
    once: true,
    apply: (_topic, _partition, { key, value }) => {
      if (!key?.startsWith(run) || !value) return;
      const account = Account.parse(JSON.parse(value.toString('utf8')));
      if ((found.get(key)?.next ?? -1) < account.next) found.set(key, account);
    },
  });
  return found;
}

/** All that was told of charges, copies too. */
async function charges(): Promise<Charge[]> {
  const found: Charge[] = [];
  await bus.follow({
    topics: ['ads.charges'],
    once: true,
    apply: (_topic, _partition, { key, value }) => {
      if (key?.startsWith(run) && value) found.push(Charge.parse(JSON.parse(value.toString('utf8'))));
    },
  });
  return found;
}

/** What ClickHouse knows of the campaigns of this run. */
function archived<Row>(columns: string, table: string): Promise<Row[]> {
  const where = 'startsWith(campaign, {run:String})';
  return store.query<Row>(`SELECT ${columns} FROM ${table} FINAL WHERE ${where} ORDER BY campaign, at`, { run });
}

const sum = (all: Iterable<number>) => [...all].reduce((total, each) => total + each, 0);
const total = (days: readonly DaySpend[], of: 'billed_micros' | 'unbilled_micros') => sum(days.map(each => each[of]));

describe('billing', () => {
  it(`charges each claim once and no budget too much, while jobs are killed ${KILLS} times`, async () => {
    let sent = 0;
    const shopping = (async () => {
      for (; sent < LISTS; sent++) {
        await shop(sent);
        await sleep(10);
      }
    })();
    for (let kill = 0; kill < KILLS; kill++) {
      const due = ((kill + 0.3) * LISTS) / KILLS;
      await vi.waitUntil(() => sent >= due, { timeout: 120_000 });
      const killed: JobName[] = kill % 3 === 2 ? ['billing', 'outcomes'] : [kill % 3 === 1 ? 'outcomes' : 'billing'];
      await Promise.all(killed.map(name => jobs.get(name)!.kill()));
      await start(...killed);
    }
    await shopping;
    const expected = new Map([...claimed].map(([campaign, each]) => [campaign, sum(each.values())]));
    const claimedIn = async () => {
      const all = await accounts();
      return new Map(
        [...expected.keys()].map(campaign => {
          const { days = [] } = all.get(campaign) ?? {};
          return [campaign, total(days, 'billed_micros') + total(days, 'unbilled_micros')];
        }),
      );
    };
    await expect.poll(claimedIn, { timeout: 180_000, interval: 1_000 }).toEqual(expected);

    const all = await accounts();
    for (const { name, daily_micros } of CAMPAIGNS) {
      const { days } = all.get(`${run}-${name}`)!;
      expect(days.length).toBeLessThanOrEqual(2); // midnight may pass
      for (const { billed_micros } of days) expect(billed_micros).toBeLessThanOrEqual(daily_micros);
      if (days.length === 1)
        expect(days[0]!.billed_micros).toBe(Math.min(daily_micros, expected.get(`${run}-${name}`)!));
    }
  }, 400_000);

  it('tells of each claim one verdict, however often it tells it', async () => {
    const byId = new Map<string, Charge>();
    for (const charge of await charges())
      expect(byId.get(charge.id) ?? charge).toEqual(byId.set(charge.id, charge).get(charge.id)); // prettier-ignore
    expect([...byId.keys()].sort()).toEqual([...claimed.values()].flatMap(each => [...each.keys()]).sort());
    const all = await accounts();
    for (const [campaign, { days }] of all) {
      const billed = sum([...byId.values()].filter(each => each.campaign === campaign).map(each => each.billed_micros));
      expect(billed).toBe(total(days, 'billed_micros'));
    }
  });

  it('comes to the same sums in ClickHouse', async () => {
    const expected = [...(await accounts())].map(([campaign, { days }]) => [campaign, total(days, 'billed_micros')]);
    const sums = async () => {
      const rows = await archived<{ campaign: string; billed_micros: string }>('campaign, billed_micros', 'charges');
      const by = new Map<string, number>();
      for (const row of rows) by.set(row.campaign, (by.get(row.campaign) ?? 0) + Number(row.billed_micros));
      return [...by].sort();
    };
    await expect.poll(sums, { timeout: 60_000, interval: 1_000 }).toEqual(expected.sort());
  });
});

describe('campaigns', () => {
  it('are archived as they come and end; what is refused is a dead letter', async () => {
    const key = `${run}-spring`;
    const whole = campaign(key, { hours: { from: 8, to: 20 }, cap: { most: 3, hours: 24 }, zone: 'Europe/Berlin' });
    const bad = { ...whole, bid_micros: 0.5 };
    for (const value of [JSON.stringify(whole), JSON.stringify(bad), null]) {
      await outbox.publish('shop.campaigns', { key, value });
    }
    const rows = () => archived<Record<string, string>>('status, bid_micros, zone, terms', 'campaigns');
    await expect
      .poll(async () => (await rows()).map(({ status }) => status).sort(), { timeout: 60_000 })
      .toEqual(['ended', 'running']);
    const running = (await rows()).find(({ status }) => status === 'running')!;
    expect(running.zone).toBe('Europe/Berlin');
    expect(Number(running.bid_micros)).toBe(500_000);
    expect(JSON.parse(running.terms!)).toEqual({ hours: { from: 8, to: 20 }, cap: { most: 3, hours: 24 } });
    const letters = () =>
      store.query<{ reason: string; detail: string }>(
        'SELECT reason, detail FROM dead_letters WHERE key = {key:String}',
        {
          key,
        },
      );
    await expect.poll(letters, { timeout: 60_000 }).toHaveLength(1);
    expect((await letters())[0]).toMatchObject({
      reason: 'invalid_field',
      detail: expect.stringContaining('bid_micros'),
    });
  });
});
