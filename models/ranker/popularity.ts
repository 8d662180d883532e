import { TemperError } from '../../schemas/errors.ts';
import type { Surface } from '../../schemas/topics/ranking.ts';
import { POPULARITY_FEATURE } from '../features/aggregates/defaults.ts';
import { RELEVANCE_FEATURE } from '../features/vector.ts';
import { encode } from '../graph/file/encode.ts';
import { slice } from '../graph/functions.ts';
import { rankerGraph } from './ranker.ts';

/** What orders a surface's lists where nobody has trained anything: the first part of its id, and its one feature. */
export interface Untrained {
  family: 'popularity' | 'relevance';
  feature: string;
}

/** What needs no training on a surface, and what a trained model has to beat there: how its lists are ordered without one. */
export function untrainedOf(surface: Surface): Untrained {
  if (surface === 'search') return { family: 'relevance', feature: RELEVANCE_FEATURE };
  return { family: 'popularity', feature: POPULARITY_FEATURE };
}

/**
 * A model that ranks by one of its features, with the same inputs and outputs as a trained one: the control that each
 * candidate has to beat, and what serves where nothing else can.
 *
 * @returns an ONNX file
 * @throws INPUT_INVALID where the feature is not among the names
 */
export function popularityModel(featureNames: readonly string[], popularityFeature: string): Uint8Array {
  const column = featureNames.indexOf(popularityFeature);
  if (column < 0) {
    throw new TemperError('INPUT_INVALID', {
      where: 'popularityModel',
      expected: `one of the features ${featureNames.join(', ')}`,
      got: popularityFeature,
    });
  }
  const graph = rankerGraph(featureNames.length, features => slice(features, 1, column, column + 1));
  return encode(graph);
}
