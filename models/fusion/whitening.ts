import type { ContentSpecs } from '../../schemas/models/models.ts';
import { Modality } from '../../schemas/topics/vectors.ts';
import * as f from '../graph/functions.ts';
import { graphOf } from '../graph/graph.ts';
import { openSession, value } from '../graph/runtime.ts';
import { constant, input, type Tensor } from '../graph/tensor.ts';
import { random } from '../random.ts';
import type { Contents, RankerBatch } from '../ranker/model.ts';
import { whiteDirections } from './principal.ts';

/** What brings vectors to mean 0 and to the same variance in each of the directions in which they differ the most. */
export interface Whitening {
  /** [W] */
  mean: Float32Array;
  /** [W, K] */
  directions: Float32Array;
}
export type Whitenings = Partial<Record<Modality, Whitening>>;

/** Of items whose vectors are looked at. */
const MOST_ITEMS = 4_096;

/**
 * The whitening of each modality, learned from the items that were shown. Products of whitened vectors are those of
 * Mahalanobis: of what all items have in common, which is most of a pretrained vector, nothing is left.
 *
 * @param most directions, unless a vector has fewer numbers
 */
export async function whiteningsOf(
  { contents, item }: RankerBatch,
  specs: ContentSpecs,
  most: number,
): Promise<Whitenings> {
  const shown = [...new Set(item)];
  const found: Whitenings = {};
  for (const modality of Modality.options) {
    const content = contents[modality];
    if (!specs[modality] || !content) continue;
    const having = shown.filter(each => content.present[each]);
    const items = random(1).shuffle(Int32Array.from(having)).subarray(0, MOST_ITEMS);
    found[modality] = await whiteningOf(content, items, most);
  }
  return found;
}

async function whiteningOf({ vectors, width }: Contents, items: Int32Array, most: number): Promise<Whitening> {
  const mean = new Float32Array(width);
  for (const item of items) for (let k = 0; k < width; k++) mean[k]! += vectors[item * width + k]! / items.length;
  const centred = new Float32Array(items.length * width);
  for (const [row, item] of items.entries()) {
    for (let k = 0; k < width; k++) centred[row * width + k] = vectors[item * width + k]! - mean[k]!;
  }
  return { mean, directions: await whiteDirections(centred, items.length, width, Math.min(most, width)) };
}

/** @param vectors [N, W] @returns [N, K], of length 1 */
export function white(vectors: Tensor, { mean, directions }: Whitening): Tensor {
  const [width, size] = [mean.length, sizeOf({ mean, directions })];
  const centred = f.sub(vectors, constant('float32', mean, [width]));
  return f.l2Normalise(f.matmul(centred, constant('float32', directions, [width, size])));
}

/** K. */
export function sizeOf({ mean, directions }: Whitening): number {
  return directions.length / mean.length;
}

/** The same batch with whitened vectors, so that training need not whiten them in every step. */
export async function whitened<B extends RankerBatch>(batch: B, whitenings: Whitenings): Promise<B> {
  const contents: RankerBatch['contents'] = {};
  for (const modality of Modality.options) {
    const [content, whitening] = [batch.contents[modality], whitenings[modality]];
    if (content && whitening) contents[modality] = await whitenedContents(content, whitening);
  }
  return { ...batch, contents };
}

async function whitenedContents(contents: Contents, whitening: Whitening): Promise<Contents> {
  const { vectors, present, width } = contents;
  const session = await openSession(graphOf({ out: white(input('x', 'float32', ['N', width]), whitening) }));
  const { out } = await session.run({ x: value('float32', vectors, [present.length, width]) });
  await session.release();
  return { ...contents, width: sizeOf(whitening), vectors: out!.data as Float32Array };
}
