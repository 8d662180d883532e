import type { ProductInput } from '../../schemas/topics/events.ts';
import { chance, one, type Random } from './draws.ts';

/** An item of the simulated shop: what the catalogue tells of it, and what only the world knows. */
export interface Item {
  item: string;
  title: string;
  /** Tells the occasion in words of its own; nothing else does. */
  description: string;
  category: string;
  brand: string;
  style: string;
  material: string;
  colour: string;
  occasion: string;
  /** Seen in the picture alone, with the colour of the pattern. */
  pattern: string;
  accent: string;
  /** Seen in the video alone, and there only while the item is turned. */
  lining: string;
  /** Where picture and video (a directory of pictures) are below the directory of media; not every item has them. */
  image: string | undefined;
  video: string | undefined;
  price: number;
  /** How dear the item is within its category: 0 usual, 1 dear, -1 cheap. */
  priceLevel: number;
  /** What every user sees alike: mean 0, deviation 1. Nothing in the catalogue tells it; only clicks do. */
  quality: number;
  /** When the item enters the catalogue, counted from the shop's opening; most were there long before. */
  arrives_ms: number;
}

/** Category, its usual price, and what its items are called. The first are liked by more users than the last. */
export const CATEGORIES: readonly [category: string, price: number, nouns: readonly string[]][] = [
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
export const STYLES = ['minimal', 'boho', 'sporty', 'classic', 'vintage', 'street', 'romantic', 'rugged'] as const;
export const MATERIALS = ['linen', 'cotton', 'wool', 'leather', 'silk', 'steel', 'bamboo', 'canvas'] as const;
export const COLOURS = ['sand', 'navy', 'olive', 'rust', 'ivory', 'black', 'rose', 'mustard', 'teal'] as const;
export const BRANDS = [
  ...['Aldera', 'Bramble', 'Corvane', 'Dunlin', 'Estrel', 'Fenwood', 'Galera', 'Hollin', 'Istra', 'Juno Row'],
  ...['Kestrel', 'Lumen & Co', 'Marrow', 'Norrvik', 'Orsay', 'Pellam', 'Quill', 'Rowan', 'Solveig', 'Tamsin'],
] as const;
export const PATTERNS = ['hem', 'stripes', 'checks', 'dots', 'zigzag', 'blossoms'] as const;
export const ACCENTS = ['crimson', 'cobalt', 'lime', 'white', 'violet'] as const;
export const LININGS = ['scarlet', 'turquoise', 'gold', 'magenta', 'leaf'] as const;
/** What an item is good for, each told in several ways that share the meaning and not the words. */
export const OCCASIONS: Readonly<Record<string, readonly string[]>> = {
  party: ['Dance until the lights come on.', 'For evenings with cocktails and friends.', 'Made to celebrate in.'],
  office: ['At ease between meetings.', 'Goes to work from Monday to Friday.', 'What colleagues will ask about.'],
  beach: ['For salt, sun and surf.', 'Take it to the seaside.', 'Sand shakes off, waves do no harm.'],
  mountain: [
    'Up steep trails and over the pass.',
    'For hikers who start at dawn.',
    'Made for summits and alpine huts.',
  ],
  wedding: ['For the bride and all her guests.', 'When two say yes.', 'Fit for the ceremony and the first waltz.'],
  nursery: ['Soft enough for the baby.', 'Little ones and their toys are welcome.', 'For toddlers and tired parents.'],
  garden: ['Among roses and tomato plants.', 'For digging, sowing and watering.', 'At home on the lawn.'],
  winter: ['When snow falls and ponds freeze.', 'Keeps the frost out.', 'For sledges, skates and icy mornings.'],
};

const DAY_MS = 86_400_000;
/** Of the catalogue, the share that arrives while the shop is open, so that there is always something without a history. */
const NEWCOMERS = 0.06;
const PICTURED = 0.95;
const FILMED = 0.7;

/**
 * @param random for what the catalogue says in fields
 * @param shown for what only words, pictures and videos show
 */
export function createItem(index: number, random: Random, shown: Random): Item {
  const [category, usualPrice, nouns] = CATEGORIES[index % CATEGORIES.length]!;
  const [style, material, colour] = [one(STYLES, random), one(MATERIALS, random), one(COLOURS, random)];
  const priceLevel = random.normal();
  const title = sentence(`${style} ${material} ${one(nouns, random)} in ${colour}`);
  const brand = one(BRANDS, random);
  const [occasion, told] = one(Object.entries(OCCASIONS), shown);
  const item = `i${String(index).padStart(4, '0')}`;
  return {
    item,
    title,
    description: `${title}, from ${brand}'s ${style} line. ${one(told, shown)}`,
    category,
    brand,
    style,
    material,
    colour,
    occasion,
    pattern: one(PATTERNS, shown),
    accent: one(ACCENTS, shown),
    lining: one(LININGS, shown),
    image: chance(PICTURED, shown) ? `pictures/${item}.jpg` : undefined,
    video: chance(FILMED, shown) ? `videos/${item}` : undefined,
    price: Math.round(usualPrice * Math.exp(0.4 * priceLevel) * 100) / 100,
    priceLevel,
    quality: random.normal(),
    arrives_ms: Math.round(chance(NEWCOMERS, random) ? random.uniform() * 180_000 : -random.uniform() * 120 * DAY_MS),
  };
}

export function toProduct(item: Item, opened_ms: number): ProductInput {
  return {
    v: 1,
    item: item.item,
    at_ms: opened_ms + item.arrives_ms,
    title: item.title,
    description: item.description,
    category: item.category,
    brand: item.brand,
    price: item.price,
    currency: 'EUR',
    ...(item.image !== undefined && { image: item.image }),
    ...(item.video !== undefined && { video: item.video }),
  };
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
