import { random } from '../../../models/random.ts';
import { indexVectors } from '../../../models/retrieval/vectors/exact.ts';
import { findTypes, type TitledProduct } from './types.ts';

/** The share of products whose type is held out, by which the nearest middles are measured. */
const HELD_OUT = 0.1;

/**
 * Categories for a catalogue that has none: what a title says its product is (see `findTypes`), and where it says
 * nothing, the type whose products' mean vector is the nearest.
 *
 * @param vectors [products, width] of length 1
 * @returns nothing where no title says a type
 */
export function categoriesOf(products: readonly TitledProduct[], vectors: Float32Array) {
  const { names, of } = findTypes(products);
  const known = Int32Array.from(of.keys()).filter(product => of[product]! >= 0);
  const nearest = nearestOf(of, names.length, vectors);
  const heldOut = random(1)
    .shuffle(known.slice())
    .subarray(0, Math.floor(HELD_OUT * known.length));
  const rest = of.slice();
  for (const product of heldOut) rest[product] = -1;
  const guess = nearestOf(rest, names.length, vectors);
  const right = heldOut.filter(product => guess(product) === of[product]).length;
  return {
    of: products.map((_, product) => names[of[product]! >= 0 ? of[product]! : nearest(product)]),
    report: {
      categories: names.length,
      products_whose_title_says_it: known.length,
      held_out: heldOut.length,
      held_out_accuracy: heldOut.length > 0 ? right / heldOut.length : null,
    },
  };
}

/** The type whose middle is nearest to a product's vector, -1 where there is none. */
function nearestOf(of: Int32Array, types: number, vectors: Float32Array): (product: number) => number {
  const width = vectors.length / of.length;
  const middles = new Float32Array(types * width);
  for (const [product, type] of of.entries()) {
    if (type < 0) continue;
    for (let at = 0; at < width; at++) middles[type * width + at]! += vectors[product * width + at]!;
  }
  for (let type = 0; type < types; type++) {
    const middle = middles.subarray(type * width, (type + 1) * width);
    const length = Math.hypot(...middle) || 1;
    for (let at = 0; at < width; at++) middle[at]! /= length;
  }
  const index = indexVectors(middles, width);
  return product => index.search(vectors.subarray(product * width, (product + 1) * width), 1).documents[0] ?? -1;
}
