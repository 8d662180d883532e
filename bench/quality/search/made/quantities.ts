import { random } from '../../../../models/random.ts';
import type { CatalogueProduct } from '../catalogue.ts';
import { findTypes } from '../types.ts';
import type { SpeltQueries } from './spellings.ts';

/** A number with a unit, as titles and descriptions have it. */
const QUANTITY = /(?<![\p{L}\p{N}.,])(\d+(?:\.\d+)?)[ -]?(gb|tb|w|mm|cm|"|inch|ghz|mhz|mah|kg)(?![\p{L}\p{N}])/giu;

/** How a person may write the number and the unit of a quantity. */
const SPELLINGS = {
  joined: (number: string, unit: string) => number + unit,
  spaced: (number: string, unit: string) => `${number} ${unit}`,
  hyphen: (number: string, unit: string) => `${number}-${unit}`,
};
/**
 * Queries that ask for a kind of product and a quantity, such as 500 GB and a hard drive, each made of a product whose
 * title says both. Products of the kind that say the quantity, however they write it, have grade 3, others of the kind 1.
 *
 * @param most of them; none comes twice
 */
export function makeQuantities(
  products: readonly CatalogueProduct[],
  most: number,
  seed = 1,
): SpeltQueries<keyof typeof SPELLINGS> {
  const { names, of } = findTypes(products);
  const said = products.map(({ title, description }) => quantitiesIn(`${title} ${description}`));
  const judged = Int32Array.from(products.keys()).filter(place => of[place]! >= 0);
  const draws = random(seed);
  const queries = new Map<string, SpeltQueries<keyof typeof SPELLINGS>['queries'][number]>();
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
    const spelt = (spelling: keyof typeof SPELLINGS) => `${SPELLINGS[spelling](number, unit)} ${names[of[place]!]}`;
    queries.set(key, { texts: { joined: spelt('joined'), spaced: spelt('spaced'), hyphen: spelt('hyphen') }, grades });
  }
  return { queries: [...queries.values()], judged };
}

/** As `number unit`, in lower case. */
function quantitiesIn(text: string): Set<string> {
  const found = Array.from(text.matchAll(QUANTITY), ([, number, unit]) => [number, unit!.toLowerCase()] as const);
  return new Set(found.map(([number, unit]) => `${number} ${unit === '"' ? 'inch' : unit}`));
}
