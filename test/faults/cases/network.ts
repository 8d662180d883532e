import { setTimeout as sleep } from 'node:timers/promises';
import { caughtIn, underway } from '../moves.ts';
import { insertsInto, writesTo } from '../network/requests.ts';
import type { Fault, Room } from '../suite.ts';

type Cut = [name: string, inject: (room: Room) => Promise<string[]>];

const HOLE_MS = 8_000;
const sides = ({ stack }: Room) => [stack.kafka.proxy, stack.clickhouse.proxy];

/** Nobody says that the other side is gone: the clients find out by waiting. */
const HALF_OPEN: Cut = [
  'half-open',
  async room => {
    for (const proxy of sides(room)) proxy.halfOpen();
    await underway(room, 50);
    return [];
  },
];

const RESET: Cut = [
  'reset',
  async room => {
    for (let times = 0; times < 3; times++) {
      for (const proxy of sides(room)) proxy.reset();
      await sleep(room.random.below(1_000), undefined, { signal: room.signal });
    }
    return [];
  },
];

const BLACK_HOLE: Cut = [
  'black hole',
  async room => {
    for (const proxy of sides(room)) proxy.set({ kind: 'black hole' });
    await sleep(HOLE_MS, undefined, { signal: room.signal });
    for (const proxy of sides(room)) proxy.set({ kind: 'clear' });
    return [];
  },
];

/** The work is done and its answer is lost: whoever asked has to do it again without harm. */
const BEFORE_THE_REPLY: Cut = [
  'cut before the reply',
  async room => {
    const { stack } = room;
    const traps = [
      ['an insert', stack.clickhouse.proxy.trap('after', insertsInto('events'))],
      ["a user's features", stack.kafka.proxy.trap('after', writesTo('features', 'features.user.log'))],
      ['item updates', stack.kafka.proxy.trap('after', writesTo('features', 'features.item.log'))],
      ['a list', stack.kafka.proxy.trap('after', writesTo('scorer', 'rank.lists'))],
    ] as const;
    const cuts = traps.map(async ([what, trap]) => {
      const caught = await caughtIn(trap, room);
      caught?.cut();
      return caught ? [] : [`no answer to ${what} was cut off`];
    });
    return (await Promise.all(cuts)).flat();
  },
];

export const NETWORK: Fault = {
  number: 7,
  name: 'network cut',
  inject: 'connections to Kafka and ClickHouse reset, in a black hole for 8 s, cut before the reply, half-open',
  expect: 'one copy',
  jobs: ['features', 'sinks', 'scorer'],
  async run(room) {
    const cuts = [RESET, BEFORE_THE_REPLY, ...(room.brief ? [] : [BLACK_HOLE, HALF_OPEN])];
    const broken: string[] = [];
    const order = room.random.shuffle(Uint32Array.from(cuts.keys()));
    for (const index of order) {
      await underway(room, 100);
      const [name, inject] = cuts[index]!;
      room.progress(name);
      broken.push(...(await inject(room)));
    }
    await underway(room, 100);
    return { broken, measured: { cuts: [...order].map(index => cuts[index]![0]).join(' > ') } };
  },
};
