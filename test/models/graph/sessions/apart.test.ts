import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { benchRanker } from '../../../../bench/scorer/ranker.ts';
import { FEATURE_NAMES } from '../../../../models/features/vector.ts';
import { openSession, type Session, value } from '../../../../models/graph/runtime.ts';
import { random } from '../../../../models/random.ts';
import { PORTS } from '../../../../models/ranker/ranker.ts';

const WIDTH = FEATURE_NAMES.length;
const graph = benchRanker(1);
let here: Session;
let apart: Session;

/** Those that sessions of here began. */
const threads: Worker[] = [];
const note = (begun: unknown) => void threads.push((begun as { worker: Worker }).worker);

beforeAll(async () => {
  subscribe('worker_threads', note);
  [here, apart] = [await openSession(graph), await openSession(graph, { apart: true })];
});
afterAll(async () => {
  unsubscribe('worker_threads', note);
  await Promise.all([here.release(), apart.release()]);
});

const timing = (told: number[]) => ({ wanted: true, took: (ms: number) => void told.push(ms) });

function rows(n: number) {
  const { normal } = random(n);
  return { [PORTS.features]: value('float32', Float32Array.from({ length: n * WIDTH }, normal), [n, WIDTH]) };
}

it('a session on a thread of its own tells the same of itself and of each run, many of which may wait', async () => {
  const { provider, threads, inputs, outputs } = here;
  expect(apart).toMatchObject({ provider, threads, inputs, outputs });
  const sizes = [1, 500, 7, 200, 500, 3, 1_000];
  const [expected, made] = await Promise.all(
    [here, apart].map(session => Promise.all(sizes.map(n => session.run(rows(n))))),
  );
  expect(made).toHaveLength(sizes.length);
  for (const [at, outcome] of expected!.entries()) {
    expect(Object.keys(made![at]!)).toEqual(Object.keys(outcome));
    for (const [port, { type, dims, data }] of Object.entries(outcome)) {
      expect(made![at]![port]).toMatchObject({ type, dims, data });
    }
  }
});

it('writes what comes of a run to where it is wanted', async () => {
  const into = value('float32', new Float32Array(5), [5]);
  const { [PORTS.score]: score } = await apart.run(rows(5), { [PORTS.score]: into });
  expect(score).toBe(into);
  expect(into.data).toEqual((await here.run(rows(5)))[PORTS.score]!.data);
});

it.each([false, true])(
  'tells how long a run held its thread, not what it waited for others (apart: %s)',
  async isApart => {
    const told: number[] = [];
    const others: number[] = [];
    const session = await openSession(graph, { apart: isApart, timing: timing(told) });
    const busy = await openSession(graph, { apart: isApart, timing: timing(others) });
    const [many, few] = [rows(5_000), rows(10)];
    const asked = [
      ...Array.from({ length: 8 }, () => busy.run(many)),
      ...Array.from({ length: 3 }, () => session.run(few)),
    ];
    await Promise.all(asked);
    const waited_ms = others.reduce((sum, ms) => sum + ms, 0);
    expect([told.length, others.length]).toEqual([3, 8]);
    expect(Math.min(...others)).toBeGreaterThan(0);
    expect(Math.min(...told)).toBeLessThan(waited_ms / 4); // one of them may have lost the processor
    await Promise.all([session.release(), busy.release()]);
  },
);

it.each([false, true])('times no run where nobody wants to know (apart: %s)', async isApart => {
  const told: number[] = [];
  const mine = timing(told);
  const session = await openSession(graph, { apart: isApart, timing: mine });
  await session.run(rows(3));
  mine.wanted = false;
  await session.run(rows(3));
  expect(told).toHaveLength(1);
  await session.release();
});

it('refuses what a session of the same thread would refuse, and goes on', async () => {
  const wrong = { [PORTS.features]: value('float32', new Float32Array(6), [2, 3]) };
  await expect(apart.run(wrong)).rejects.toMatchObject({ code: 'GRAPH_INVALID' });
  await expect(openSession(new Uint8Array(9), { apart: true })).rejects.toMatchObject({ code: 'MODEL_REFUSED' });
  expect(Object.keys(await apart.run(rows(2)))).toContain(PORTS.score);
});

it('a session is opened on another thread than that on which one is in use', async () => {
  const asked = threads.map(thread => vi.spyOn(thread, 'postMessage'));
  const timesAsked = () => asked.map(({ mock }) => mock.calls.length).toSorted();
  const another = await openSession(graph, { apart: true });
  expect(timesAsked()).toEqual([0, 1]);
  await apart.run(rows(1));
  expect(timesAsked()).toEqual([1, 1]);
  await another.release();
  for (const each of asked) each.mockRestore();
});
