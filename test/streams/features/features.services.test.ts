import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { LiveUser } from '../../../models/features/states.ts';
import { createLog } from '../../../schemas/log.ts';
import type { ShopEvent } from '../../../schemas/topics/events.ts';
import { USERS } from '../../../streams/features/log/entities.ts';
import type { Replica } from '../../../streams/features/log/replica.ts';
import { BUCKETS } from '../../../streams/features/log/snapshot.ts';
import { restorePartition } from '../../../streams/features/restore.ts';
import { Snapshots } from '../../../streams/features/snapshots.ts';
import { topicSpecs } from '../../../streams/graph.ts';
import type { Bus, Outbox } from '../../../streams/kafka/bus.ts';
import { connect } from '../../../streams/kafka/connect.ts';
import { testConfig } from '../../job-process.ts';
import { Deltas } from '../../sim/deltas.ts';

const RUN = randomUUID().slice(0, 8);
const config = testConfig(inject('endpoints'), 'unused');
/** The topics of features under names of this test, so that it may do with them what it likes. */
const TOPICS = { log: `${RUN}.log`, snapshots: `${RUN}.snapshots` } as unknown as Parameters<
  typeof restorePartition
>[2];
const awake = async () => {};
let bus: Bus;
let outbox: Outbox;

beforeAll(async () => {
  bus = connect({ brokers: config.kafka!, name: RUN, log: createLog('test', 'silent') });
  const like = (name: string, topic: string) => {
    const spec = topicSpecs(config).find(each => each.topic === name)!;
    return { ...spec, topic, partitions: 1 };
  };
  await bus.ensureTopics([like('features.user.log', TOPICS.log), like('features.user.snapshots', TOPICS.snapshots)]);
  outbox = await bus.outbox();
});
afterAll(async () => {
  await outbox?.stop();
  await bus?.stop();
});

const deltas = new Deltas();
let serial = 0;
const click = (): ShopEvent => {
  const n = serial++;
  return {
    v: 1,
    id: `e${n}`,
    type: 'click',
    at_ms: 1_700_000_000_000 + n,
    user: `u${n % 700}`,
    session: 's',
    item: `i${n % 50}`,
  };
};

/** Writes a record of so many clicks. @returns its offset and size */
async function write(clicks: number): Promise<{ offset: number; size: number }> {
  const [users] = deltas.of(Array.from({ length: clicks }, click));
  const value = users![1].value!;
  let offset = -1;
  const logged = (at: number) => {
    offset = at;
  };
  await outbox.publish(TOPICS.log, { key: '0', partition: 0, value, logged });
  return { offset, size: value.length };
}

const statesOf = (replica: Replica<LiveUser>) =>
  new Map(Array.from(replica.entries(), ({ key, state }) => [key, state] as const).sort());

/** With fewer live keys than there are. */
const restore = () => restorePartition(bus, USERS, TOPICS, 0, awake, 100);

describe('the log of features in Kafka', () => {
  it('is restored as it was, from snapshots and what lies behind them, again and again', async () => {
    const first = await write(2_000);
    expect(first.offset).toBe(0);
    const whole = await restore();
    expect(whole.end).toBe(1);
    expect(whole.replica.size).toBe(700);

    // More bytes than the state has: every bucket falls due.
    const snapshots = new Snapshots(whole.rotation, bus, outbox, TOPICS, 0);
    snapshots.follow(whole.end, 10_000_000);
    await vi.waitFor(() => expect(whole.rotation.needless).toBe(1), { timeout: 20_000 });
    for (let n = 0; n < 3; n++) await write(300);

    const again = await restore();
    expect(again.end).toBe(4);
    expect(again.replica.positions.of(0)).toBe(2_900);
    const { replica } = whole;
    await bus.follow({
      topics: [TOPICS.log],
      once: true,
      apply: (_topic, _partition, { value }) => void replica.apply(value!), // the first one is a copy by now
    });
    expect(statesOf(again.replica)).toEqual(statesOf(replica));
  });

  it('with snapshots that somebody writes late is as it was: older ones cost a longer way through the log', async () => {
    const sleeper = await restore();
    const late = Array.from({ length: BUCKETS }, () => sleeper.rotation.next(sleeper.end));
    await write(100);
    const newer = await restore();
    new Snapshots(newer.rotation, bus, outbox, TOPICS, 0).follow(newer.end, 10_000_000);
    await vi.waitFor(() => expect(newer.rotation.needless).toBe(newer.end), { timeout: 20_000 });
    for (const { bucket, value } of late) {
      await outbox.publish(TOPICS.snapshots, { key: `${bucket}`, partition: 0, value });
    }
    const again = await restore();
    expect(again.replica.positions.of(0)).toBe(3_000);
    expect(statesOf(again.replica)).toEqual(statesOf(newer.replica));
    expect(again.rotation.needless).toBe(sleeper.end);
  });

  it('may lose what all snapshots contain, and no more: then it is OFFSET_LOST', async () => {
    const later_ms = Date.now() + 60_000;
    const low = async () => (await bus.bounds(TOPICS.log)).get(0)!.low;
    await bus.trim(TOPICS.log, 0, { offset: 5, at_ms: later_ms });
    expect(await low()).toBe(5);
    await write(10);
    await write(10);
    expect((await restore()).replica.positions.of(0)).toBe(3_020);
    await bus.trim(TOPICS.log, 0, { offset: 6, at_ms: 0 }); // what is younger stays
    expect(await low()).toBe(5);
    await bus.trim(TOPICS.log, 0, { offset: 6, at_ms: later_ms });
    expect(await low()).toBe(6);
    await expect(restore()).rejects.toMatchObject({ code: 'OFFSET_LOST' });
  });
});
