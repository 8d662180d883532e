import { expect, test } from 'vitest';
import { Product } from '../../schemas/topics/events.ts';
import { chance, named, one, type Random } from './draws.ts';
import { type Item, OCCASIONS, toProduct } from './items.ts';
import { asList } from './lists.ts';
import { clickRate } from './rates.ts';
import { browse } from './shopper.ts';
import { Tally } from './tally.ts';
import { appeal, createWorld, oracleRanking, popularityRanking, type User, type World } from './world.ts';

/** A third of the users of the shop that `npm start` opens: enough for what is asked of them here. */
const shop = (seed: number) => createWorld({ seed, users: 400 });
const first = shop(1);

test('the same seed makes the same world, another seed another', () => {
  const shape = (world: World) => JSON.stringify([world.items, world.users.map(user => [user.user, [...user.brands]])]);
  expect(shape(shop(1))).toBe(shape(first));
  expect(shape(shop(2))).not.toBe(shape(first));
});

test('every item is a product that the catalogue takes, and its title carries its style, material and colour', () => {
  for (const item of first.items) {
    expect(Product.safeParse(toProduct(item, 1_700_000_000_000)).success).toBe(true);
    for (const word of [item.style, item.material, item.colour]) expect(item.title.toLowerCase()).toContain(word);
  }
});

test('the occasion is told in the description alone, and what pictures and videos show in no text at all', () => {
  for (const item of first.items) {
    const told = OCCASIONS[item.occasion]!.filter(phrase => item.description.includes(phrase));
    expect(told).toHaveLength(1);
    expect(item.title).not.toContain(told[0]);
    const { image: _, video: __, ...product } = toProduct(item, 1_700_000_000_000);
    for (const unseen of [item.pattern, item.accent, item.lining]) {
      expect(Object.values(product).join(' ').toLowerCase().split(/\W+/)).not.toContain(unseen);
    }
  }
});

test.each([
  ['fields', { category: 'none', style: 'none' }],
  ['words', { occasion: 'none' }],
  ['pictures', { pattern: 'none', accent: 'none' }],
  ['videos', { lining: 'none' }],
] as const)('who does not see what %s show earns less than who sees all', (_, unseen) => {
  const items = new Map<Item, Item>(first.items.map(item => [{ ...item, ...unseen }, item]));
  const unlit = { ...first, items: [...items.keys()] };
  const earned = (rank: (user: User) => Item[]) =>
    first.users.reduce((sum, user) => sum + expected(user, rank(user).slice(0, 10)), 0);
  const blind = earned(user => oracleRanking(unlit, user).map(seen => items.get(seen)!));
  expect(blind).toBeLessThan(0.97 * earned(user => oracleRanking(first, user)));
});

test.each([1, 2, 3])(
  'seed %i: chance earns less than popularity, and popularity less than who knows the tastes',
  seed => {
    const world = shop(seed);
    const popular = popularityRanking(world);
    const random = earn(world, (_, draw) => shuffled(world.items, draw));
    const popularity = earn(world, () => popular);
    const oracle = earn(world, user => oracleRanking(world, user));
    expect(popularity / random).toBeGreaterThan(1.5);
    expect(oracle / popularity).toBeGreaterThan(2);
  },
);

test('what a user clicked in a few random lists tells enough of category and style to beat popularity', () => {
  const popular = popularityRanking(first);
  const popularity = earn(first, () => popular);
  const oracle = earn(first, user => oracleRanking(first, user));
  const affinity = earn(first, (user, draw) => byAffinity(first, clickedBefore(first, user, draw)));
  expect(affinity).toBeGreaterThan(1.2 * popularity);
  expect(affinity).toBeLessThan(oracle);
});

/** Click rate when every user gets one list in this order. */
function earn(world: World, rank: (user: User, random: Random) => readonly Item[]): number {
  const tally = new Tally();
  for (const user of world.users) {
    const random = named(world.seed, user.user);
    const list = asList(rank(user, random).slice(0, 10), user);
    for (const act of browse(world, user, list, random)) tally.acted('test', list, act);
  }
  return clickRate(tally).rate;
}

function clickedBefore(world: World, user: User, random: Random): Item[] {
  const clicked: Item[] = [];
  for (let look = 0; look < 400; look++) {
    const item = one(world.items, random);
    if (chance(appeal(user, item), random)) clicked.push(item);
  }
  return clicked;
}

function byAffinity(world: World, clicked: readonly Item[]): Item[] {
  const score = (item: Item) =>
    clicked.filter(other => other.category === item.category).length +
    0.5 * clicked.filter(other => other.style === item.style).length;
  return world.items
    .map(item => ({ item, score: score(item) }))
    .sort((a, b) => b.score - a.score)
    .map(({ item }) => item);
}

function shuffled(items: readonly Item[], random: Random): Item[] {
  return items
    .map(item => ({ item, at: random.uniform() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** The clicks to be expected where the user looks at all of them. */
function expected(user: User, items: readonly Item[]): number {
  return items.reduce((sum, item) => sum + appeal(user, item), 0);
}
