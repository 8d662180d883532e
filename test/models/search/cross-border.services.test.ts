import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTextEncoder, type TextEncoder } from '../../../models/encoders/text.ts';
import type { Shop } from '../../../models/search/answer.ts';
import { installWeights } from '../../../services/weights/weights.ts';
import { search, shopOf } from './shop.ts';

/** What a shop sells, in English, and the same in other languages: as queries, and as titles of another shop. */
const PRODUCTS = {
  kettle: ['Stainless steel kettle, 1.7 litres', 'Wasserkocher', 'bouilloire électrique', 'hervidor de agua', '热水壶'],
  umbrella: ['Folding umbrella for travelling', 'Regenschirm', 'parapluie pliant', 'paraguas plegable', '雨伞'],
  lamp: ['Bedside lamp with a linen shade', 'Nachttischlampe', 'lampe de chevet', 'lámpara de noche', '床头灯'],
  knife: ['Chef knife, 20 cm blade', 'Kochmesser', 'couteau de cuisine', 'cuchillo de cocina', '菜刀'],
  boots: ['Waterproof hiking boots', 'Wanderstiefel', 'chaussures de randonnée', 'botas de montaña', '登山靴'],
  pillow: ['Feather pillow, soft', 'Kopfkissen', 'oreiller en plumes', 'almohada de plumas', '羽毛枕头'],
  bicycle: ['Bicycle for children, 16 inches', 'Kinderfahrrad', 'vélo pour enfant', 'bicicleta infantil', '儿童自行车'],
  phone: ['Smartphone with 128 GB', 'Mobiltelefon', 'téléphone portable', 'teléfono móvil', '智能手机'],
} as const;
const ITEMS = Object.keys(PRODUCTS) as (keyof typeof PRODUCTS)[];
const OTHERS = { German: 1, French: 2, Spanish: 3, Chinese: 4 } as const;

let encoder: TextEncoder;
let shop: Shop;

const vectorsOf = async (texts: readonly string[], role: 'query' | 'passage') => {
  const rows = await encoder.encode(texts, role);
  return texts.map((_, at) => rows.slice(at * encoder.width, (at + 1) * encoder.width));
};

beforeAll(async () => {
  encoder = await openTextEncoder(await installWeights('multilingual-e5-small'));
  const titles = ITEMS.map(item => PRODUCTS[item][0]);
  const vectors = await vectorsOf(titles, 'passage');
  shop = shopOf(Object.fromEntries(ITEMS.map((item, at) => [item, { title: titles[at]!, vector: [...vectors[at]!] }])));
});
afterAll(() => encoder?.release());

/** A small encoder of four bits is not always right: by chance it would be one of eight. */
const MOST = ITEMS.length / 2 + 1;
const right = (found: readonly (string | undefined)[]) => ITEMS.filter((item, at) => found[at] === item).length;

describe.each(Object.entries(OTHERS))('in %s', (_, place) => {
  const texts = ITEMS.map(item => PRODUCTS[item][place]);

  it('the search that is served finds products whose texts are English by their meaning, and none by its words', async () => {
    const vectors = await vectorsOf(texts, 'query');
    const found = texts.map((text, at) => search(shop, text, { vector: [...vectors[at]!] }));
    expect(found.every(({ rescue }) => rescue === 'meaning')).toBe(true);
    expect(right(found.map(({ items }) => items[0]))).toBeGreaterThanOrEqual(MOST);
    expect(texts.map(text => search(shop, text).rescue)).toEqual(texts.map(() => 'popular'));
  });

  it('a product is nearest to the one with an English title, by which candidates are found', async () => {
    const titles = await vectorsOf(texts, 'passage');
    const nearest = titles.map(title => shop.vectors!.nearest(title, 1).items[0]);
    expect(right(nearest)).toBeGreaterThanOrEqual(MOST);
  });
});
