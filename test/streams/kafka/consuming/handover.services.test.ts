import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createLog } from '../../../../schemas/log.ts';
import type { Bus, Outbox, Subscription } from '../../../../streams/kafka/bus.ts';
import { connect } from '../../../../streams/kafka/connect.ts';

const RUN = `temper_handover_${randomUUID().slice(0, 8)}`;
const TOPIC = `${RUN}.events`;
const GROUP = `${RUN}.group`;
const PARTITIONS = 4;
let bus: Bus;
let outbox: Outbox;

beforeAll(async () => {
  bus = connect({ brokers: inject('endpoints').kafka, name: RUN, log: createLog('test', 'silent') });
  await bus.ensureTopics([{ topic: TOPIC, partitions: PARTITIONS, replication: 1, config: {} }]);
  outbox = await bus.outbox({ linger_ms: 0 });
});
afterAll(async () => {
  await outbox?.stop();
  await bus?.stop();
});

it('a partition that moves between processes that come and go in order has each record worked on once', async () => {
  /** Of each record, by whom it was begun and finished. */
  const begun = new Map<string, string[]>();
  const finished: string[] = [];
  const opens: string[] = [];
  const member = (name: string): Promise<Subscription> =>
    bus.consume({
      group: GROUP,
      topics: [TOPIC],
      concurrency: 8,
      maxWait_ms: 20,
      open: async (_topic, partition) => {
        opens.push(`${name}/${partition}`);
        return undefined;
      },
      onBatch: async ({ partition, records, confirm }) => {
        const ids = records.map(({ offset }) => `${partition}/${offset}`);
        for (const id of ids) begun.set(id, [...(begun.get(id) ?? []), name]);
        for (let effect = 0; effect < 4; effect++) {
          await confirm();
          await sleep(100);
        }
        finished.push(...ids);
        return records.at(-1)!.offset + 1;
      },
    });

  let stopping = false;
  let said = 0;
  const talking = (async () => {
    for (; !stopping; said++) {
      await outbox.publish(TOPIC, { key: 'k', partition: said % PARTITIONS, value: `${said}` });
      await sleep(5);
    }
  })();
  const standing = async () => {
    const committed = await bus.committed(GROUP, TOPIC);
    return [...committed.values()].reduce((sum, offset) => sum + Math.max(0, offset), 0);
  };
  const goesOn = async () => {
    const from = finished.length;
    await expect.poll(() => finished.length - from, { timeout: 60_000 }).toBeGreaterThan(150);
  };

  const first = await member('first');
  await goesOn();
  const second = await member('second');
  await expect.poll(() => new Set(opens.filter(each => each.startsWith('second'))).size, { timeout: 60_000 }).toBe(2);
  await goesOn();
  await first.stop();
  await goesOn();
  const third = await member('third');
  await goesOn();
  stopping = true;
  await talking;
  await expect.poll(() => new Set(finished).size, { timeout: 60_000 }).toBe(said);
  await Promise.all([second.stop(), third.stop()]);

  expect(finished.length).toBe(said);
  expect([...begun].filter(([, by]) => by.length > 1)).toEqual([]);
  expect(await standing()).toBe(said);
  // What a process keeps it does not open again.
  expect(opens.toSorted()).toEqual([...new Set(opens)].sort());
}, 240_000);
