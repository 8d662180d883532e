import { type Random, random } from '../../models/random.ts';
import { packed } from '../../models/retrieval/vectors/item-vector.ts';
import type { ProductInput } from '../../schemas/topics/events.ts';

/** How large the language and the shop are, beside its products. */
const SIZES = { words: 30_000, categories: 300, brands: 2_000, wordsOfCategory: 400 };

export interface MadeProduct extends ProductInput {
  group: number;
}

/**
 * Products without a meaning that have the shape of real ones: words by Zipf's law, some of all of the language and some
 * of their category's, brands and categories of very different sizes.
 */
export function makeProducts(items: number, at_ms: number): MadeProduct[] {
  const draws = random(1);
  const language = Array.from({ length: SIZES.words }, () => makeWord(draws));
  const brands = Array.from({ length: SIZES.brands }, () => makeWord(draws));
  return Array.from({ length: items }, (_, n) => {
    const group = zipf(SIZES.categories, draws);
    const word = () =>
      language[
        draws.below(2) === 0
          ? zipf(SIZES.words, draws)
          : (group * 97 + zipf(SIZES.wordsOfCategory, draws)) % SIZES.words
      ]!;
    const words = (least: number, more: number) => Array.from({ length: least + draws.below(more) }, word).join(' ');
    return {
      ...{ v: 1, item: `i${n}`, at_ms: at_ms - draws.below(90 * 86_400_000), group },
      ...{ title: words(4, 8), description: words(15, 40), category: `category ${group}` },
      ...{ brand: brands[zipf(SIZES.brands, draws)]!, price: 5 + draws.below(50_000) / 100 },
      attributes: { colour: word(), material: word(), size: String(draws.below(60)), model: `${word()}-${n}` },
    };
  });
}

/** Vectors of length 1 around the middle of their group: as alike as an encoder's of one category. */
export function makeVectors(
  products: readonly MadeProduct[],
  width: number,
  spread = 1,
): (product: MadeProduct) => Float32Array {
  const draws = random(2, width);
  const middles = Array.from({ length: SIZES.categories }, () => Float32Array.from({ length: width }, draws.normal));
  const made = new Map(
    products.map(product => [product.item, ofLength1(middles[product.group]!.map(x => x + spread * draws.normal()))]),
  );
  return ({ item }) => made.get(item)!;
}

export function asRecord(item: string, modality: 'text' | 'image', vector: Float32Array) {
  return { modality, encoder: `made-${modality}@00000000`, hash: item, ...packed(vector) };
}

/** Numbers from 0 to n - 1, the k-th as likely as 1 / (k + 1). */
export function zipf(n: number, { uniform }: Random): number {
  return Math.min(n - 1, Math.floor(Math.exp(uniform() * Math.log(n + 1))) - 1);
}

function makeWord({ below }: Random): string {
  const syllables = ['ba', 'ce', 'di', 'fo', 'gu', 'ha', 'je', 'ki', 'lo', 'mu', 'na', 'pe', 'ri', 'so', 'tu', 've'];
  return (
    Array.from({ length: 2 + below(3) }, () => syllables[below(syllables.length)]).join('') +
    ['', 'n', 'r', 'x'][below(4)]
  );
}

function ofLength1(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map(x => x / length);
}
