import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { noUser } from '../../../models/features/states.ts';
import { ensureKey } from '../../../models/registry/keys.ts';
import { ByteWriter } from '../../../streams/features/log/bytes.ts';
import { USERS } from '../../../streams/features/log/entities.ts';
import { bucketOf, writeSnapshot } from '../../../streams/features/log/snapshot.ts';
import type { Bus, FollowOptions, Outbox, StreamRecord } from '../../../streams/kafka/bus.ts';
import { partitionOf } from '../../../streams/kafka/sending/partitioner.ts';
import { UserLogs } from '../../../streams/privacy/user-logs.ts';
import { expiryOf } from '../../../streams/privacy/user-topics.ts';

const T0 = 1_700_000_000_000;
const keys = await mkdtemp(path.join(os.tmpdir(), 'temper-user-logs-'));
await ensureKey(keys, T0);
afterAll(() => rm(keys, { recursive: true }));
const CONFIG = { partitions: 1, policies: undefined, policy: undefined, pseudonymKeys: undefined, keys, dataDir: keys };

/** A broker with one partition a topic, whose clock shows what it is told. */
class Broker {
  readonly logs = new Map<string, StreamRecord[]>();
  now_ms = T0;
  readonly outbox: Outbox = {
    publish: async (topic, { key, value }) => {
      const log = this.logs.get(topic) ?? [];
      this.logs.set(topic, log);
      this.now_ms++;
      const bytes = value === null ? null : Buffer.from(value);
      log.push({ key, value: bytes, offset: log.length, timestamp_ms: this.now_ms });
    },
    stop: async () => {},
  };

  /** @param atWork groups that have a process, @param committed what all have */
  bus(atWork: readonly string[] = [], committed = 0): Bus {
    const of = (topic: string) => this.logs.get(topic) ?? [];
    const known: Partial<Bus> = {
      bounds: async topic => new Map([[0, { low: 0, high: of(topic).length }]]),
      offsetsAt: async (topic, at_ms) => {
        const at = of(topic).findIndex(({ timestamp_ms }) => timestamp_ms >= at_ms);
        return new Map([[0, at < 0 ? of(topic).length : at]]);
      },
      follow: async ({ topics, apply, from }: FollowOptions) => {
        for (const topic of topics) {
          for (const record of of(topic).slice(from?.(topic, 0) ?? 0)) apply(topic, 0, record);
        }
        return { stop: async () => {}, failed: new Promise(() => {}) };
      },
      committed: async () => new Map([[0, committed]]),
      isAtWork: async group => atWork.includes(group),
    };
    return known as Bus;
  }
}

const event = (user: string, id: string) => ({ key: user, value: JSON.stringify({ user, id }) });
const stateOf = (user: string, next: number) => {
  const head = { bucket: bucketOf(user), log: 0, generation: 0, next: [[0, next]] as const };
  return { key: '0', value: writeSnapshot(new ByteWriter(), USERS.format, head, [{ key: user, state: noUser() }]) };
};

describe("a user's records", () => {
  it('are all until the mark by the clock of the broker, and the states that were made of them, though these come later', async () => {
    const broker = new Broker();
    const logs = new UserLogs({ bus: broker.bus(), outbox: broker.outbox, config: CONFIG });
    await broker.outbox.publish('shop.events', event('ben', '1'));
    await broker.outbox.publish('shop.events', event('anna', '2'));
    broker.now_ms += 1_000;
    const mark = await logs.mark('anna', 'erasure-x', T0);
    expect(mark).toEqual({ recorded_ms: broker.now_ms, end: ['shop.events/0', 3] });
    const found = async () => (await logs.scan('anna', mark!.recorded_ms)).map(({ where, count }) => [where, count]);
    broker.now_ms += 1_000;
    await broker.outbox.publish('features.user.snapshots', stateOf('anna', 2)); // was on its way
    expect(await found()).toEqual(
      expect.arrayContaining([
        ['shop.events/0', 2],
        ['ads.shown/0', 1], // the word of the erasure itself has the id
        ['features.user.snapshots/0', 1],
      ]),
    );
    broker.logs.delete('features.user.snapshots');
    await broker.outbox.publish('shop.events', event('anna', '4')); // begins anew
    await broker.outbox.publish('features.user.snapshots', stateOf('anna', 4));
    expect(await found()).toContainEqual(['shop.events/0', 2]);
    expect((await found()).map(([where]) => where)).not.toContain('features.user.snapshots/0');
  });
});

