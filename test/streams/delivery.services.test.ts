import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { REDUCERS, valueAt } from '../../models/features/reducer.ts';
import { type ItemEntry, readItem, readUser, type UserEntry } from '../../models/features/states.ts';
import { random } from '../../models/random.ts';
import { openStore, type Store } from '../../schemas/clickhouse.ts';
import type { ShopEvent } from '../../schemas/events.ts';
import { createLog } from '../../schemas/log.ts';
import { keepNewer } from '../../streams/features/keyed-state.ts';
import { topicSpecs } from '../../streams/graph.ts';
import type { Bus } from '../../streams/kafka/bus.ts';
import { connect } from '../../streams/kafka/connect.ts';
import { startJob, testConfig } from '../job-process.ts';

const SEED = Number(Date.now() % 1_000_000);
const RUN = randomUUID().slice(0, 8);
const config = testConfig(inject('endpoints'), `temper_delivery_${RUN}`);
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

/** Publishes until the signal aborts; what was acknowledged is the ledger. Every tenth event is sent twice, as a shop's retries do. */
async function publishLedger(prefix: string, signal: AbortSignal): Promise<ShopEvent[]> {
  const outbox = await bus.outbox();
  const { below } = random(SEED);
  const ledger: ShopEvent[] = [];
  const sends: Promise<void>[] = [];
  for (let n = 0; !signal.aborted; n++) {
    const type = (['impression', 'click', 'cart', 'purchase'] as const)[below(4)]!;
    const user = `${prefix}-u${below(50)}`;
    const item = `${prefix}-i${below(30)}`;
    const event: ShopEvent = {
      v: 1,
      id: `${prefix}-${n}`,
      type: type as 'impression',
      at_ms: Date.now() - below(600_000),
      user,
      session: 's',
      item,
      list: 'l',
      position: 0,
    };
    const send = () => outbox.publish('shop.events', { key: user, value: JSON.stringify(event) });
    sends.push(send().then(() => void ledger.push(event)));
    if (n % 10 === 0) sends.push(send());
    if (n % 50 === 0) await sleep(50);
  }
  await Promise.all(sends);
  await outbox.stop();
  return ledger;
}

/**
 * While the producer goes on, kills the job three times, each time after it has got on, at a moment that the seed
 * draws; then lets it finish.
 */
async function ledgerWhileKilling(job: 'features' | 'sinks', prefix: string): Promise<ShopEvent[]> {
  const { uniform } = random(SEED, 7);
  const stop = new AbortController();
  const ledger = publishLedger(prefix, stop.signal);
  for (let kill = 0; kill < 3; kill++) {
    const before = await committedSum(job);
    const running = await startJob(job, config);
    await eventually(async () => (await committedSum(job)) > before, `${job} gets on`);
    await sleep(uniform() * 800);
    await running.kill();
  }
  const last = await startJob(job, config);
  stop.abort();
  await ledger;
  await settle(job);
  expect(await last.stop(), last.errors()).toBe(0);
  return ledger;
}

const GROUPS = {
  sinks: { 'temper.sinks': 'shop.events' },
  features: { 'temper.features.users': 'shop.events', 'temper.features.items': 'item.updates' },
};

async function committedSum(job: 'features' | 'sinks'): Promise<number> {
  let sum = 0;
  for (const [group, topic] of Object.entries(GROUPS[job])) {
    for (const offset of (await bus.committed(group, topic)).values()) sum += offset;
  }
  return sum;
}

/** Waits until the job's groups have committed the ends of what they read, first things first. */
async function settle(job: 'features' | 'sinks'): Promise<void> {
  for (const [group, topic] of Object.entries(GROUPS[job])) {
    const atEnd = async () => {
      const [ends, standing] = [await bus.bounds(topic), await bus.committed(group, topic)];
      return [...ends].every(([partition, { low, high }]) => high === low || standing.get(partition) === high);
    };
    await eventually(atEnd, `${group} reaches the end of ${topic}`);
  }
}

async function eventually(holds: () => Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    if (tries > 300) throw new Error(`seed ${SEED}: waited in vain until ${what}`);
    await sleep(200);
  }
}

describe('kill -9 in mid-stream', () => {
  it('of the sink: every acknowledged event is in ClickHouse, once', async () => {
    const prefix = `sink-${RUN}`;
    const ledger = await ledgerWhileKilling('sinks', prefix);
    const [row] = await store.query<{ rows: number; ids: number; positions: number }>(
      `SELECT count() AS rows, uniqExact(id) AS ids, uniqExact(topic, partition, offset) AS positions
       FROM events FINAL WHERE startsWith(id, {prefix:String})`,
      { prefix },
    );
    const sent = ledger.length + ledger.filter(event => Number(event.id.split('-').at(-1)) % 10 === 0).length;
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
    const ledger = await ledgerWhileKilling('features', prefix);

    const users = new Map<string, UserEntry>();
    const items = new Map<string, ItemEntry>();
    await bus.follow({
      topics: ['features.user', 'features.item'],
      once: true,
      apply: (topic, _partition, { key, value }) => {
        if (!key?.startsWith(prefix) || !value) return;
        const json: unknown = JSON.parse(value.toString('utf8'));
        if (topic === 'features.user') keepNewer(users, key, readUser(json));
        else keepNewer(items, key, readItem(json));
      },
    });
    const now_ms = Date.now();
    const wrong: string[] = [];
    const compare = (
      of: (event: ShopEvent) => string,
      entity: 'user' | 'item',
      states: Map<string, UserEntry | ItemEntry>,
    ) => {
      for (const key of new Set(ledger.map(of))) {
        for (const { name: feature, events, aggregate } of REDUCERS[entity].declared) {
          if (aggregate.kind !== 'halfLife' || aggregate.weight !== 'one') continue;
          const wanted = ledger
            .filter(event => of(event) === key && events.includes(event.type))
            .reduce((sum, event) => sum + 2 ** (-(now_ms - event.at_ms) / aggregate.halfLife_ms), 0);
          const got = valueAt(REDUCERS[entity], states.get(key)?.state, feature, now_ms);
          if (Math.abs(got - wanted) > 1e-6 * (1 + wanted))
            wrong.push(`${key} ${feature}: ${got} instead of ${wanted}`);
        }
      }
    };
    compare(event => event.user, 'user', users);
    compare(event => ('item' in event ? event.item : ''), 'item', items);
    expect(wrong, `seed ${SEED}`).toEqual([]);
  });
});
