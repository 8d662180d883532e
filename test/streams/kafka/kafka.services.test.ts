import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { TemperError } from '../../../schemas/errors.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import { createLog } from '../../../schemas/log.ts';
import type { Bus, ConsumeOptions, Outbox, StreamRecord, Subscription } from '../../../streams/kafka/bus.ts';
import { connect } from '../../../streams/kafka/connect.ts';

const RUN = `temper_kafka_${randomUUID().slice(0, 8)}`;
const PARTITIONS = 4;
let bus: Bus;
let outbox: Outbox;
const open: Subscription[] = [];

beforeAll(async () => {
  bus = connect({ brokers: inject('endpoints').kafka, name: RUN, log: createLog('test', 'silent') });
  outbox = await bus.outbox();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map(each => each.stop()));
});
afterAll(async () => {
  await outbox?.stop();
  await bus?.stop();
});

/** New topics of this test's own. */
async function topics(name: string, ...others: string[]): Promise<string[]> {
  const names = [name, ...others].map(each => `${RUN}.${each}`);
  const config = { 'max.message.bytes': String(LIMITS.record_bytes) };
  await bus.ensureTopics(names.map(topic => ({ topic, partitions: PARTITIONS, replication: 1, config })));
  return names;
}

const say = (topic: string, key: string, value: string) => outbox.publish(topic, { key, value });
const text = ({ value }: StreamRecord) => value!.toString('utf8');

async function consume(options: ConsumeOptions): Promise<Subscription> {
  const subscription = await bus.consume(options);
  open.push(subscription);
  return subscription;
}

/** Publishes values 0, 1, 2... under ten keys, until told to stop. */
function talk(topic: string): { stop(): Promise<string[]> } {
  const said: string[] = [];
  let stopping = false;
  const talking = (async () => {
    for (let n = 0; !stopping; n++) {
      await say(topic, `k${n % 10}`, `${n}`);
      said.push(`${n}`);
    }
  })();
  return {
    async stop() {
      stopping = true;
      await talking;
      return said;
    },
  };
}

describe('the outbox', () => {
  it('keeps the order of each key, and resolves when the log has it', async () => {
    const [topic] = await topics('order');
    await Promise.all(Array.from({ length: 3_000 }, (_, n) => say(topic!, `k${n % 7}`, `${n}`)));
    const read = new Map<string, number[]>();
    await bus.follow({
      topics: [topic!],
      once: true,
      apply: (_topic, _partition, record) => {
        read.set(record.key!, [...(read.get(record.key!) ?? []), Number(text(record))]);
      },
    });
    expect([...read.values()].flat()).toHaveLength(3_000);
    for (const [key, numbers] of read) expect(numbers, key).toEqual(numbers.toSorted((a, b) => a - b));
  });

  it('lets what waits for more leave with it, in their order, and alone where nothing comes', async () => {
    const [topic] = await topics('more');
    const quick = await bus.outbox({ linger_ms: 0 });
    const offsets: (readonly [string, number])[] = [];
    const put = (value: string, hold_ms: number) =>
      quick.publish(topic!, {
        key: 'k',
        partition: 0,
        value,
        hold_ms,
        logged: offset => offsets.push([value, offset]),
      });
    await put('alone', 5);
    await Promise.all([put('a', 5), put('b', 5), put('c', 0), put('d', 5)]);
    expect(offsets).toEqual(['alone', 'a', 'b', 'c', 'd'].map((value, n) => [value, n]));
    void put('at the end', 60_000);
    await quick.stop();
    expect(offsets.at(-1)).toEqual(['at the end', 5]);
  });

  it('refuses a topic that the graph does not declare, before anything is sent', async () => {
    const [topic] = await topics('undeclared');
    const bound = await bus.outbox({ allowed: ['shop.events'] });
    expect(() => bound.publish(topic!, { key: 'k', value: 'v' })).toThrow(/declare it in streams\/graph\.ts/);
    await bound.stop();
    expect([...(await bus.bounds(topic!)).values()].every(({ high }) => high === 0)).toBe(true);
  });

  it('sends in pieces what together is more than a broker takes at once', async () => {
    const [topic] = await topics('large');
    const large = 'x'.repeat(1024 * 1024);
    await Promise.all(Array.from({ length: 24 }, () => say(topic!, 'one key', large)));
    const ends = [...(await bus.bounds(topic!)).values()].map(({ high }) => high);
    expect(Math.max(...ends)).toBe(24);
  });

  it('goes on after a record that no broker takes', async () => {
    const [topic] = await topics('too-large');
    const tooLarge = say(topic!, 'k', 'x'.repeat(LIMITS.record_bytes + 1024));
    await expect(tooLarge).rejects.toMatchObject({ code: 'UNREACHABLE' });
    await say(topic!, 'k', 'small');
  });
});

