import type { ContentSpecs } from '../../schemas/models/models.ts';
import { Modality } from '../../schemas/topics/vectors.ts';
import * as f from '../graph/functions.ts';
import { graphOf } from '../graph/graph.ts';
import { openSession, value } from '../graph/runtime.ts';
import { constant, input, type Tensor } from '../graph/tensor.ts';
import { random } from '../random.ts';
import type { Contents, RankerBatch } from '../ranker/model.ts';
import { principalDirections, product, whiteDirections } from './principal.ts';

/** What brings vectors to mean 0 and to the same variance in each of the directions in which they differ the most. */
export interface Whitening {
  /** [W] */
  mean: Float32Array;
  /** [W, K] */
  directions: Float32Array;
}
export type Whitenings = Partial<Record<Modality, Whitening>>;

/** Of modalities, other vectors of the same items, such as of their pictures when these are damaged: [items, width] each. */
export type Views = Partial<Record<Modality, readonly Float32Array[]>>;

/** Of items whose vectors are looked at. */
const MOST_ITEMS = 4_096;

/**
 * The whitening of each modality, learned from the items that were shown. Products of whitened vectors are those of
 * Mahalanobis: of what all items have in common, which is most of a pretrained vector, nothing is left.
 *
 * @param most directions, unless a vector has fewer numbers
 * @param views of the same items, by which directions are left out in which an item differs from itself
 */
export async function whiteningsOf(
  { contents, item }: RankerBatch,
  specs: ContentSpecs,
  most: number,
  views: Views = {},
): Promise<Whitenings> {
  const shown = [...new Set(item)];
  const found: Whitenings = {};
  for (const modality of Modality.options) {
    const content = contents[modality];
    if (!specs[modality] || !content) continue;
    const having = shown.filter(each => content.present[each]);
    const items = random(1).shuffle(Int32Array.from(having)).subarray(0, MOST_ITEMS);
    found[modality] = await whiteningOf(content, items, most, views[modality] ?? []);
  }
  return found;
}

async function whiteningOf(
  { vectors, width }: Contents,
  items: Int32Array,
  most: number,
  views: readonly Float32Array[],
): Promise<Whitening> {
  const tables = [vectors, ...views];
  const rows = tables.length * items.length;
  const mean = new Float32Array(width);
  for (const table of tables)
    for (const item of items) for (let k = 0; k < width; k++) mean[k]! += table[item * width + k]! / rows;
  const centred = new Float32Array(rows * width);
  for (const [view, table] of tables.entries()) {
    for (const [place, item] of items.entries()) {
      const row = view * items.length + place;
      for (let k = 0; k < width; k++) centred[row * width + k] = table[item * width + k]! - mean[k]!;
    }
  }
  const size = Math.min(most, width);
  if (views.length === 0) return { mean, directions: await whiteDirections(centred, rows, width, size) };
  return {
    mean,
    directions: await steadyDirections(centred, { items: items.length, views: tables.length, width, size }),
  };
}

/** So many times the directions that are wanted are looked at, for those in which views of one item agree. */
const LOOKED_AT = 2;

/**
 * White directions in which the means of all views of an item differ the most: what differs between views of one item
 * is noise (linear discriminant analysis: Fukunaga, "Introduction to statistical pattern recognition", 1990, section
 * 10.2, from the covariance of all).
 *
 * @param rows [views * items, width] of mean 0
 */
async function steadyDirections(
  rows: Float32Array,
  { items, views, width, size }: { items: number; views: number; width: number; size: number },
): Promise<Float32Array> {
  const wide = Math.min(LOOKED_AT * size, width);
  const directions = await whiteDirections(rows, views * items, width, wide);
  const means = new Float32Array(items * width);
  for (const [at, each] of rows.entries()) means[at % means.length]! += each / views;
  const basis = await principalDirections(product(means, directions, items, wide), items, wide, size);
  return product(directions, basis, width, size);
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

/** Views of a batch's contents, whitened as these. */
export async function whitenedViews(views: Views, { contents }: RankerBatch, whitenings: Whitenings): Promise<Views> {
  const found: Views = {};
  for (const modality of Modality.options) {
    const [content, whitening] = [contents[modality], whitenings[modality]];
    if (!content || !whitening) continue;
    const seen: Float32Array[] = [];
    for (const vectors of views[modality] ?? []) {
      seen.push((await whitenedContents({ ...content, vectors }, whitening)).vectors);
    }
    found[modality] = seen;
  }
  return found;
}

async function whitenedContents(contents: Contents, whitening: Whitening): Promise<Contents> {
  const { vectors, present, width } = contents;
  const session = await openSession(graphOf({ out: white(input('x', 'float32', ['N', width]), whitening) }));
  const { out } = await session.run({ x: value('float32', vectors, [present.length, width]) });
  await session.release();
  return { ...contents, width: sizeOf(whitening), vectors: out!.data as Float32Array };
}
