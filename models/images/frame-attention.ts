import * as f from '../graph/functions.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { ParameterShapes, Parameters } from '../graph/training/parameters.ts';

/**
 * Attention over the frames of videos by a query that is learned with what stands behind it: softmax(F q) F, that of
 * one head without projections. A query of zeros, with which training may begin, gives the mean of the frames.
 *
 * @param frames [N, frames, width], width known
 * @param parameters those of `frameAttentionShapes(width)`
 * @param seen bool [N, frames]: which frames there are; all, if not given
 * @returns [N, width]
 */
export function frameAttention(frames: Tensor, parameters: Parameters, seen?: Tensor): Tensor {
  const query = f.reshape(parameters[FRAME_QUERY]!, [1, 1, -1]);
  const mask = seen && { mask: f.unsqueeze(seen, [1]) };
  return f.squeeze(f.attention(query, frames, frames, { scale: 1, ...mask }), [1]);
}

export const FRAME_QUERY = 'frames.query';

export const frameAttentionShapes = (width: number): ParameterShapes => ({ [FRAME_QUERY]: [width] });
