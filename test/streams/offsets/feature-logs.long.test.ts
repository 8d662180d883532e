import { randomUUID } from 'node:crypto';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openStore, type Store } from '../../../schemas/clickhouse.ts';
import { createLog } from '../../../schemas/log.ts';
import type { Config } from '../../../schemas/settings/config.ts';
import type { ShopEvent } from '../../../schemas/topics/events.ts';
import { topicSpecs } from '../../../streams/graph.ts';
import { connect } from '../../../streams/kafka/connect.ts';
import { acceptLosses, lossesOf } from '../../../streams/offsets/accept.ts';
import { isLost } from '../../../streams/offsets/place.ts';
import { standings } from '../../../streams/offsets/standings.ts';
import { differences, loggedStates, recompute } from '../../faults/offline.ts';
import { type JobProcess, startJob, testConfig } from '../../job-process.ts';

const RUN = `lost${randomUUID().slice(0, 8)}`;
const EVENTS = [...eventsFrom(0), ...eventsFrom(60)];
const BEFORE = EVENTS.slice(0, 60);

function eventsFrom(first: number): ShopEvent[] {
  return Array.from({ length: 60 }, (_, n): ShopEvent => {
    const user = `${RUN}-u${n % 6}`;
    const id = `${user}-${first + n}`;
    return { v: 1, id, type: 'click', at_ms: Date.now() - n, user, session: 's', item: `${RUN}-i${n % 5}` };
  });
}

let config: Config;
let bus: ReturnType<typeof connect>;
let admin: Admin;
let store: Store;
const jobs: JobProcess[] = [];

beforeAll(async () => {
  config = testConfig(inject('endpoints'), `temper_${RUN}`);
  bus = connect({ brokers: config.kafka!, name: RUN, log: createLog('test', 'silent') });
  await bus.ensureTopics(topicSpecs(config));
  store = await openStore(config.clickhouse!, config.clickhouseDatabase);
  admin = new Kafka({ clientId: RUN, brokers: config.kafka!, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
});
afterAll(async () => {
  await Promise.all(jobs.map(job => job.kill()));
  await admin?.disconnect();
  await store?.stop();
  await bus?.stop();
});

async function start(...names: JobProcess['job'][]): Promise<JobProcess[]> {
  const started = await Promise.all(names.map(name => startJob(name, config)));
  jobs.push(...started);
  return started;
}

const stop = (started: readonly JobProcess[]) => Promise.all(started.map(job => job.stop()));

async function publish(events: readonly ShopEvent[]): Promise<void> {
  const outbox = await bus.outbox();
  await Promise.all(
    events.map(event => outbox.publish('shop.events', { key: event.user, value: JSON.stringify(event) })),
  );
  await outbox.stop();
}

/** Until the features of these events are logged, as a recomputation makes them, and all are archived. */
async function untilRead(events: readonly ShopEvent[]): Promise<void> {
  const wanted = recompute(events);
  const patience = { interval: 500 };
  await expect.poll(async () => differences(wanted, await loggedStates(bus, RUN)), patience).toEqual([]);
  const archived = async () => {
    const [row] = await store.query<{ n: string }>(`SELECT count() AS n FROM events WHERE startsWith(id, '${RUN}')`);
    return Number(row!.n);
  };
  await expect.poll(archived, patience).toBe(events.length);
}

it('features whose log lost what no snapshot contains are made anew from the events, once that is accepted', async () => {
  await publish(BEFORE);
  const first = await start('features', 'sinks');
  await untilRead(BEFORE);
  await stop(first);
  expect((await standings({ bus, store: async () => store })).filter(isLost)).toEqual([]);

  const topic = 'features.user.log';
  const ends = [...(await bus.bounds(topic))].map(([partition, { high }]) => ({ partition, offset: String(high) }));
  await admin.fetchTopicOffsets(topic); // or kafkajs knows no leader
  await admin.deleteTopicRecords({ topic, partitions: ends });
  await publish(EVENTS.slice(BEFORE.length)); // a job opens a partition when something comes
  const [features] = await start('features');
  expect(await features!.ended).toBe(1);
  expect(features!.errors()).toContain('OFFSET_LOST');

  const services = { bus, store: async () => store };
  const losses = await lossesOf(services, { job: 'features' });
  expect(losses.map(loss => loss.topic)).toContain(topic);
  expect(losses.every(({ state }) => state === 'expired')).toBe(true);
  const said = { by: 'a test', reason: 'it was injected', specs: topicSpecs(config) };
  const [running] = await start('sinks');
  await expect(acceptLosses(services, losses, said)).rejects.toMatchObject({
    code: 'INPUT_INVALID',
    message: expect.stringContaining('temper.sinks'),
  });
  await running!.stop();
  await acceptLosses(services, losses, said);
  expect((await standings(services)).filter(isLost)).toEqual([]);
  expect(await store.query('SELECT DISTINCT job, topic, reason FROM accepted_losses')).toEqual([
    { job: 'features', topic, reason: said.reason },
  ]);

  const again = await start('features', 'sinks', 'scorer');
  await untilRead(EVENTS);
  expect(await stop(again)).toEqual([0, 0, 0]);
});
