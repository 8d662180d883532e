import { randomUUID } from 'node:crypto';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { openStore, type Store } from '../../../schemas/clickhouse.ts';
import { createLog } from '../../../schemas/log.ts';
import { type Config, childEnvironment } from '../../../schemas/settings/config.ts';
import type { ProductInput, ShopEvent } from '../../../schemas/topics/events.ts';
import type { RankedList } from '../../../schemas/topics/ranking.ts';
import type { Answer } from '../../../schemas/topics/support.ts';
import { admit } from '../../../streams/admit.ts';
import { topicSpecs } from '../../../streams/graph.ts';
import type { Outbox } from '../../../streams/kafka/bus.ts';
import { connect } from '../../../streams/kafka/connect.ts';
import { type JobProcess, startJob, TEMPER, testConfig } from '../../job-process.ts';

const RUN = `support-${randomUUID().slice(0, 8)}`;
const USER = `${RUN}-u`;
/** A word that no other test's products have. */
const WORD = Array.from(RUN.slice(-8), digit => 'bcdfghjklmnpqrst'[Number.parseInt(digit, 16)]).join('');
let config: Config;
let bus: ReturnType<typeof connect>;
let outbox: Outbox;
let store: Store;
let jobs: JobProcess[];
const answers: Answer[] = [];
const lists: RankedList[] = [];

beforeAll(async () => {
  const settings = { TEMPER_POLICIES: 'test/fixtures/support/policies', TEMPER_TEXT_ENCODER: 'none' };
  const rest = { TEMPER_IMAGE_ENCODER: 'none', TEMPER_EXPLORATION: '0', TEMPER_CONTROL: '0' };
  config = testConfig(inject('endpoints'), 'temper_support', { ...settings, ...rest });
  bus = connect({ brokers: config.kafka!, name: RUN, log: createLog('test', 'silent') });
  await bus.ensureTopics(topicSpecs(config));
  outbox = await bus.outbox();
  store = await openStore(config.clickhouse!, config.clickhouseDatabase);
  await bus.follow({
    topics: ['support.answers', 'rank.lists'],
    fromEnd: true,
    maxWait_ms: 20,
    apply: (topic, _partition, record) => {
      if (!record.key?.startsWith(RUN)) return;
      const said = admit(topic as 'support.answers' | 'rank.lists', record);
      if (said.ok && 'outcome' in said.value) answers.push(said.value);
      else if (said.ok) lists.push(said.value as RankedList);
    },
  });
  const product: ProductInput = {
    v: 1,
    item: `${RUN}-kettle`,
    at_ms: Date.now(),
    title: `Kettle ${WORD}`,
    category: 'kitchen',
  };
  await outbox.publish('shop.catalogue', { key: product.item, value: JSON.stringify(product) });
  jobs = await Promise.all((['sinks', 'scorer', 'support'] as const).map(job => startJob(job, config)));
});
afterAll(async () => {
  await Promise.all((jobs ?? []).map(job => job.kill()));
  await outbox?.stop();
  await store?.stop();
  await bus?.stop();
});

const envelope = { v: 1, user: USER, session: 's' } as const;
const send = (event: ShopEvent) => outbox.publish('shop.events', { key: USER, value: JSON.stringify(event) });
async function answerTo(id: string, text: string): Promise<Answer> {
  await send({ ...envelope, id: `${RUN}-${id}`, type: 'question', at_ms: Date.now(), text });
  return vi.waitUntil(() => answers.find(answer => answer.id === `${RUN}-${id}`), { timeout: 60_000 });
}

it('questions are answered from policies, catalogue and orders, once each; what has no source goes to a person', async () => {
  const kettle = `${RUN}-kettle`;
  const at_ms = Date.UTC(2026, 10, 24);
  await send({ ...envelope, id: `${RUN}-bought`, type: 'purchase', at_ms, item: kettle, value: 5 });

  const policy = await answerTo('q1', 'Do you deliver to post office boxes?');
  expect(policy).toMatchObject({
    outcome: 'answered',
    text: expect.stringContaining('not deliver to post office boxes'),
  });
  expect(policy.sources[0]!.id).toBe('policy:delivery#abroad');

  const asking = ['ask', 'Do you deliver to post office boxes?', '--user', USER, '--session', 'other'];
  const { stdout } = await execa(process.execPath, [TEMPER, ...asking], { env: childEnvironment(config) });
  expect(stdout).toContain('We do not deliver to post office boxes. [1]\n\n[1] policy:delivery#abroad');
  expect(stdout).toMatch(/\nanswered; en; \d+ ms$/);

  const own = await answerTo('q2', 'Where is my last order?');
  expect(own.statements).toEqual([
    { text: `You bought Kettle ${WORD} on November 24, 2026.`, sources: [`order:${RUN}-bought`] },
    { text: `You paid 5.00 for Kettle ${WORD}.`, sources: [`order:${RUN}-bought`] },
  ]);

  const offer = await answerTo('q3', `Which ${WORD} do you have?`);
  expect(offer.recommended).toMatchObject({
    items: expect.arrayContaining([{ item: kettle, title: `Kettle ${WORD}` }]),
  });
  await vi.waitUntil(() => lists.some(({ id, surface }) => id === offer.recommended!.list && surface === 'support'));

  // It is killed; what it answered stays answered, and it still knows what was said.
  await jobs[2]!.kill();
  jobs[2] = await startJob('support', config);
  const person = await answerTo('q4', 'Can you engrave a name?');
  expect(person).toMatchObject({ outcome: 'handed_over', statements: [] });
  expect(person.conversation!.map(({ answer }) => answer)).toEqual([policy.text, own.text, offer.text]);
  await send({ ...envelope, id: `${RUN}-rated`, type: 'feedback', at_ms: Date.now(), answer: policy.id, value: 4 });

  const rated = () =>
    store.query<{ outcome: string; value: number }>(
      `SELECT outcome, value FROM answers FINAL JOIN events ON events.list = answers.answer
       WHERE answers.user = {user:String} AND events.type = 'feedback'`,
      { user: USER },
    );
  const found = await vi.waitUntil(async () => ((await rated()).length > 0 ? rated() : undefined), { timeout: 60_000 });
  expect(found).toEqual([{ outcome: 'answered', value: 4 }]);
  const ids = answers.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});