describe('a follower', () => {
  it('with `once` reads all that stood there at the call, while a producer goes on', async () => {
    const [topic] = await topics('once');
    for (let n = 0; n < 20; n++) await say(topic!, `k${n}`, `before ${n}`);
    const talking = talk(topic!);
    const read: string[] = [];
    await bus.follow({ topics: [topic!], once: true, apply: (_t, _p, record) => read.push(text(record)) });
    const seen = [...read];
    await talking.stop();
    expect(seen).toEqual(expect.arrayContaining(Array.from({ length: 20 }, (_, n) => `before ${n}`)));
    expect(new Set(seen).size).toBe(seen.length);
    expect(read.length - seen.length).toBe(0);
  });

  it('from the start reads everything once, and then goes on', async () => {
    const [topic] = await topics('follow');
    const talking = talk(topic!);
    await sleep(50);
    const read: string[] = [];
    open.push(await bus.follow({ topics: [topic!], apply: (_t, _p, record) => read.push(text(record)) }));
    const caughtUp = read.length;
    const said = await talking.stop();
    await expect.poll(() => read.length, { timeout: 10_000 }).toBe(said.length);
    expect(caughtUp).toBeGreaterThan(0);
    expect(new Set(read)).toEqual(new Set(said));
  });

  it('from the end reads all that was said after it was ready, and nothing that stood there before', async () => {
    const [topic] = await topics('end');
    for (let n = 0; n < 20; n++) await say(topic!, `k${n}`, 'before');
    const read: string[] = [];
    open.push(
      await bus.follow({ topics: [topic!], fromEnd: true, apply: (_t, _p, record) => read.push(text(record)) }),
    );
    for (let n = 0; n < 20; n++) await say(topic!, `k${n}`, `${n}`);
    await expect.poll(() => read.length, { timeout: 10_000 }).toBe(20);
    expect(read).not.toContain('before');
  });

  it('reads only its partitions, and one that is empty is no wait', async () => {
    const [topic] = await topics('chosen');
    const all = new Map<number, number>();
    for (let n = 0; n < 40; n++) await say(topic!, `k${n}`, `${n}`);
    for (const chosen of [[0], [1, 2], [3]]) {
      const apply = (_topic: string, partition: number) => all.set(partition, (all.get(partition) ?? 0) + 1);
      await bus.follow({ topics: [topic!], partitions: chosen, once: true, apply });
      expect([...all.keys()].sort()).toEqual(Array.from({ length: chosen.at(-1)! + 1 }, (_, p) => p));
    }
    expect([...all.values()].reduce((sum, n) => sum + n, 0)).toBe(40);
  });

  it('lets others have the thread while it reads much', async () => {
    const [topic] = await topics('much');
    await Promise.all(Array.from({ length: 200 }, (_, n) => say(topic!, 'k', `${n}`)));
    let turns = 0;
    let others = setImmediate(function turn() {
      turns++;
      others = setImmediate(turn);
    });
    const found: [record: string, turns: number][] = [];
    const apply = (_topic: string, _partition: number, record: StreamRecord) => {
      for (const end = performance.now() + 1; performance.now() < end; );
      found.push([text(record), turns]);
    };
    await bus.follow({ topics: [topic!], once: true, apply });
    clearImmediate(others);
    expect(found.map(([value]) => value)).toEqual(Array.from({ length: 200 }, (_, n) => `${n}`));
    expect(new Set(found.map(([, at]) => at)).size).toBeGreaterThan(20);
  });

  it('says so when what it reads cannot be applied', async () => {
    const [topic] = await topics('unreadable');
    const following = await bus.follow({ topics: [topic!], apply: () => JSON.parse('{') });
    open.push(following);
    await say(topic!, 'k', 'v');
    expect(await following.failed).toBeInstanceOf(SyntaxError);
  });
});

