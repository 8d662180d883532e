import { encode } from '../graph/file/encode.ts';
import * as f from '../graph/functions.ts';
import { graphOf } from '../graph/graph.ts';
import { openSession, value } from '../graph/runtime.ts';
import { constant, type Tensor } from '../graph/tensor.ts';
import { description, historyInputs, nextScores, type RankerModel, rankerVector } from './ranker.ts';

/** A ranker with what it has learned, and what it counts beside others. */
export interface TrainedSequenceRanker {
  readonly model: RankerModel;
  readonly parameters: Float32Array;
  readonly weight: number;
}

/**
 * Rankers of the same items as one file for serving: the scores of each are brought to deviations from their mean, and
 * added up by their weights.
 *
 * @returns an ONNX file with the inputs of `historyInputs` and the output `score` float32 [B, items]
 */
export async function servingFile(rankers: readonly TrainedSequenceRanker[]): Promise<Uint8Array> {
  const [sequence, places] = historyInputs();
  const weighted: Tensor[] = [];
  for (const { model, parameters, weight } of rankers) {
    const table = constant('float32', await tableOf(model, parameters), [model.items, model.shape.width]);
    const learned = rankerVector(model).constants(parameters);
    const scores = nextScores({ sequence, places, table }, model, learned);
    weighted.push(f.mul(f.layerNorm(scores, { epsilon: 1e-12 }), weight));
  }
  return encode(graphOf({ score: weighted.reduce((sum, each) => f.add(sum, each)) }, [sequence, places]));
}

async function tableOf(model: RankerModel, parameters: Float32Array): Promise<Float32Array> {
  const session = await openSession(description(model));
  try {
    const { table } = await session.run({ parameters: value('float32', parameters, [parameters.length]) });
    return table!.data as Float32Array;
  } finally {
    await session.release();
  }
}
