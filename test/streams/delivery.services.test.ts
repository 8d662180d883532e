import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { countAt, ITEM_COUNTS, USER_COUNTS } from '../../models/features/counts.ts';
import { random } from '../../models/random.ts';
import { openStore, type Store } from '../../schemas/clickhouse.ts';
import type { ShopEvent } from '../../schemas/events.ts';
import { ItemFeatures, UserFeatures } from '../../schemas/features.ts';
import { createLog } from '../../schemas/log.ts';
import { keepNewer } from '../../streams/features/keyed-state.ts';
import { topicSpecs } from '../../streams/graph.ts';
import type { Bus } from '../../streams/kafka/bus.ts';
import { connect } from '../../streams/kafka/connect.ts';
import { startJob, testConfig } from '../job-process.ts';

const SEED = Number(Date.now() % 1_000_000);
const RUN = randomUUID().slice(0, 8);
const config = testConfig(inject('endpoints'), `delivery_${RUN}`);
let bus: Bus;
let store: Store;

beforeAll(async () => {
  bus = connect({ brokers: config.kafka!, name: 'delivery-test', log: createLog('test', 'error') });
  await bus.ensureTopics(topicSpecs(config));
  store = await openStore(config.clickhouse!, config.clickhouseDatabase);
});
afterAll(async () => {
  await store?.stop();
  await bus?.stop();
});

/** What the producer sent and the broker acknowledged; every tenth event is sent twice, as a shop's retries do. */
async function publishLedger(prefix: string, events: number, perSecond: number): Promise<ShopEvent[]> {
  const outbox = await bus.outbox();
  const { below } = random(SEED, events);
  const ledger: ShopEvent[] = [];
  const sends: Promise<void>[] = [];
  for (let n = 0; n < events; n++) {
    const type = (['impression', 'click', 'cart', 'purchase'] as const)[below(4)]!;
    const user = `${prefix}-u${below(50)}`;
    const item = `${prefix}-i${below(30)}`;
    const event = {
      v: 1,
      id: `${prefix}-${n}`,
      type,
      at_ms: Date.now() - below(600_000),
      user,
      session: 's',
      item,
      list: 'l',
      position: 0,
    } as ShopEvent;
    const send = () => outbox.publish('shop.events', { key: user, value: JSON.stringify(event) });
    sends.push(send().then(() => void ledger.push(event)));
    if (n % 10 === 0) sends.push(send());
    if (n % Math.ceil(perSecond / 20) === 0) await sleep(50);
  }
  await Promise.all(sends);
  await outbox.stop();
  return ledger;
}

/** Kills the job every now and then, at moments that the seed draws, and starts it again, until the work is done. */
async function whileKilling<T>(job: 'features' | 'sinks', work: Promise<T>): Promise<{ result: T; kills: number }> {
  const { uniform } = random(SEED, 7);
  let done = false;
  void work.finally(() => {
    done = true;
  });
  let kills = 0;
  let running = await startJob(job, config);
  while (!done) {
    await sleep(700 + uniform() * 1_200);
    await running.kill();
    kills++;
    running = await startJob(job, config);
  }
  await settle(job);
  await running.stop();
  return { result: await work, kills };
}

/** Waits until the job's group has committed the end of what it reads. */
async function settle(job: 'features' | 'sinks'): Promise<void> {
  const groups =
    job === 'sinks'
      ? { 'temper.sinks': 'shop.events' }
      : { 'temper.features.users': 'shop.events', 'temper.features.items': 'item.updates' };
  for (const [group, topic] of Object.entries(groups)) {
    for (let tries = 0; ; tries++) {
      const ends = await bus.bounds(topic);
      const standing = await bus.committed(group, topic);
      if ([...ends].every(([partition, { low, high }]) => high === low || standing.get(partition) === high)) break;
      if (tries > 300) throw new Error(`seed ${SEED}: ${group} did not reach the end of ${topic}`);
      await sleep(200);
    }
  }
}

describe('kill -9 in mid-stream', () => {
  it('of the sink: every acknowledged event is in ClickHouse, once', async () => {
    const prefix = `sink-${RUN}`;
    const { result: ledger, kills } = await whileKilling('sinks', publishLedger(prefix, 12_000, 1_500));
    const [row] = await store.query<{ rows: number; ids: number; positions: number }>(
      `SELECT count() AS rows, uniqExact(id) AS ids, uniqExact(topic, partition, offset) AS positions
       FROM events FINAL WHERE startsWith(id, {prefix:String})`,
      { prefix },
    );
    const sent = ledger.length + ledger.filter(event => Number(event.id.split('-').at(-1)) % 10 === 0).length;
    expect(kills, `seed ${SEED}`).toBeGreaterThanOrEqual(3);
    expect(
      { rows: Number(row!.rows), ids: Number(row!.ids), positions: Number(row!.positions) },
      `seed ${SEED}`,
    ).toEqual({
      rows: sent,
      ids: ledger.length,
      positions: sent,
    });
  });

  it('of the feature job: features equal a recomputation from the ledger, duplicates and all', async () => {
    const prefix = `features-${RUN}`;
    const { result: ledger, kills } = await whileKilling('features', publishLedger(prefix, 12_000, 1_500));
    expect(kills, `seed ${SEED}`).toBeGreaterThanOrEqual(3);

    const users = new Map<string, UserFeatures>();
    const items = new Map<string, ItemFeatures>();
    await bus.follow({
      topics: ['features.user', 'features.item'],
      once: true,
      apply: (topic, _partition, { key, value }) => {
        if (!key?.startsWith(prefix) || !value) return;
        const json: unknown = JSON.parse(value.toString('utf8'));
        if (topic === 'features.user') keepNewer(users, key, UserFeatures.parse(json));
        else keepNewer(items, key, ItemFeatures.parse(json));
      },
    });
    const now_ms = Date.now();
    const wrong: string[] = [];
    const compare = (
      name: string,
      of: (event: ShopEvent) => string,
      declared: typeof USER_COUNTS,
      states: Map<string, UserFeatures | ItemFeatures>,
    ) => {
      for (const key of new Set(ledger.map(of))) {
        for (const [index, count] of declared.entries()) {
          const wanted = ledger
            .filter(event => of(event) === key && count.types.includes(event.type))
            .reduce((sum, event) => sum + 2 ** (-(now_ms - event.at_ms) / count.halfLife_ms), 0);
          const got = countAt(states.get(key)?.state, declared, index, now_ms);
          if (Math.abs(got - wanted) > 1e-6 * (1 + wanted))
            wrong.push(`${name} ${key} ${count.name}: ${got} instead of ${wanted}`);
        }
      }
    };
    compare('user', event => event.user, USER_COUNTS, users);
    compare('item', event => ('item' in event ? event.item : ''), ITEM_COUNTS, items);
    expect(wrong, `seed ${SEED}`).toEqual([]);
  });
});
