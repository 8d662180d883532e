import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLog } from '../../schemas/log.ts';
import { connect } from '../../streams/kafka/connect.ts';
import { FAULTS } from './cases/all.ts';
import { type Stack, startStack } from './stack.ts';
import { runFault } from './suite.ts';

/** Those that are told in a minute; `npm run faults` has them all, and these at length. Poison is in test/streams/. */
const SHORT = FAULTS.filter(({ number }) => [1, 7, 8, 15].includes(number));
/** Jobs that get little of the processor join their groups slowly. */
const WITHIN_MS = 400_000;
const seed = Date.now() % 1_000_000;
const stopping = new AbortController();
let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ progress: () => {}, signal: stopping.signal });
}, WITHIN_MS); // the services may have to be installed first
afterAll(async () => {
  stopping.abort();
  await stack?.stop();
}, WITHIN_MS);

it.each(SHORT)(
  'case $number, $name',
  async fault => {
    const told: string[] = [];
    const progress = (line: string) => void told.push(line);
    const { broken, passed } = await runFault(fault, stack, { seed, brief: true, progress, signal: stopping.signal });
    expect(broken, `npm run faults -- --case ${fault.number} --seed ${seed}; ${told.join(', ')}`).toEqual([]);
    expect(passed).toBe(true);
  },
  WITHIN_MS,
);

it(
  'connections to Kafka whose other side is gone without a word are made anew after one wait',
  async () => {
    const answer_ms = 4_000;
    const topic = 'half.open';
    const bus = connect({
      brokers: stack.config.kafka!,
      name: 'half-open',
      log: createLog('test', 'silent'),
      answer_ms,
    });
    await bus.ensureTopics([{ topic, partitions: 1, replication: 1, config: {} }]);
    const outbox = await bus.outbox();
    const [consumed, followed]: [string[], string[]] = [[], []];
    const consuming = await bus.consume({
      group: 'half-open',
      topics: [topic],
      onBatch: async ({ records }) => {
        consumed.push(...records.map(({ value }) => String(value)));
        return records.at(-1)!.offset + 1;
      },
    });
    const following = await bus.follow({
      topics: [topic],
      apply: (_topic, _partition, { value }) => followed.push(`${value}`),
    });
    const publish = (value: string) => outbox.publish(topic, { key: 'k', value });
    await publish('before');
    await expect.poll(() => [...consumed, ...followed], { timeout: 60_000 }).toEqual(['before', 'before']);
    await expect.poll(() => bus.committed('half-open', topic), { timeout: 60_000 }).toEqual(new Map([[0, 1]]));

    stack.kafka.proxy.halfOpen();
    const since = Date.now();
    const waits: Record<string, number> = {};
    const noted = async (what: string, work: Promise<unknown>) => {
      await work;
      waits[what] = Date.now() - since;
    };
    await Promise.all([
      noted('publish', publish('after')),
      noted('offsets of a group', bus.committed('half-open', topic)),
      noted('bounds', bus.bounds(topic)),
      noted('consume', expect.poll(() => consumed, { timeout: 60_000 }).toContain('after')),
      noted('follow', expect.poll(() => followed, { timeout: 60_000 }).toContain('after')),
    ]);
    // On the same connections kafkajs alone tries ten times or more.
    for (const [what, wait_ms] of Object.entries(waits)) expect(wait_ms, what).toBeLessThan(8 * answer_ms);
    await Promise.all([consuming.stop(), following.stop()]);
    await outbox.stop();
    await bus.stop();
  },
  WITHIN_MS,
);
