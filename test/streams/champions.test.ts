import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Promotion } from '../../schemas/models/models.ts';
import { openChampions } from '../../streams/champions.ts';
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

/** The topic `models`, whose records come back until its follower dies: no broker can be asked to do that at a moment. */
async function open() {
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
  const champions = await openChampions(bus);
  const silence = () => {
    dead = true;
  };
  return { champions, published, silence, die };
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
  await expect(champions.endTrial('home')).rejects.toMatchObject(broken);
  expect(published).toEqual(['home', 'home']);
});