describe("where there are pseudonyms, a user under the shop's own id", () => {
  const broker = new Broker();
  const config = { ...CONFIG, pseudonymKeys: 'keys' };
  const logs = new UserLogs({ bus: broker.bus(), outbox: broker.outbox, config });

  it('is told of to nobody who knows nothing of it', async () => {
    await broker.outbox.publish('raw.events', event('anna', '1'));
    expect(await logs.mark('anna', 'erasure-x', T0)).toBeUndefined();
    expect([...broker.logs.keys()]).toEqual(['raw.events']);
  });

  it('is forgotten by the jobs that have known it since before there were any', async () => {
    await broker.outbox.publish('features.user.snapshots', stateOf('anna', 1));
    expect(await logs.mark('anna', 'erasure-x', T0)).toMatchObject({ end: ['shop.events/0', 1] });
    expect(await logs.mark('ben', 'erasure-y', T0)).toBeUndefined();
  });
});

describe("others' records that name a user", () => {
  const follow = { v: 1, id: '1', type: 'follow', at_ms: T0, user: 'ben', session: 's', value: 'anna' };

  it('are found until the mark, go with their log, and are cut away for nobody', async () => {
    const broker = new Broker();
    const cuts: string[] = [];
    const bus = { ...broker.bus(), cut: async (topic: string) => void cuts.push(topic) } as Bus;
    const logs = new UserLogs({ bus, outbox: broker.outbox, config: CONFIG });
    await broker.outbox.publish('shop.events', { key: 'ben', value: JSON.stringify(follow) });
    const { now_ms } = broker;
    await broker.outbox.publish('shop.events', { key: 'ben', value: JSON.stringify({ ...follow, id: '2' }) });
    const where = 'shop.events/0, named by others';
    const expires_ms = expiryOf('shop.events', now_ms);
    expect(await logs.scan('anna', now_ms)).toEqual([{ where, count: 1, expires_ms, ofOthers: true }]);
    expect(await logs.cut('anna', now_ms)).toEqual([]);
    expect(cuts).toEqual([]);
  });

  it('are waited for in all partitions of events, other records in the own one', async () => {
    const bounds = async () => new Map([0, 1, 2].map(partition => [partition, { low: 0, high: partition * 5 }]));
    const logs = new UserLogs({
      ...{ bus: { bounds } as Partial<Bus> as Bus, outbox: new Broker().outbox },
      config: { ...CONFIG, partitions: 3 },
    });
    const slots = (await logs.ends('anna', 1)).map(([slot, end]) => `${slot} ${end}`);
    expect(slots.filter(slot => slot.startsWith('shop.events'))).toEqual(['shop.events/1 5', 'shop.events/2 10']);
    const own = partitionOf('anna', 3);
    expect(slots.filter(slot => slot.startsWith('rank.requests'))).toEqual(
      own === 0 ? [] : [`rank.requests/${own} ${own * 5}`],
    );
  });
});

describe('who is waited for', () => {
  const ends = [['shop.events/0', 10]] as const;
  const behind = (atWork: string[], policies?: string) => {
    const broker = new Broker();
    const config = { ...CONFIG, policies };
    return new UserLogs({ bus: broker.bus(atWork, 3), outbox: broker.outbox, config }).behind(ends);
  };
  const support = expect.stringMatching(/^temper\.support at 3 of 10 in shop\.events\/0/);

  it('is a job that is configured, running or not, and one that is not if it runs all the same', async () => {
    expect(await behind([], 'policies')).toContainEqual(support);
    expect(await behind(['temper.support'])).toContainEqual(support);
  });

  it('is no job that was configured once: what it committed stays for days', async () => {
    const waited = await behind([]);
    expect(waited).not.toContainEqual(support);
    expect(waited).toContainEqual(expect.stringContaining('temper.features.users'));
  });

  it('keeps a cut back, and who is not waited for does not', async () => {
    const broker = new Broker();
    await broker.outbox.publish('shop.events', event('anna', '1'));
    const cuts: unknown[] = [];
    const bus = (atWork: string[]): Bus => ({
      ...broker.bus(atWork),
      committed: async group => new Map([[0, group === 'temper.support' ? 0 : 1]]),
      cut: async (topic, partition, to) => void cuts.push([topic, partition, to]),
    });
    const cut = (atWork: string[]) =>
      new UserLogs({ bus: bus(atWork), outbox: broker.outbox, config: CONFIG }).cut('anna', broker.now_ms);
    expect(await cut(['temper.support'])).toEqual([]);
    expect(await cut([])).toEqual([['shop.events/0', 1]]);
    expect(cuts).toEqual([['shop.events', 0, 1]]);
  });
});