describe('a consumer group', () => {
  it('gives partition p of two topics to the same process', async () => {
    const names = await topics('left', 'right');
    const owners = ['a', 'b'].map(() => new Map<string, Set<number>>(names.map(name => [name, new Set<number>()])));
    await Promise.all(
      owners.map(mine =>
        consume({
          group: `${RUN}.pair`,
          topics: names,
          onBatch: async ({ topic, partition, records }) => {
            mine.get(topic)!.add(partition);
            return records.at(-1)!.offset + 1;
          },
        }),
      ),
    );
    const both = () => owners.every(mine => names.every(name => mine.get(name)!.size === PARTITIONS / 2));
    for (let tries = 0; !both() && tries < 100; tries++) {
      for (const mine of owners) for (const partitions of mine.values()) partitions.clear(); // until the group has settled
      for (const name of names) await Promise.all(Array.from({ length: 30 }, (_, n) => say(name, `k${n}`, 'x')));
      await sleep(100);
    }
    const [a, b] = owners;
    for (const mine of owners) expect([...mine.get(names[0]!)!].sort()).toEqual([...mine.get(names[1]!)!].sort());
    expect([...a!.get(names[0]!)!, ...b!.get(names[0]!)!].sort()).toEqual([0, 1, 2, 3]);
  });

  it('flushes its commits when it stops: the next one reads nothing again', async () => {
    const [topic] = await topics('flush');
    await Promise.all(Array.from({ length: 200 }, (_, n) => say(topic!, `k${n}`, `${n}`)));
    const read: string[] = [];
    const options: ConsumeOptions = {
      group: `${RUN}.flush`,
      topics: [topic!],
      onBatch: async ({ records }) => {
        read.push(...records.map(text));
        return records.at(-1)!.offset + 1;
      },
    };
    const first = await bus.consume(options);
    await expect.poll(() => read.length, { timeout: 20_000, interval: 5 }).toBe(200);
    await first.stop();
    await consume(options);
    await say(topic!, 'k', 'after');
    await expect.poll(() => read.at(-1), { timeout: 20_000 }).toBe('after');
    expect(read).toHaveLength(201);
  });

  it('begins where the job says, also where the group has committed more', async () => {
    const [topic] = await topics('behind');
    const group = `${RUN}.behind`;
    for (let n = 0; n < 10; n++) await say(topic!, 'one key', `${n}`);
    const read: string[] = [];
    const onBatch: ConsumeOptions['onBatch'] = async ({ records }) => {
      read.push(...records.map(text));
      return records.at(-1)!.offset + 1;
    };
    const first = await bus.consume({ group, topics: [topic!], onBatch });
    await expect.poll(() => read.length, { timeout: 20_000 }).toBe(10);
    await first.stop();
    await consume({ group, topics: [topic!], onBatch, open: async () => 4 });
    await say(topic!, 'one key', 'after');
    await expect.poll(() => read.at(-1), { timeout: 20_000 }).toBe('after');
    expect(read.slice(10)).toEqual(['4', '5', '6', '7', '8', '9', 'after']);
  });

  it('keeps a partition whose batch takes longer than the session', async () => {
    const [topic] = await topics('long');
    const opened: number[] = [];
    let batches = 0;
    await say(topic!, 'k', 'v');
    await consume({
      group: `${RUN}.long`,
      topics: [topic!],
      sessionTimeout_ms: 6_000, // the least that a broker grants
      open: async (_topic, partition) => {
        opened.push(partition);
        return undefined;
      },
      onBatch: async ({ records }) => {
        batches++;
        await sleep(9_000);
        return records.at(-1)!.offset + 1;
      },
    });
    const standing = async () => [...(await bus.committed(`${RUN}.long`, topic!)).values()];
    await expect.poll(standing, { timeout: 30_000 }).toEqual([1]);
    expect([opened.length, batches]).toEqual([1, 1]);
  });

  it('pauses at a failure that may pass, opens the partition anew, and gets the same batch again', async () => {
    const [topic] = await topics('retry');
    const batches: string[][] = [];
    const events: string[] = [];
    for (let n = 0; n < 5; n++) await say(topic!, 'one key', `${n}`);
    await consume({
      group: `${RUN}.retry`,
      topics: [topic!],
      open: async () => void events.push('open'),
      close: () => void events.push('close'),
      onBatch: async ({ records }) => {
        batches.push(records.map(text));
        events.push('batch');
        if (batches.length < 3) throw new TemperError('UNREACHABLE', { where: 'a test' });
        return records.at(-1)!.offset + 1;
      },
    });
    await expect.poll(() => batches.length, { timeout: 20_000 }).toBe(3);
    await say(topic!, 'one key', 'next');
    await expect.poll(() => batches.at(-1), { timeout: 20_000 }).toEqual(['next']);
    expect(batches[1]).toEqual(batches[0]);
    expect(batches[2]).toEqual(batches[0]);
    expect(events.slice(0, 9)).toEqual(['open', 'batch', 'close', 'open', 'batch', 'close', 'open', 'batch', 'batch']);
  });

  it('stops that partition loudly at a bug, and no other', async () => {
    const [topic] = await topics('bug');
    const read: string[] = [];
    const consuming = await consume({
      group: `${RUN}.bug`,
      topics: [topic!],
      onBatch: async ({ records }) => {
        for (const record of records) {
          if (text(record) === 'bad') throw new RangeError('a bug');
          read.push(text(record));
        }
        return records.at(-1)!.offset + 1;
      },
    });
    await say(topic!, 'k0', 'bad');
    expect(await consuming.failed).toMatchObject({ message: 'a bug' });
    await Promise.all(Array.from({ length: 20 }, (_, n) => say(topic!, `k${n}`, `${n}`)));
    await expect.poll(() => read.length, { timeout: 10_000 }).toBeGreaterThan(8);
  });
});

