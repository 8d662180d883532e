import { expect, test } from 'vitest';
import { ShopEvent } from '../../schemas/topics/events.ts';
import { named } from './draws.ts';
import { asList } from './lists.ts';
import { browse, examination, reach, toEvent } from './shopper.ts';
import { createWorld, oracleRanking } from './world.ts';

const world = createWorld({ seed: 1, users: 200 });
const user = world.users[0]!;
const favourite = oracleRanking(world, user)[0]!;

test('the same list and the same randomness give the same acts', () => {
  const list = asList(oracleRanking(world, user).slice(0, 10), user);
  expect(browse(world, user, list, named(1, 'a'))).toEqual(browse(world, user, list, named(1, 'a')));
});

test('one item at every position: what lies lower is seen less and clicked less', () => {
  const list = asList(
    Array.from({ length: 10 }, () => favourite),
    user,
  );
  const seen = Array.from({ length: 10 }, () => 0);
  const clicked = Array.from({ length: 10 }, () => 0);
  const random = named(1, 'bias');
  const rounds = 20_000;
  for (let round = 0; round < rounds; round++) {
    for (const { type, position } of browse(world, user, list, random)) {
      if (type === 'impression') seen[position]! += 1;
      if (type === 'click') clicked[position]! += 1;
    }
  }
  expect(seen[9]! / rounds).toBeCloseTo(reach(9), 1);
  expect(clicked[5]! / clicked[0]!).toBeCloseTo(examination(5), 1);
  expect(clicked[9]! / clicked[0]!).toBeCloseTo(examination(9), 1);
});

test('acts come in the order of time: no click before its impression, no purchase before its cart', () => {
  const order = ['impression', 'click', 'view', 'cart', 'purchase', 'return'];
  const random = named(1, 'order');
  const list = asList(oracleRanking(world, user).slice(0, 10), user);
  const acts = Array.from({ length: 300 }, () => browse(world, user, list, random)).flat();
  expect(new Set(acts.map(act => act.type))).toEqual(new Set(order));
  for (let round = 0; round < 100; round++) {
    const once = browse(world, user, list, random);
    expect(once.map(act => act.after_ms)).toEqual(once.map(act => act.after_ms).sort((a, b) => a - b));
    for (const { item } of list.items) {
      const steps = once.filter(act => act.item === item).map(act => order.indexOf(act.type));
      expect(steps).toEqual(steps.map((_, index) => index));
    }
  }
});

test('every act is an event that the topic takes, with an id of its own', () => {
  const random = named(1, 'events');
  const list = asList(oracleRanking(world, user).slice(0, 10), user);
  const events = Array.from({ length: 200 }, (_, n) =>
    browse(world, user, list, random).map(act => toEvent(act, { ...list, id: `l${n}` }, 1_700_000_000_000)),
  ).flat();
  for (const event of events) expect(ShopEvent.safeParse(event).error).toBeUndefined();
  expect(new Set(events.map(event => event.id)).size).toBe(events.length);
});

test('an item of another catalogue is shown and never clicked', () => {
  const acts = Array.from({ length: 100 }, (_, n) =>
    browse(world, user, asList([{ item: 'from elsewhere' }], user), named(1, `${n}`)),
  ).flat();
  expect(new Set(acts.map(act => act.type))).toEqual(new Set(['impression']));
});
