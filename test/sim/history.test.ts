import { expect, test } from 'vitest';
import { history, OPENED_MS } from './history.ts';
import { createWorld } from './world.ts';

const world = createWorld({ seed: 1, items: 240, users: 40 });

test('the same seed logs the same lists and events, another seed others', () => {
  const log = (seed: number) => JSON.stringify([...history(world, { seed, lists: 50, browsing: 0.5 })]);
  expect(log(1)).toBe(log(1));
  expect(log(1)).not.toBe(log(2));
});

test('lists come at their pace, with items that have arrived, each once, and events only on what was shown', () => {
  const log = [...history(world, { seed: 1, lists: 300, browsing: 0, listsPerSecond: 10 })];
  expect(log.map(({ list }) => list.at_ms)).toEqual(log.map((_, turn) => OPENED_MS + 100 * turn));
  for (const { list, events } of log) {
    const shown = list.items.map(({ item }) => item);
    expect(new Set(shown).size).toBe(10);
    for (const item of shown) expect(OPENED_MS + world.item(item)!.arrives_ms).toBeLessThanOrEqual(list.at_ms);
    for (const event of events) if ('item' in event) expect(shown).toContain(event.item);
  }
  expect(new Set(log.map(({ list }) => list.id)).size).toBe(log.length);
});

test('who browses sees categories that he comes for, and clicks more', () => {
  const clicks = (browsing: number) =>
    [...history(world, { seed: 1, lists: 600, browsing })].flatMap(({ events }) =>
      events.filter(({ type }) => type === 'click'),
    ).length;
  for (const { list } of history(world, { seed: 1, lists: 50, browsing: 1 })) {
    const { categories } = world.users.find(({ user }) => user === list.user)!;
    for (const { item } of list.items) expect(categories.has(world.item(item)!.category)).toBe(true);
  }
  expect(clicks(1)).toBeGreaterThan(1.5 * clicks(0));
});

test('what is kept off the shelf is not shown', () => {
  const kept = new Set(world.items.slice(0, 24));
  const shelf = (item: (typeof world.items)[number]) => !kept.has(item);
  for (const { list } of history(world, { seed: 1, lists: 100, browsing: 0.5, shelf })) {
    for (const { item } of list.items) expect(kept).not.toContain(world.item(item));
  }
});
