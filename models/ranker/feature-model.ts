import { openSession, type SessionOptions, value } from '../graph/runtime.ts';
import type { RankerModel } from './model.ts';
import { PORTS } from './ranker.ts';

const ROWS_PER_RUN = 8_192;

/**
 * Opens a ranker that sees features alone, as the perceptron and the popularity model do.
 *
 * @param model an ONNX file, or its path
 * @param width how many features it takes
 */
export async function openFeatureRanker(
  model: Uint8Array | string,
  width: number,
  options: SessionOptions = {},
): Promise<RankerModel> {
  const session = await openSession(model, options);
  return {
    provider: session.provider,
    async score({ rows, features }) {
      const scores = new Float32Array(rows);
      for (let start = 0; start < rows; start += ROWS_PER_RUN) {
        const end = Math.min(start + ROWS_PER_RUN, rows);
        const part = features.subarray(start * width, end * width);
        const results = await session.run({ [PORTS.features]: value('float32', part, [end - start, width]) });
        scores.set(results[PORTS.score]!.data as Float32Array, start);
      }
      return scores;
    },
    release: () => session.release(),
  };
}
