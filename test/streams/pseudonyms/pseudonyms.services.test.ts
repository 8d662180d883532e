import path from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createLog } from '../../../schemas/log.ts';
import type { RankedList } from '../../../schemas/topics/ranking.ts';
import { type TopicName, topicSpecs } from '../../../streams/graph.ts';
import type { RunningJob } from '../../../streams/job.ts';
import type { StreamRecord } from '../../../streams/kafka/bus.ts';
import { connect } from '../../../streams/kafka/connect.ts';
import { startPseudonyms } from '../../../streams/pseudonyms/job.ts';
import { pseudonymsOf } from '../../../streams/pseudonyms/keys.ts';
import { Report } from '../../../streams/report.ts';
import { testConfig } from '../../job-process.ts';

const RUN = `pseudonyms-${Date.now().toString(36)}`;
const KEYS = path.resolve(import.meta.dirname, '../../fixtures/pseudonyms/keys');
const config = testConfig(inject('endpoints'), 'temper_pseudonyms', { TEMPER_PSEUDONYM_KEYS: KEYS });
const log = createLog('test', 'silent');
const bus = connect({ brokers: config.kafka!, name: RUN, log });
let job: RunningJob;

beforeAll(async () => {
  await bus.ensureTopics(topicSpecs(config));
  const report = new Report('pseudonyms', RUN);
  job = await startPseudonyms({ config, bus, store: undefined as never, report, log });
});
afterAll(async () => {
  await job?.stop();
  await bus.stop();
});

/** What a topic has of this run by now. */
async function read(topic: TopicName): Promise<StreamRecord[]> {
  const records: StreamRecord[] = [];
  const apply = (_topic: string, _partition: number, record: StreamRecord) => {
    if (`${record.value}`.includes(RUN)) records.push(record);
  };
  await bus.follow({ topics: [topic], once: true, apply });
  return records;
}

it('users are pseudonyms behind the job, each with his own, and lists go back to who asked', async () => {
  const outbox = await bus.outbox();
  const about = { v: 1, at_ms: Date.now(), session: 's' };
  const users = ['anna', 'ben', 'cleo'].map(name => `${name}@${RUN}`);
  for (const [n, user] of users.entries()) {
    const event = { ...about, id: `${RUN}-e${n}`, type: 'view', user, item: `${RUN}-item` };
    const request = { ...about, id: `${RUN}-r${n}`, user, surface: 'home' };
    await outbox.publish('raw.events', { key: user, value: JSON.stringify(event) });
    await outbox.publish('raw.requests', { key: user, value: JSON.stringify(request) });
  }
  const pseudonyms = pseudonymsOf(config);
  const wanted = users.map(user => pseudonyms.of(user)).sort();
  for (const topic of ['shop.events', 'rank.requests'] as const) {
    await expect
      .poll(async () => (await read(topic)).map(({ key }) => key).sort(), { timeout: 60_000 })
      .toEqual(wanted);
    for (const { key, value } of await read(topic)) expect(`${key} ${value}`).not.toMatch(/anna|ben@|cleo/);
  }

  for (const [n, user] of users.entries()) {
    const list: RankedList = {
      ...{ v: 1, id: `${RUN}-r${n}`, at_ms: about.at_ms, user: pseudonyms.of(user), session: 's', surface: 'home' },
      ...{ model: 'm', arm: 'champion', features_version: 'f', candidates: 0, history: [], index: {}, items: [] },
      spent_ms: { queue: 0, candidates: 0, features: 0, score: 0 },
    };
    await outbox.publish('rank.lists', { key: list.user, value: JSON.stringify(list) });
  }
  const back = async () =>
    (await read('raw.lists'))
      .map(({ key, value }) => [key, JSON.parse(`${value}`).user])
      .sort(([a], [b]) => (a < b ? -1 : 1));
  await expect.poll(back, { timeout: 60_000 }).toEqual(users.map(user => [user, user]));
  await outbox.stop();
});
