import { expect, it, vi } from 'vitest';
import type { Store } from '../../../schemas/clickhouse.ts';
import { createLog } from '../../../schemas/log.ts';
import { readConfig } from '../../../schemas/settings/config.ts';
import type { JobContext } from '../../../streams/job.ts';
import type { Batch, Bus, ConsumeOptions, Sent, StreamRecord } from '../../../streams/kafka/bus.ts';
import { Report } from '../../../streams/report.ts';
import { startSinks } from '../../../streams/sinks/job.ts';

const NOW_MS = 1_795_546_471_000;

function click(offset: number): StreamRecord {
  const event = { v: 1, id: `e${offset}`, type: 'click', at_ms: NOW_MS, user: 'u', session: 's', item: 'i' };
  return { key: 'u', value: Buffer.from(JSON.stringify(event)), offset, timestamp_ms: NOW_MS };
}

/** Sinks whose inserts end when they are told to: what no real store lets a test do. */
async function sinks() {
  let options!: ConsumeOptions;
  const inserts: { name: unknown; end(error?: Error): void }[] = [];
  const load: Store['load'] = (_sql, _body, { log_comment: name }) =>
    new Promise((resolve, reject) => inserts.push({ name, end: error => (error ? reject(error) : resolve()) }));
  const outbox = { publish: async () => {}, stop: async () => {} };
  const bus = {
    outbox: async () => outbox,
    consume: async (given: ConsumeOptions) => {
      options = given;
      return { failed: new Promise<Error>(() => {}), stop: async () => {} };
    },
  };
  const store = { load, query: async () => [{ next: '30' }] };
  const context = {
    ...{ config: readConfig({}), report: new Report('sinks', 'test'), log: createLog('test', 'silent') },
    ...{ bus: bus as unknown as Bus, store: store as unknown as Store },
  } satisfies JobContext;
  const job = await startSinks(context);
  const batch = (...offsets: number[]): Batch => {
    const at = { topic: 'shop.events', partition: 3, lag: 0, confirm: async () => {} };
    return { ...at, records: offsets.map(click) };
  };
  const take = async (...offsets: number[]) => (await options.onBatch(batch(...offsets))) as Sent;
  return {
    take,
    inserts,
    names: () => inserts.map(({ name }) => name),
    open: () => options.open!('shop.events', 3, async () => {}, { low: 0, high: 99, committed: 0 }),
    job,
  };
}

it('sends no rows of a batch before those of the batch before are there: what rows tell would have a gap below it', async () => {
  const { take, inserts, names, job } = await sinks();
  const [first, second] = [await take(10, 11), await take(12)];
  await vi.waitFor(() => expect(names()).toEqual(['events/shop.events/3/10-11']));
  expect(await Promise.race([second.written, 'waits'])).toBe('waits');
  inserts[0]!.end();
  await first.written;
  await vi.waitFor(() => expect(names()).toEqual(['events/shop.events/3/10-11', 'events/shop.events/3/12-12']));
  inserts[1]!.end();
  await second.written;
  expect([first.next, second.next]).toEqual([12, 13]);
  await job.stop();
});

it('sends none of them where those before failed; when the partition is opened again it begins anew', async () => {
  const { take, inserts, names, open, job } = await sinks();
  const [first, second] = [await take(10), await take(11)];
  const ends = Promise.allSettled([first.written, second.written]);
  await vi.waitFor(() => expect(inserts).toHaveLength(1));
  inserts[0]!.end(new Error('refused'));
  expect(await ends).toMatchObject([{ reason: { message: 'refused' } }, { reason: { message: 'refused' } }]);
  expect(await open()).toBe(30);
  await take(30);
  await vi.waitFor(() => expect(names()).toEqual(['events/shop.events/3/10-10', 'events/shop.events/3/30-30']));
  inserts[1]!.end();
  await job.stop();
});
