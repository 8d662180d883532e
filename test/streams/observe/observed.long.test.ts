import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { listDeadLetters } from '../../../cli/records/dead-letters.ts';
import { openStore, type Store } from '../../../schemas/clickhouse.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import { createLog } from '../../../schemas/log.ts';
import { LOG_CODES } from '../../../schemas/log-codes.ts';
import type { ShopEvent } from '../../../schemas/topics/events.ts';
import { followBoard } from '../../../streams/board.ts';
import { type JobName, topicSpecs } from '../../../streams/graph.ts';
import type { Bus } from '../../../streams/kafka/bus.ts';
import { connect } from '../../../streams/kafka/connect.ts';
import { openStorefront, type Storefront } from '../../../streams/storefront.ts';
import { type JobProcess, startJob, testConfig } from '../../job-process.ts';
import { attributesOf, openReceiver, type Receiver } from './receiver.ts';

const RUN = `observed-${randomUUID().slice(0, 8)}`;
const CANARY = 'canary-of-a-visitor';
const JOBS: JobName[] = ['features', 'scorer', 'outcomes', 'sinks'];

let data: string;
let config: ReturnType<typeof testConfig>;
let receiver: Receiver;
let bus: Bus;
let store: Store;
let storefront: Storefront;
let board: Awaited<ReturnType<typeof followBoard>>;
let jobs: JobProcess[] = [];

beforeAll(async () => {
  data = await mkdtemp(path.join(tmpdir(), 'observed-'));
  receiver = await openReceiver();
  config = testConfig(inject('endpoints'), `temper_${RUN.replace('-', '_')}`, {
    TEMPER_DATA: data,
    TEMPER_LOG: 'debug',
    TEMPER_LABEL_WINDOW_MS: '1000',
    TEMPER_METRICS: '127.0.0.1:19464',
    TEMPER_TRACES_RATIO: '0.000001', // what brings a trace of its own is traced, and of the rest next to nothing
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
  });
  bus = connect({ brokers: config.kafka!, name: RUN, log: createLog('test', 'silent') });
  await bus.ensureTopics(topicSpecs(config));
  store = await openStore(config.clickhouse!, config.clickhouseDatabase);
  storefront = await openStorefront(bus);
  board = await followBoard(bus);
  jobs = await Promise.all(JOBS.map(job => startJob(job, config)));
});
afterAll(async () => {
  await Promise.all(jobs.map(job => job.kill()));
  await board?.stop();
  await storefront?.stop();
  await store?.command(`DROP DATABASE IF EXISTS ${config.clickhouseDatabase}`);
  await store?.stop();
  await bus?.stop();
  await receiver?.stop();
  await rm(data, { recursive: true, force: true });
});

let serial = 0;
const user = `${RUN}-${CANARY}-user`;
const item = `${RUN}-${CANARY}-item`;
function event(type: 'view' | 'impression' | 'click', more: object = {}): ShopEvent {
  const base = { v: 1, id: `${RUN}-${serial++}`, type, at_ms: Date.now(), user, session: CANARY, item };
  return { ...base, ...more } as ShopEvent;
}
const requestOf = (id: string, more: object = {}) =>
  ({ ...{ v: 1, id, at_ms: Date.now(), user, session: CANARY, surface: 'search', query: CANARY }, ...more }) as never;

/** What each process tells at a route, by its job. */
async function told(route: string): Promise<Map<JobName, { status: number; text: string }>> {
  const answers = new Map<JobName, { status: number; text: string }>();
  for (const file of await readdir(path.join(data, 'metrics'))) {
    const [{ targets, labels }] = JSON.parse(await readFile(path.join(data, 'metrics', file), 'utf8'));
    const response = await fetch(`http://${targets[0]}${route}`);
    answers.set(labels.temper_job, { status: response.status, text: await response.text() });
  }
  return answers;
}

