import * as f from '../graph/functions.ts';
import { input, type Tensor } from '../graph/tensor.ts';
import type { ParameterShapes, Parameters } from '../graph/training/parameters.ts';
import type { Random } from '../random.ts';
import { contentsOf, type FusionShape } from './shape.ts';

/** What is added to the score of a modality that is missing: nothing is left of its weight. */
const MISSING = -1e4;
/** Vectors of ids begin small beside those that are computed from contents. */
const ID_DEVIATION = 0.1;

/** Names of the inputs that say what is known of the items of a batch. */
export const ITEM_PORTS = {
  /** int32 [U]: the item's row in the table of ids; 0 where it has none. */
  id: 'id',
  /** float32 [U, 1]: 1 where the item's vector of this modality counts, which is the input of that name. */
  present: (modality: string) => `${modality}.present`,
} as const;

/**
 * One vector for each item, from whatever is known of it: every modality is projected to the same width, and a learned
 * query attends over those that are present (Vaswani et al. 2017, section 3.2, with a mask). Items of which nothing is
 * known have a learned vector in common.
 *
 * @returns [U, D], from the inputs `id` int32 [U], and for each modality of `shape.contents` its vectors [U, W] and
 *   `MODALITY.present` [U, 1]
 */
export function itemVectors(shape: FusionShape, parameters: Parameters): Tensor {
  const slots = slotsOf(shape, parameters);
  const present = f.concat(
    slots.map(slot => slot.present),
    1,
  );
  const values = f.concat(
    slots.map(slot => f.unsqueeze(slot.value, [1])),
    1,
  );
  const keys = f.add(values, parameters['item.kind']!);
  const scores = f.mul(f.matmul(keys, parameters['item.query']!), 1 / Math.sqrt(shape.width));
  const masked = f.add(f.reshape(scores, [-1, slots.length]), f.mul(f.sub(1, present), MISSING));
  // Where all is missing the softmax is even; the product takes that away too.
  const weights = f.mul(f.softmax(masked), present);
  const known = f.reshape(f.matmul(f.unsqueeze(weights, [1]), values), [-1, shape.width]);
  const nothing = f.sub(1, f.reduceMax(present, [1], { keep: true }));
  return f.add(known, f.matmul(nothing, parameters['item.nothing']!));
}

export function itemShapes(shape: FusionShape): ParameterShapes {
  const { width, items } = shape;
  const contents = contentsOf(shape).flatMap(([modality, wide]): [string, readonly number[]][] => [
    [`item.${modality}.weight`, [wide, width]],
    [`item.${modality}.bias`, [width]],
  ]);
  return {
    ...(items > 0 && { 'item.id': [1 + items, width] }),
    ...Object.fromEntries(contents),
    'item.kind': [Number(items > 0) + contentsOf(shape).length, width],
    'item.query': [width, 1],
    'item.nothing': [1, width],
  };
}

/** Projections keep the size of what comes in; the query is 0, so that at first all that is present counts alike. */
export function initialiseItems(
  shape: FusionShape,
  parameters: Readonly<Record<string, Float32Array>>,
  random: Random,
): void {
  const fill = (values: Float32Array, deviation: number) => {
    for (let k = 0; k < values.length; k++) values[k] = deviation * random.normal();
  };
  for (const [modality, wide] of contentsOf(shape)) fill(parameters[`item.${modality}.weight`]!, 1 / Math.sqrt(wide));
  if (shape.items > 0) fill(parameters['item.id']!, ID_DEVIATION);
}

interface Slot {
  /** [U, D] */
  value: Tensor;
  /** [U, 1]: 1 where it counts. */
  present: Tensor;
}

function slotsOf(shape: FusionShape, parameters: Parameters): Slot[] {
  const contents = contentsOf(shape).map(([modality, wide]): Slot => {
    const vectors = input(modality, 'float32', ['U', wide]);
    // The elements of a vector of length 1 are about 1 / sqrt(W).
    const value = f.gemm(f.mul(vectors, Math.sqrt(wide)), parameters[`item.${modality}.weight`]!, {
      c: parameters[`item.${modality}.bias`]!,
    });
    return { value, present: input(ITEM_PORTS.present(modality), 'float32', ['U', 1]) };
  });
  return shape.items > 0 ? [idSlot(parameters['item.id']!), ...contents] : contents;
}

function idSlot(table: Tensor): Slot {
  const id = input(ITEM_PORTS.id, 'int32', ['U']);
  return { value: f.gather(table, id), present: f.cast(f.greater(f.unsqueeze(id, [1]), 0), 'float32') };
}