describe('an offset that the log does not have', () => {
  it('is OFFSET_LOST where the group has committed it', async () => {
    const [topic] = await topics('lost');
    const group = `${RUN}.lost`;
    await say(topic!, 'k', 'v');
    const read: number[] = [];
    const options: ConsumeOptions = {
      group,
      topics: [topic!],
      onBatch: async ({ records }) => read.push(records.length) && 1_000_000,
    };
    const first = await bus.consume(options);
    await expect.poll(() => read.length, { timeout: 20_000 }).toBe(1);
    await first.stop();
    const second = await consume(options);
    expect(await second.failed).toMatchObject({ code: 'OFFSET_LOST', message: expect.stringContaining(`${topic}/`) });
    await say(topic!, 'k', 'w');
    expect(read).toHaveLength(1);
    await second.stop();
    // Whoever starts it again gets the same answer: nothing was moved behind the operator's back.
    const third = await consume(options);
    expect(await third.failed).toMatchObject({ code: 'OFFSET_LOST' });
  });

  it('is OFFSET_LOST where the store asks for it', async () => {
    const [topic] = await topics('lost-store');
    await say(topic!, 'k', 'v');
    const onBatch = async () => undefined;
    const consuming = await consume({ group: `${RUN}.store`, topics: [topic!], onBatch, open: async () => 77 });
    expect(await consuming.failed).toMatchObject({ code: 'OFFSET_LOST', message: expect.stringContaining('got 77') });
  });
});
