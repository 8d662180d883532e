import { named, type Random, sample, weighted } from './draws.ts';
import {
  ACCENTS,
  BRANDS,
  CATEGORIES,
  COLOURS,
  createItem,
  type Item,
  LININGS,
  MATERIALS,
  OCCASIONS,
  PATTERNS,
  STYLES,
} from './items.ts';

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
  occasions: ReadonlySet<string>;
  patterns: ReadonlySet<string>;
  accents: ReadonlySet<string>;
  linings: ReadonlySet<string>;
  priceLevel: number;
  /** What he goes by the price alone: 0 where he does not mind, more where the cheaper thing is the better one. */
  thrift: number;
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
  const [makeItem, shown] = [named(seed, 'items'), named(seed, 'what items show')];
  const [makeUser, seen] = [named(seed, 'users'), named(seed, 'what users see')];
  const catalogue = Array.from({ length: items }, (_, index) => createItem(index, makeItem, shown));
  const byId = new Map(catalogue.map(item => [item.item, item]));
  return {
    seed,
    items: catalogue,
    users: Array.from({ length: users }, (_, index) => createUser(index, makeUser, seen)),
    item: id => byId.get(id),
  };
}

/**
 * P(click | the user looks at the item). A logistic model whose weights are chosen so that who knows the tastes
 * earns several times what popularity earns, and popularity several times what chance earns; and so that fields, words,
 * picture and video each tell something that the others do not.
 */
export function appeal(user: User, item: Item): number {
  const taste =
    3.0 * (user.categories.get(item.category) ?? 0) +
    1.6 * Number(user.styles.has(item.style)) +
    0.6 * Number(user.colours.has(item.colour)) +
    0.6 * Number(user.materials.has(item.material)) +
    0.9 * Number(user.brands.has(item.brand)) +
    2.4 * Number(user.occasions.has(item.occasion)) +
    2.0 * Number(user.patterns.has(item.pattern)) +
    1.0 * Number(user.accents.has(item.accent)) +
    2.0 * Number(user.linings.has(item.lining)) -
    0.5 * Math.abs(user.priceLevel - item.priceLevel) -
    user.thrift * Math.log(item.price / USUAL_PRICE);
  return 1 / (1 + Math.exp(9.0 - taste - 0.9 * item.quality));
}

/** Of the middle one of the things that the shop has. */
const USUAL_PRICE = 65;

const HARD_TIMES = { thrift: 2.5, interest: 0.35 };

/**
 * The same user when his taste has changed, as everybody's does in hard times: he goes by the price, and not so much by
 * the kind of thing. What he did before says less of him, and what is cheap is dear to all.
 */
export function thrifty(user: User): User {
  const { thrift, interest } = HARD_TIMES;
  const categories = new Map([...user.categories].map(([category, liked]) => [category, interest * liked]));
  return { ...user, categories, thrift };
}

/** The order that a ranker would find who knew every taste. */
export function oracleRanking(world: World, user: User): Item[] {
  return ranked(world.items, item => appeal(user, item));
}

/** One order for all users: by what they like on average, each counted as often as he comes. */
export function popularityRanking(world: World): Item[] {
  return ranked(world.items, item => world.users.reduce((sum, user) => sum + user.activity * appeal(user, item), 0));
}

function ranked(items: readonly Item[], score: (item: Item) => number): Item[] {
  return items
    .map(item => ({ item, score: score(item) }))
    .sort((a, b) => b.score - a.score)
    .map(({ item }) => item);
}

function createUser(index: number, random: Random, seen: Random): User {
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
    occasions: new Set(sample(Object.keys(OCCASIONS), 2, seen)),
    patterns: new Set(sample(PATTERNS, 2, seen)),
    accents: new Set(sample(ACCENTS, 2, seen)),
    linings: new Set(sample(LININGS, 2, seen)),
    priceLevel: 0.8 * random.normal(),
    thrift: 0,
  };
}
