import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ActiveVectors } from '../../../models/retrieval/vectors/active-vectors.ts';
import { createLog } from '../../../schemas/log.ts';
import type { Config } from '../../../schemas/settings/config.ts';
import type { ProductInput } from '../../../schemas/topics/events.ts';
import type { JobReport } from '../../../schemas/topics/operations.ts';
import { type Board, followBoard } from '../../../streams/board.ts';
import { topicSpecs } from '../../../streams/graph.ts';
import type { Bus, Outbox } from '../../../streams/kafka/bus.ts';
import { connect } from '../../../streams/kafka/connect.ts';
import { takeProgress, takeVectors } from '../../../streams/vectors.ts';
import { type JobProcess, startJob, testConfig } from '../../job-process.ts';
import { WORDS, writeTinyEncoder } from '../../models/encoders/tiny-encoder.ts';

const RUN = `enrich-${randomUUID().slice(0, 8)}`;
const PRODUCTS = 600;
const WAIT = { timeout: 40_000, interval: 5 };

let directory: string;
let bus: Bus;
let outbox: Outbox;
let board: Board;
/** What a scorer would know of vectors; and how often each item was written with a vector by each encoder. */
const readers = [new ActiveVectors(), new ActiveVectors()] as const;
const [reader] = readers;
const written = new Map<string, Map<string, number>>();
/** Which encoder each reader used, as it changed, and how many items had its vector then. */
const switches: { encoder: string | undefined; items: number }[][] = [[], []];
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-enrich-'));
  bus = connect({ brokers: inject('endpoints').kafka, name: RUN, log: createLog('test', 'silent') });
  await bus.ensureTopics(topicSpecs(configOf('none')));
  outbox = await bus.outbox();
  const followed = await followBoard(bus);
  board = followed.board;
  stops.push(followed.stop);
  for (const [n, active] of readers.entries()) {
    const following = await bus.follow({
      topics: ['item.vectors', 'vector.progress'],
      apply: (topic, _partition, record) => {
        if (topic === 'item.vectors') {
          takeVectors(active, record);
          if (n === 0 && record.key?.startsWith(RUN) && record.value) note(record.key, JSON.parse(`${record.value}`));
          return;
        }
        takeProgress(active.encoders, record);
        const encoder = active.encoders.of('text');
        if (encoder !== switches[n]!.at(-1)?.encoder) switches[n]!.push({ encoder, items: ours(active) });
      },
    });
    stops.push(() => following.stop());
  }
});
afterAll(async () => {
  for (const stop of stops) await stop();
  await outbox?.stop();
  await bus?.stop();
  await rm(directory, { recursive: true, force: true });
});

function note(item: string, { vectors }: { vectors: { encoder: string }[] }): void {
  const times = written.get(item) ?? new Map<string, number>();
  for (const { encoder } of vectors) times.set(encoder, (times.get(encoder) ?? 0) + 1);
  written.set(item, times);
}

const items = Array.from({ length: PRODUCTS }, (_, n) => `${RUN}-${n}`);
const ours = (active: ActiveVectors) => items.filter(item => active.vector(item, 'text') !== undefined).length;
const withVector = (encoder: string) => items.filter(item => reader.vector(item, 'text', encoder) !== undefined).length;

function configOf(textEncoder: string): Config {
  const settings = { TEMPER_TEXT_ENCODER: textEncoder, TEMPER_IMAGE_ENCODER: 'none' };
  return testConfig(inject('endpoints'), 'temper_enrich', settings);
}

const titleOf = (n: number) => [WORDS[n % 20], WORDS[(n * 7) % 20], WORDS[Math.floor(n / 20) % 20]].join(' ');

function publish(n: number, more: Partial<ProductInput> = {}): Promise<void> {
  const product: ProductInput = { v: 1, item: items[n]!, at_ms: Date.now(), title: titleOf(n), category: 'c', ...more };
  return outbox.publish('shop.catalogue', { key: product.item, value: JSON.stringify(product) });
}

const reports = (): JobReport[] => board.reports(Date.now()).filter(({ job }) => job === 'enrich');

/** Starts jobs, waits until what they were started for is so, stops them, and gives their last reports. */
async function run(config: Config, until: () => boolean, processes = 1): Promise<JobReport[]> {
  const before = new Set(reports().map(({ process }) => process));
  const jobs: JobProcess[] = [];
  try {
    for (let n = 0; n < processes; n++) jobs.push(await startJob('enrich', config));
    await expect.poll(until, WAIT).toBe(true);
  } finally {
    // All at once: who takes over another's partitions begins with them anew.
    await Promise.all(jobs.map(async job => expect(await job.stop(), job.errors()).toBe(0)));
  }
  return reports().filter(({ process }) => !before.has(process));
}

const product = (a: Float32Array, b: Float32Array) => a.reduce((sum, number, at) => sum + number * b[at]!, 0);

