import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ensureKey } from '../../models/registry/keys.ts';
import { signRecord } from '../../models/registry/signed-record.ts';
import type { Promotion } from '../../schemas/models/models.ts';
import type { Trial, TrialEnd } from '../../schemas/models/trials.ts';
import { challengerOf, openChampions, saidIn } from '../../streams/champions.ts';
import type { Bus, FollowOptions, Message } from '../../streams/kafka/bus.ts';
import { deferred } from '../../streams/kafka/consuming/slots.ts';

const PROMOTION: Promotion = {
  v: 1,
  surface: 'home',
  model: 'm1',
  manifest: 'a'.repeat(64),
  previous: null,
  at_ms: 1_700_000_000_000,
  reason: 'a test',
};

const TRIAL: Trial = {
  ...{ v: 1, role: 'challenger', surface: 'home', model: 'm2', manifest: 'b'.repeat(64), champion: 'm1' },
  ...{ experiment: 'e', salt: '0'.repeat(32), stage: { kind: 'shadow' }, at_ms: PROMOTION.at_ms, reason: 'a test' },
};
const END: TrialEnd = {
  ...{ v: 1, role: 'challenger', ended: true, surface: 'home', model: 'm2', experiment: 'e' },
  ...{ at_ms: PROMOTION.at_ms, reason: 'a test' },
};

/** The topic `models`, whose records come back until its follower dies: no broker can be asked to do that at a moment. */
async function open(keys?: string) {
  const { promise: failed, resolve: die } = deferred<Error>();
  const published: string[] = [];
  let dead = false;
  let follower: FollowOptions | undefined;
  const bus = {
    async outbox() {
      const publish = async (topic: string, { key, value }: Message) => {
        published.push(key);
        const record = {
          key,
          value: value === null ? null : Buffer.from(value),
          offset: 0,
          timestamp_ms: PROMOTION.at_ms,
        };
        if (!dead) follower!.apply(topic, 0, record);
      };
      return { publish, stop: async () => {} };
    },
    async follow(options: FollowOptions) {
      follower = options;
      return { failed, stop: async () => {} };
    },
  } as Partial<Bus> as Bus;
  const champions = await openChampions(bus, keys);
  const silence = () => {
    dead = true;
  };
  /** As anybody can who may write to the topic. */
  const say = (value: object) => {
    const record = { value: Buffer.from(JSON.stringify(value)), offset: 0, timestamp_ms: PROMOTION.at_ms };
    follower!.apply('models', 0, { key: challengerOf('home'), ...record });
  };
  return { champions, published, silence, die, say };
}

it('whoever follows no more what serves says so, and decides nothing by what it knew', async () => {
  const { champions, published, silence, die } = await open();
  await champions.promote(PROMOTION);
  expect(await champions.of('home')).toMatchObject({ model: 'm1' });
  expect(await Promise.race([champions.failed, sleep(10, 'lives')])).toBe('lives');

  silence();
  const cause = new Error('the follower is dead');
  const waiting = champions.promote({ ...PROMOTION, model: 'm2' });
  const began = performance.now();
  die(cause);
  const broken = { code: 'UNREACHABLE', retryable: true, cause };
  await expect(waiting).rejects.toMatchObject(broken);
  expect(performance.now() - began).toBeLessThan(5_000); // a record that does not come back is waited for ten seconds
  expect(await champions.failed).toBe(cause);
  await expect(champions.of('home')).rejects.toMatchObject(broken);
  await expect(champions.trialOn('home')).rejects.toMatchObject(broken);
  await expect(champions.endTrial(END)).rejects.toMatchObject(broken);
  expect(published).toEqual(['home', 'home']);
});

it('a trial is on until its end has come back; a tombstone, which anybody can write, ends nothing', async () => {
  const { champions, published } = await open();
  await champions.setTrial(TRIAL);
  expect(await champions.trialOn('home')).toMatchObject({ experiment: 'e' });
  const tombstone = { key: challengerOf('home'), value: null, offset: 1, timestamp_ms: PROMOTION.at_ms };
  expect(saidIn(tombstone)).toBeUndefined();
  await champions.endTrial(END);
  expect(await champions.trialOn('home')).toBeUndefined();
  expect(new Set(published)).toEqual(new Set([challengerOf('home')]));
});

it('of trials it knows what is signed and next, as scorers do, and nothing that somebody else says', async () => {
  const keys = await mkdtemp(path.join(os.tmpdir(), 'temper-champions-'));
  try {
    await ensureKey(keys, Date.now());
    const { champions, say } = await open(keys);
    const [before, trial] = [
      await signRecord(keys, TRIAL),
      await signRecord(keys, { ...TRIAL, experiment: 'f', at_ms: PROMOTION.at_ms + 10 }),
    ];
    await champions.setTrial(before);
    await champions.setTrial(trial);
    say({ ...END, experiment: 'f', at_ms: PROMOTION.at_ms + 20 }); // unsigned
    say({ ...TRIAL, experiment: 'g', salt: '1'.repeat(32), at_ms: PROMOTION.at_ms + 20 });
    say(before); // signed, once
    say(await signRecord(keys, { ...END, at_ms: PROMOTION.at_ms + 20 })); // of another trial
    expect(await champions.trialOn('home')).toEqual(trial);
    await champions.endTrial(await signRecord(keys, { ...END, experiment: 'f', at_ms: PROMOTION.at_ms + 10 }));
    expect(await champions.trialOn('home')).toBeUndefined();
  } finally {
    await rm(keys, { recursive: true });
  }
});
