import type { ProductInput } from '../../schemas/events.ts';
import { chance, named, one, type Random, sample, weighted } from './draws.ts';

/** An item of the simulated shop: what the catalogue tells of it, and what only the world knows. */
export interface Item {
  item: string;
  title: string;
  category: string;
  brand: string;
  style: string;
  material: string;
  colour: string;
  price: number;
  /** How dear the item is within its category: 0 usual, 1 dear, -1 cheap. */
  priceLevel: number;
  /** What every user sees alike: mean 0, deviation 1. Nothing in the catalogue tells it; only clicks do. */
  quality: number;
  /** When the item enters the catalogue, counted from the shop's opening; most were there long before. */
  arrives_ms: number;
}

/** A user with tastes that no event carries: they show only in what the user clicks. */
export interface User {
  user: string;
  /** How often the user comes, relative to others. */
  activity: number;
  /** Interest in a category, 0 to 1; a category that is not here leaves the user cold. */
  categories: ReadonlyMap<string, number>;
  styles: ReadonlySet<string>;
  colours: ReadonlySet<string>;
  materials: ReadonlySet<string>;
  brands: ReadonlySet<string>;
  priceLevel: number;
}

export interface World {
  seed: number;
  items: readonly Item[];
  users: readonly User[];
  /** Undefined for an item that another catalogue left in the topic. */
  item(id: string): Item | undefined;
}

/** The same seed gives the same catalogue and the same users. */
export function createWorld({
  seed,
  items = 400,
  users = 1_200,
}: {
  seed: number;
  items?: number;
  users?: number;
}): World {
  const makeItem = named(seed, 'items');
  const makeUser = named(seed, 'users');
  const catalogue = Array.from({ length: items }, (_, index) => createItem(index, makeItem));
  const byId = new Map(catalogue.map(item => [item.item, item]));
  return {
    seed,
    items: catalogue,
    users: Array.from({ length: users }, (_, index) => createUser(index, makeUser)),
    item: id => byId.get(id),
  };
}

/**
 * P(click | the user looks at the item). A logistic model whose weights are chosen so that who knows the tastes
 * earns several times what popularity earns, and popularity several times what chance earns.
 */
export function appeal(user: User, item: Item): number {
  const taste =
    3.0 * (user.categories.get(item.category) ?? 0) +
    1.6 * Number(user.styles.has(item.style)) +
    0.6 * Number(user.colours.has(item.colour)) +
    0.6 * Number(user.materials.has(item.material)) +
    0.9 * Number(user.brands.has(item.brand)) -
    0.5 * Math.abs(user.priceLevel - item.priceLevel);
  return 1 / (1 + Math.exp(5.4 - taste - 0.9 * item.quality));
}

/** The order that a ranker would find who knew every taste. */
export function oracleRanking(world: World, user: User): Item[] {
  return ranked(world.items, item => appeal(user, item));
}

/** One order for all users: by what they like on average, each counted as often as he comes. */
export function popularityRanking(world: World): Item[] {
  return ranked(world.items, item => world.users.reduce((sum, user) => sum + user.activity * appeal(user, item), 0));
}

export function toProduct(item: Item, opened_ms: number): ProductInput {
  return {
    v: 1,
    item: item.item,
    at_ms: opened_ms + item.arrives_ms,
    title: item.title,
    description: `${item.title}, from ${item.brand}'s ${item.style} line.`,
    category: item.category,
    brand: item.brand,
    price: item.price,
    currency: 'EUR',
  };
}

function ranked(items: readonly Item[], score: (item: Item) => number): Item[] {
  return items
    .map(item => ({ item, score: score(item) }))
    .sort((a, b) => b.score - a.score)
    .map(({ item }) => item);
}

/** Category, its usual price, and what its items are called. The first are liked by more users than the last. */
const CATEGORIES: readonly [category: string, price: number, nouns: readonly string[]][] = [
  ['dresses', 70, ['dress', 'gown', 'tunic']],
  ['shoes', 90, ['sneakers', 'boots', 'loafers', 'sandals']],
  ['shirts', 40, ['shirt', 'blouse', 'tee']],
  ['jackets', 130, ['jacket', 'parka', 'blazer']],
  ['bags', 110, ['tote', 'backpack', 'clutch']],
  ['trousers', 60, ['jeans', 'chinos', 'leggings']],
  ['knitwear', 75, ['jumper', 'cardigan', 'vest']],
  ['jewellery', 55, ['necklace', 'ring', 'earrings']],
  ['lamps', 85, ['floor lamp', 'pendant', 'desk lamp']],
  ['cushions', 25, ['cushion', 'throw', 'pouf']],
  ['kitchen', 35, ['kettle', 'teapot', 'skillet']],
  ['outdoors', 150, ['tent', 'hammock', 'daypack']],
];
const STYLES = ['minimal', 'boho', 'sporty', 'classic', 'vintage', 'street', 'romantic', 'rugged'] as const;
const MATERIALS = ['linen', 'cotton', 'wool', 'leather', 'silk', 'steel', 'bamboo', 'canvas'] as const;
const COLOURS = ['sand', 'navy', 'olive', 'rust', 'ivory', 'black', 'rose', 'mustard', 'teal'] as const;
const BRANDS = [
  ...['Aldera', 'Bramble', 'Corvane', 'Dunlin', 'Estrel', 'Fenwood', 'Galera', 'Hollin', 'Istra', 'Juno Row'],
  ...['Kestrel', 'Lumen & Co', 'Marrow', 'Norrvik', 'Orsay', 'Pellam', 'Quill', 'Rowan', 'Solveig', 'Tamsin'],
] as const;

const DAY_MS = 86_400_000;
/** Of the catalogue, the share that arrives while the shop is open, so that there is always something without a history. */
const NEWCOMERS = 0.06;

function createItem(index: number, random: Random): Item {
  const [category, usualPrice, nouns] = CATEGORIES[index % CATEGORIES.length]!;
  const [style, material, colour] = [one(STYLES, random), one(MATERIALS, random), one(COLOURS, random)];
  const priceLevel = random.normal();
  const title = `${style} ${material} ${one(nouns, random)} in ${colour}`;
  return {
    item: `i${String(index).padStart(4, '0')}`,
    title: title.charAt(0).toUpperCase() + title.slice(1),
    category,
    brand: one(BRANDS, random),
    style,
    material,
    colour,
    price: Math.round(usualPrice * Math.exp(0.4 * priceLevel) * 100) / 100,
    priceLevel,
    quality: random.normal(),
    arrives_ms: Math.round(chance(NEWCOMERS, random) ? random.uniform() * 180_000 : -random.uniform() * 120 * DAY_MS),
  };
}

function createUser(index: number, random: Random): User {
  const liked = weighted(
    CATEGORIES,
    category => 1 / (1 + 0.25 * CATEGORIES.indexOf(category)),
    2 + random.below(2),
    random,
  );
  return {
    user: `u${String(index).padStart(5, '0')}`,
    activity: Math.exp(0.7 * random.normal()),
    categories: new Map(liked.map(([category], rank) => [category, 1 - 0.15 * rank])),
    styles: new Set(sample(STYLES, 2, random)),
    colours: new Set(sample(COLOURS, 2, random)),
    materials: new Set(sample(MATERIALS, 2, random)),
    brands: new Set(sample(BRANDS, 3, random)),
    priceLevel: 0.8 * random.normal(),
  };
}
