import { expect, it } from 'vitest';
import type { ShopEvent } from '../../schemas/topics/events.ts';
import { circlesOf, likeness } from './circles.ts';
import { history } from './history.ts';
import { createWorld } from './world.ts';

const world = createWorld({ seed: 2, items: 120, users: 200 });
const circles = circlesOf(world);
const log = (more: object = {}) =>
  [...history(world, { seed: 1, lists: 800, browsing: 0.8, ...more })].flatMap(({ events }) => events);

it('some users follow others whose tastes are like theirs, and brands that they like', () => {
  expect(circles.size).toBeGreaterThan(60);
  expect(circles.size).toBeLessThan(140);
  const users = new Map(world.users.map(user => [user.user, user]));
  const mean = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
  const chosen = [...circles].flatMap(([user, { people }]) =>
    people.map(other => likeness(users.get(user)!, users.get(other)!)),
  );
  const any = world.users.flatMap(user =>
    world.users.slice(0, 40).map(other => (user === other ? 0 : likeness(user, other))),
  );
  expect(mean(chosen)).toBeGreaterThan(1.5 * mean(any));
  for (const [user, { people, brands }] of circles) {
    expect(people).not.toContain(user);
    for (const brand of brands) expect(users.get(user)!.brands.has(brand)).toBe(true);
  }
});

it('what else happens in the shop is what happens without them', () => {
  const about = (event: ShopEvent) => !['follow', 'share'].includes(event.type);
  const told = log({ circles });
  expect(told.filter(about)).toEqual(log());
  const of = (type: string) => told.filter(event => event.type === type);
  expect(of('follow').length).toBeGreaterThan(50);
  expect(new Set(of('follow').map(({ id }) => id)).size).toBe(of('follow').length);
  expect(of('share').some(event => 'to' in event)).toBe(true);
});
