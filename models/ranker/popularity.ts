import { TemperError } from '../../schemas/errors.ts';
import { encode } from '../graph/file/encode.ts';
import { slice } from '../graph/functions.ts';
import { rankerGraph } from './ranker.ts';

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