describe('the enrich job', () => {
  let a = '';
  let b = '';

  it('killed in the middle, goes on where it was: what was written is not encoded again', async () => {
    await Promise.all(items.map((_, n) => publish(n)));
    const config = configOf(await writeTinyEncoder(path.join(directory, 'a'), 1));
    const doomed = await startJob('enrich', config);
    await expect.poll(() => written.size, { ...WAIT, interval: 1 }).toBeGreaterThan(50);
    await doomed.kill();
    expect(reader.encoders.of('text')).toBeUndefined();

    const [report] = await run(config, () => reader.encoders.of('text') !== undefined);
    a = reader.encoders.of('text')!;
    expect(a).toMatch(/^a@[0-9a-f]{8}$/);
    expect(withVector(a)).toBe(PRODUCTS);
    expect([...written.values()].every(times => times.get(a) === 1)).toBe(true);
    expect(report!.counts.cached).toBeGreaterThan(50);
    expect(report!.counts.encoded! + report!.counts.cached!).toBe(reader.index('text')!.size);
    // The encoder's vectors are of any length: another one may have a greater product with this one than it has itself.
    const vector = reader.vector(items[3]!, 'text')!;
    const { items: alike, scores } = reader.index('text')!.nearest(vector, 1);
    expect(scores[0]).toBeCloseTo(product(vector, reader.vector(alike[0]!, 'text')!), 3);
    expect(scores[0]).toBeGreaterThan(0.99 * product(vector, vector));
  });

  it('with another encoder, changes every reader in one step, when all partitions are encoded', async () => {
    const config = configOf(await writeTinyEncoder(path.join(directory, 'b'), 2));
    await run(config, () => readers.every(({ encoders }) => encoders.of('text')?.startsWith('b@')), 2);
    b = reader.encoders.of('text')!;
    for (const seen of switches) {
      expect(seen.slice(-2)).toEqual([
        { encoder: a, items: PRODUCTS },
        { encoder: b, items: PRODUCTS },
      ]);
    }
    expect([...written.values()].every(times => times.get(b) === 1)).toBe(true);
    // Whoever was trained on the old vectors still finds them.
    expect(withVector(a)).toBe(PRODUCTS);
    expect(reader.vector(items[0]!, 'text')).not.toEqual(reader.vector(items[0]!, 'text', a));
  });

  it('at the next start encodes what has changed alone, and lets go of the old vectors and of what is gone', async () => {
    await publish(0, { title: 'white glass bowl' }); // which is over when somebody comes to it
    await publish(0, { title: 'black steel pan' });
    await publish(1, { price: 5 });
    await outbox.publish('shop.catalogue', { key: items[2]!, value: null });
    const before = reader.vector(items[0]!, 'text');
    const [report] = await run(configOf(path.join(directory, 'b')), () => withVector(a) === 0);
    expect(report!.counts.encoded).toBe(1);
    expect(reader.vector(items[0]!, 'text')).not.toEqual(before);
    expect(reader.vector(items[1]!, 'text')).toBeDefined();
    expect(reader.vector(items[2]!, 'text')).toBeUndefined();
    expect(withVector(b)).toBe(PRODUCTS - 1);
    expect(reader.encoders.all()).toEqual({ text: b });
  });

  it('while it runs, takes products as they come, change and go', async () => {
    const job = await startJob('enrich', configOf(path.join(directory, 'b')));
    await publish(2, { title: 'red tea cup' });
    await expect.poll(() => reader.vector(items[2]!, 'text'), WAIT).toBeDefined();
    const before = reader.vector(items[2]!, 'text');
    await publish(2, { title: 'blue coffee mug' });
    await expect.poll(() => reader.vector(items[2]!, 'text'), WAIT).not.toEqual(before);
    await outbox.publish('shop.catalogue', { key: items[2]!, value: null });
    await expect.poll(() => reader.vector(items[2]!, 'text'), WAIT).toBeUndefined();
    expect(await job.stop(), job.errors()).toBe(0);
  });

  it('without an encoder keeps what there is, and says that it waits for one', async () => {
    const config = { ...configOf('all-minilm-l6-v2'), cacheDir: '/dev/null/nowhere' };
    const [report] = await run(config, () => reports().some(({ notes }) => notes.text?.startsWith('no vectors')));
    expect(report!.notes.text).toMatch(/^no vectors: CONFIG_INVALID|no vectors: TOOL_MISSING/);
    expect(report!.counts.encoded ?? 0).toBe(0);
    expect(reader.encoders.of('text')).toBe(b);
    expect(withVector(b)).toBe(PRODUCTS - 1);
  });

  it('with none, takes the vectors away', async () => {
    await run(configOf('none'), () => withVector(b) === 0 && reader.encoders.of('text') === undefined);
    expect(reader.index('text')).toBeUndefined();
  });
});
