import { decode } from '../graph/file/decode.ts';
import { encode } from '../graph/file/encode.ts';
import { add, mul, sigmoid } from '../graph/functions.ts';
import { graphOf } from '../graph/graph.ts';
import type { SessionOptions } from '../graph/runtime.ts';
import type { Dataset } from '../ranker/dataset/dataset.ts';
import { PORTS } from '../ranker/ranker.ts';
import { openRanker, type RankerFile } from '../registry/open-ranker.ts';
import { fitPlatt, type Platt } from './platt.ts';

/** With fewer clicks a model's own probabilities are the better guess. */
const LEAST_CLICKS = 20;

/** A model whose probabilities are those of its calibration, and what that did. */
export interface Calibrated {
  /** The ONNX file: what is served is calibrated by nobody else. */
  model: Uint8Array;
  metrics: Record<'calibration_rows' | 'calibration_scale' | 'calibration_bias', number>;
}

/**
 * Sets a ranker's probabilities right by clicks that its training has not seen. Its score stays the logit of its
 * probability, and the order of scores what it was.
 *
 * @param file a perceptron or a fusion ranker, with its bytes
 */
export async function calibrated(
  file: RankerFile & { model: Uint8Array },
  part: Dataset,
  options: SessionOptions,
): Promise<Calibrated> {
  const platt = await fitted(file, part, options);
  const metrics = {
    calibration_rows: part.rows,
    calibration_scale: platt.scale,
    calibration_bias: platt.bias,
  };
  return { model: withPlatt(file.model, platt), metrics };
}

async function fitted(file: RankerFile, part: Dataset, options: SessionOptions): Promise<Platt> {
  const clicks = part.clicked.reduce((sum, each) => sum + each, 0);
  if (clicks < LEAST_CLICKS || part.rows - clicks < LEAST_CLICKS) return { scale: 1, bias: 0 };
  const ranker = await openRanker(file, options);
  try {
    return fitPlatt(await ranker.score(part), part.clicked);
  } finally {
    await ranker.release();
  }
}

function withPlatt(model: Uint8Array, { scale, bias }: Platt): Uint8Array {
  const graph = decode(model, 'the trained model');
  const score = add(mul(graph.outputs[PORTS.score]!, scale), bias);
  return encode(graphOf({ ...graph.outputs, [PORTS.score]: score, [PORTS.probability]: sigmoid(score) }, graph.inputs));
}
