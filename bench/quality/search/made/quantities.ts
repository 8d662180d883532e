import { ndcg } from '../../../../models/evaluate/metrics.ts';
import { random } from '../../../../models/random.ts';
import { hybrid } from '../../../../models/search/hybrid.ts';
import { SEARCH_SETTINGS } from '../../../../models/search/search.ts';
import type { CatalogueProduct } from '../catalogue.ts';
import { findTypes } from '../types.ts';

/** A number with a unit, as titles and descriptions have it. */
const QUANTITY = /(?<![\p{L}\p{N}.,])(\d+(?:\.\d+)?)[ -]?(gb|tb|w|mm|cm|"|inch|ghz|mhz|mah|kg)(?![\p{L}\p{N}])/giu;
const K = 10;

/** How a person may write the number and the unit of a quantity. */
const SPELLINGS = {
  joined: (number: string, unit: string) => number + unit,
  spaced: (number: string, unit: string) => `${number} ${unit}`,
  hyphen: (number: string, unit: string) => `${number}-${unit}`,
};
type Spelling = keyof typeof SPELLINGS;

export interface QuantityQuery {
  readonly number: string;
  readonly unit: string;
  readonly type: string;
  /** 3 for products of the kind that say the quantity, however they write it, 1 for others of the kind. */
  readonly grades: Uint8Array;
}

/**
 * Queries that ask for a kind of product and a quantity, such as 500 GB and a hard drive, each made of a product whose
 * title says both.
 *
 * @param most of them; none comes twice
 */
export function makeQuantities(products: readonly CatalogueProduct[], most: number, seed = 1) {
  const { names, of } = findTypes(products);
  const said = products.map(({ title, description }) => quantitiesIn(`${title} ${description}`));
  const judged = Int32Array.from(products.keys()).filter(place => of[place]! >= 0);
  const draws = random(seed);
  const queries = new Map<string, QuantityQuery>();
  for (const place of draws.shuffle(judged.slice())) {
    if (queries.size === most) break;
    const inTitle = [...quantitiesIn(products[place]!.title)];
    const quantity = inTitle[draws.below(inTitle.length)];
    const key = `${quantity} ${of[place]}`;
    if (quantity === undefined || queries.has(key)) continue;
    const [number, unit] = quantity.split(' ') as [string, string];
    const grades = Uint8Array.from(products, (_, other) =>
      of[other] === of[place] ? (said[other]!.has(quantity) ? 3 : 1) : 0,
    );
    queries.set(key, { number, unit, type: names[of[place]!]!, grades });
  }
  return { queries: [...queries.values()], judged };
}

/**
 * NDCG@10 over the products whose titles say a kind, by words and categories as they are served, for each way to write
 * the quantity.
 */
export function quantitiesFound(
  { queries, judged }: ReturnType<typeof makeQuantities>,
  search: (text: string) => { places: readonly number[]; words: Float32Array; categories: readonly string[] },
): Record<Spelling, number> & { queries: number } {
  const sums = { queries: queries.length, joined: 0, spaced: 0, hyphen: 0 };
  const scores = new Float32Array(queries[0]?.grades.length ?? 0);
  for (const { number, unit, type, grades } of queries) {
    const labels = Uint8Array.from(judged, place => grades[place]!);
    for (const spelling of Object.keys(SPELLINGS) as Spelling[]) {
      const found = search(`${SPELLINGS[spelling](number, unit)} ${type}`);
      const ranked = hybrid(found, SEARCH_SETTINGS);
      scores.fill(-1);
      for (const [at, place] of found.places.entries()) scores[place] = ranked[at]!;
      const among = Float32Array.from(judged, place => scores[place]!);
      sums[spelling] += ndcg(among, labels, K)! / queries.length;
    }
  }
  return sums;
}

/** As `number unit`, in lower case. */
function quantitiesIn(text: string): Set<string> {
  const found = Array.from(text.matchAll(QUANTITY), ([, number, unit]) => [number, unit!.toLowerCase()] as const);
  return new Set(found.map(([number, unit]) => `${number} ${unit === '"' ? 'inch' : unit}`));
}
