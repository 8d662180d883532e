import { indexVectors } from '../retrieval/vectors/exact.ts';
import type { TypedProducts } from './type-model.ts';

/** How fast a type that is less like the query than the likest one loses its say, in cosines. */
const TEMPERATURE = 0.1;

/**
 * How much each product is of a kind that the query may mean, in [0, 1]: a laptop is no bag for a laptop. The likest type
 * has 1, the others fall off as a softmax of the cosines of the query and their names does; times the certainty that the
 * product is of its type.
 *
 * @param query vector, of length 1
 * @param names [types, width] vectors of the types' names, of length 1, by the same encoder
 * @returns [products]
 */
export function typeMatch(query: Float32Array, names: Float32Array, { type, certainty }: TypedProducts): Float32Array {
  const cosines = indexVectors(names, query.length).score(query);
  const greatest = cosines.reduce((most, cosine) => Math.max(most, cosine), -1);
  const match = cosines.map(cosine => Math.exp((cosine - greatest) / TEMPERATURE));
  return certainty.map((sure, product) => sure * match[type[product]!]!);
}
