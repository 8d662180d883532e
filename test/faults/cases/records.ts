import { POISON } from '../../streams/poison/poison.ts';
import { only, underway } from '../moves.ts';
import { differences, loggedStates } from '../offline.ts';
import type { Fault, Room } from '../suite.ts';
import { deadLettersOf } from './poison.ts';

const GROUPS = [
  { group: 'temper.features.users', topic: 'shop.events' },
  { group: 'temper.features.items', topic: 'features.item.log' },
  { group: 'temper.sinks', topic: 'shop.events' },
];

export const DUPLICATES: Fault = {
  number: 11,
  name: 'duplicates',
  inject: 'every event comes 1 to 3 times; then the groups of features and sinks are put back to 0',
  expect: 'same features, same rows',
  jobs: ['features', 'sinks', 'scorer'],
  traffic: { copies: below => 1 + below(3) },
  async run(room) {
    const { stack, traffic } = room;
    await underway(room, 1_500);
    await Promise.all([only(room, 'features').stop(), only(room, 'sinks').stop()]);
    const before = await loggedStates(stack.bus, traffic.prefix);
    const stood = new Map<string, number>();
    for (const { group, topic } of GROUPS) {
      stood.set(`${group} ${topic}`, Math.max(...(await stack.bus.committed(group, topic)).values()));
      await putBack(room, group, topic);
    }
    const zero = await Promise.all(GROUPS.map(({ group, topic }) => stack.bus.committed(group, topic)));
    const broken = zero.some(at => [...at.values()].some(n => n !== 0)) ? ['a group was not put back'] : [];
    const unchanged = differences(before, await loggedStates(stack.bus, traffic.prefix)).length === 0;
    if (!unchanged) broken.push('features changed while no job ran');
    await Promise.all([stack.run('features'), stack.run('sinks')]);
    await underway(room, 500);
    return { broken, measured: { put_back_records: [...stood.values()].reduce((a, b) => a + b, 0) } };
  },
};

/** Has a group whose processes are stopped read its topic from the start. */
async function putBack({ stack: { bus } }: Room, group: string, topic: string): Promise<void> {
  const starts = new Map([...(await bus.bounds(topic)).keys()].map(partition => [partition, 0]));
  await bus.operator.move(group, topic, starts, await bus.operator.logsOf(group));
}

export const POISONED: Fault = {
  number: 12,
  name: 'poison',
  inject: 'bad JSON, 10 MB, unknown versions and types, NaN, __proto__, tombstones, dates ahead, on three topics',
  expect: 'exact dead letters, no stall',
  jobs: ['features', 'sinks', 'scorer'],
  async run(room) {
    const { stack, traffic } = room;
    await underway(room);
    const poison = POISON(Date.now());
    const outbox = await stack.bus.outbox();
    const order = room.random.shuffle(Uint32Array.from(poison.keys()));
    for (const n of order) {
      const { topic, value } = poison[n]!;
      await outbox.publish(topic, { key: `${traffic.prefix}-bad${n}`, value });
    }
    await outbox.stop();
    await underway(room);
    return {
      measured: { injected: poison.length },
      async afterwards() {
        const { byKey, copies } = await deadLettersOf(stack, traffic.prefix);
        const wrong = poison.flatMap(({ topic, reason }, n) => {
          const got = byKey.get(`${traffic.prefix}-bad${n}`);
          return got?.reason === reason && got.topic === topic
            ? []
            : [`${topic} ${reason}: ${got?.reason ?? 'no letter'}`];
        });
        if (byKey.size !== poison.length) wrong.push(`${byKey.size} dead letters of ${poison.length}`);
        return { measured: { dead_lettered: byKey.size, copies }, broken: wrong };
      },
    };
  },
};

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Of ten events one is dated a day ahead, one a day back, one as far ahead as is just allowed. */
const SKEWS = [DAY_MS, -DAY_MS, 4 * MINUTE_MS];

export const CLOCK_SKEW: Fault = {
  number: 15,
  name: 'clock skew',
  inject: 'of ten events one is dated a day ahead, one a day back, one four minutes ahead',
  expect: 'ahead is refused, late is counted, no NaN',
  jobs: ['features', 'sinks', 'scorer'],
  traffic: { skew_ms: below => SKEWS[below(10)] ?? -below(600_000) },
  async run(room) {
    await underway(room, 3_000);
    const { stack, traffic } = room;
    return {
      async afterwards() {
        const { letters } = await deadLettersOf(stack, traffic.prefix);
        const { users, items } = await loggedStates(stack.bus, traffic.prefix);
        const text = JSON.stringify([[...users], [...items]]);
        const share = letters / traffic.acknowledged();
        const broken = text.includes('null') ? ['a state has a number that is not finite'] : [];
        if (share < 0.05 || share > 0.15) broken.push(`${letters} of ${traffic.acknowledged()} were refused`);
        return { measured: { refused: letters, events: traffic.acknowledged() }, broken };
      },
    };
  },
};