describe('jobs that are looked at', () => {
  it('show in one trace an event, a list, what became of it, and their rows', async () => {
    const trace = randomBytes(16).toString('hex');
    const visit = `00-${trace}-${randomBytes(8).toString('hex')}-01`;
    await storefront.publishProduct({ v: 1, item, at_ms: Date.now(), title: 'a cup', category: 'cups' });
    await storefront.publishEvent(event('view'), visit);
    const list = await storefront.ask(requestOf(`${RUN}-r`, { candidates: [item] }), 300_000, visit);
    for (const type of ['impression', 'click'] as const) {
      await storefront.publishEvent(event(type, { list: list.id, position: 0 }), visit);
    }
    const of = () => receiver.spans.filter(({ traceId }) => traceId === trace);
    const names = () => [...new Set(of().map(({ service, name }) => `${service}: ${name}`))].sort();
    await expect
      .poll(names)
      .toEqual([
        'temper-features: process shop.events',
        'temper-outcomes: process rank.lists',
        'temper-outcomes: process shop.events',
        'temper-outcomes: send rank.examples',
        'temper-scorer: process rank.requests',
        'temper-scorer: send rank.lists',
        'temper-sinks: process rank.examples',
        'temper-sinks: process rank.lists',
        'temper-sinks: process shop.events',
      ]);

    const span = (service: string, name: string) => of().find(s => s.service === service && s.name === name)!;
    const made = span('temper-scorer', 'send rank.lists');
    const read = span('temper-outcomes', 'process rank.lists');
    const example = span('temper-outcomes', 'send rank.examples');
    expect(made.parentSpanId).toBe(span('temper-scorer', 'process rank.requests').spanId);
    expect(read.parentSpanId).toBe(made.spanId);
    expect(example.parentSpanId).toBe(read.spanId);
    expect(span('temper-sinks', 'process rank.examples').parentSpanId).toBe(example.spanId);
    const events = of().filter(s => s.service === 'temper-outcomes' && s.name === 'process shop.events');
    const joined = of().flatMap(s => (s.name === 'send rank.examples' ? (s.links ?? []) : []));
    expect(events.map(({ spanId }) => spanId)).toEqual(expect.arrayContaining(joined.map(({ spanId }) => spanId)));
    expect(joined.length).toBeGreaterThan(0);
    expect(attributesOf(span('temper-scorer', 'process rank.requests'))).toMatchObject({ 'temper.list': list.id });
    expect(receiver.bodies.join()).not.toContain(CANARY);
  });

  it('tell Prometheus what they tell on job.metrics, and are ready', async () => {
    const lists = async () => {
      const [, value] = /^temper_lists_total\{temper_job="scorer"\} (\d+)$/m.exec(
        (await told('/metrics')).get('scorer')!.text,
      )!;
      return Number(value);
    };
    await expect.poll(async () => (await lists()) === board.board.count('scorer', 'lists')).toBe(true);
    expect(await lists()).toBeGreaterThan(0);
    const { text } = (await told('/metrics')).get('sinks')!;
    expect(text).toMatch(/^temper_archived_rows_total\{table="events",temper_job="sinks"\} [1-9]/m);
    expect(text).toMatch(/^temper_lag_records\{topic="shop.events",partition="\d",temper_job="sinks"\} 0$/m);
    await expect
      .poll(async () => [...(await told('/readyz'))].flatMap(([job, { status }]) => (status === 200 ? job : [])))
      .toEqual(expect.arrayContaining(['features', 'outcomes', 'sinks']));
    expect(JSON.parse((await told('/readyz')).get('scorer')!.text).checks).toHaveProperty('champion');
    for (const [, { status }] of await told('/livez')) expect(status).toBe(200);
    for (const [, { text }] of await told('/metrics')) expect(text).not.toContain(CANARY);
  });

  it('have codes in all their logs, and nothing of what visitors do, also of what is refused', async () => {
    const before = (await listDeadLetters(bus, {})).length;
    const bad = [
      `{"v":1,"user":"${CANARY}`,
      JSON.stringify({ ...event('view'), at_ms: CANARY }),
      JSON.stringify({ ...event('view'), type: CANARY }),
      JSON.stringify({ ...event('view'), user: `another-${CANARY}` }),
      JSON.stringify(event('view', { at_ms: Date.now() + 2 * LIMITS.future_ms })),
    ];
    for (const value of bad) await storefront.publishRaw('shop.events', user, Buffer.from(value));
    await storefront.publishRaw('rank.requests', user, Buffer.from(`{"query":"${CANARY}"`));
    await expect.poll(async () => (await listDeadLetters(bus, {})).length).toBe(before + bad.length + 1);
    // ClickHouse quotes the row that it does not take, and the sink ends by it.
    await store.command("ALTER TABLE catalogue ADD CONSTRAINT nobody CHECK item = ''");
    await storefront.publishProduct({ v: 1, item: `${item}-2`, at_ms: Date.now(), title: CANARY, category: 'cups' });
    const sinks = jobs.find(({ job }) => job === 'sinks')!;
    expect(await sinks.ended).toBe(1);
    expect(sinks.errors()).toContain('INPUT_INVALID');
    for (const { job, errors } of jobs) {
      for (const line of errors()
        .split('\n')
        .filter(text => text.startsWith('{'))) {
        expect(Object.keys(LOG_CODES), line).toContain(JSON.parse(line).code);
      }
      expect(errors(), job).not.toContain(CANARY);
    }
  });

  it('take leave of Prometheus as they stop', async () => {
    expect(await jobs.find(({ job }) => job === 'outcomes')!.stop()).toBe(0);
    expect(await readdir(path.join(data, 'metrics'))).toHaveLength(JOBS.length - 2); // the sink has ended
  });
});
