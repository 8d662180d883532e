import { apply, applyAll } from '../apply.ts';
import { axisOf } from '../ops/rules/shapes.ts';
import { constant, type Dtype, integers, scalar, type Tensor } from '../tensor.ts';
import { cast } from './elementwise.ts';
import { transpose, unsqueeze, zerosLike } from './layout.ts';

export const gather = (table: Tensor, indices: Tensor, axis = 0): Tensor => apply('Gather', [table, indices], { axis });
/**
 * Zeros like `table`, with the updates added at the places from which `gather` takes: those that were taken several
 * times get a sum.
 */
export function ungather(table: Tensor, indices: Tensor, updates: Tensor, along = 0): Tensor {
  const axis = axisOf(along, table.shape.length);
  const places = unsqueeze(cast(indices, 'int64'), [-1]);
  if (axis === 0) return scatterNd(zerosLike(table), places, updates, 'add');
  // With the gathered axis in front, the leading axes of the updates are those of the indices.
  const axes = [...table.shape.keys()];
  const first = [axis, ...axes.filter(each => each !== axis)];
  const leading = [...indices.shape.keys()].map(each => axis + each);
  const others = [...updates.shape.keys()].filter(each => !leading.includes(each));
  const summed = scatterNd(
    zerosLike(transpose(table, first)),
    places,
    transpose(updates, [...leading, ...others]),
    'add',
  );
  return transpose(
    summed,
    axes.map(each => first.indexOf(each)),
  );
}
/** `data` with rows replaced, or added to, at the places that the last axis of `indices` (int64) holds. */
export const scatterNd = (data: Tensor, indices: Tensor, updates: Tensor, reduction: 'none' | 'add' = 'none'): Tensor =>
  apply('ScatterND', [data, indices, updates], reduction === 'none' ? {} : { reduction });
export const gatherNd = (data: Tensor, indices: Tensor): Tensor => apply('GatherND', [data, indices]);
/** For each index, the element of `data` at that place along the axis, and at the index's own place along the others. */
export const gatherElements = (data: Tensor, indices: Tensor, axis = 0): Tensor =>
  apply('GatherElements', [data, indices], { axis });
/** `data` with elements replaced, or added to, at the places that `gatherElements` reads; slower than `scatterNd`. */
export const scatterElements = (
  data: Tensor,
  indices: Tensor,
  updates: Tensor,
  axis = 0,
  reduction: 'none' | 'add' = 'none',
): Tensor => apply('ScatterElements', [data, indices, updates], { axis, ...(reduction !== 'none' && { reduction }) });

/**
 * The greatest elements along an axis, in falling order, or the least in rising order, and their indices. Gradients go
 * through the values.
 *
 * @param count a number or a tensor [1]
 */
export function topK(
  x: Tensor,
  count: number | Tensor,
  axis = -1,
  { largest = true } = {},
): [values: Tensor, indices: Tensor] {
  const counted = typeof count === 'number' ? integers([count]) : count;
  const outputs = applyAll('TopK', [x, counted], { axis, ...(!largest && { largest: 0 }) });
  return [outputs[0]!, outputs[1]!];
}

/** start, start + step, ... below the limit, int64; the limit may be a size that is known only when the graph runs. */
export const range = (start: number, limit: number | Tensor, step = 1): Tensor =>
  apply('Range', [
    scalar(start, 'int64'),
    typeof limit === 'number' ? scalar(limit, 'int64') : limit,
    scalar(step, 'int64'),
  ]);

/** [...] -> [..., classes]: 1 at the index, 0 elsewhere; an index outside [-classes, classes) gives zeros. */
export function oneHot(indices: Tensor, classes: number, dtype: Dtype = 'float32'): Tensor {
  const offAndOn = constant('float32', Float32Array.of(0, 1), [2]);
  return cast(apply('OneHot', [cast(indices, 'int64'), integers([classes]), offAndOn]), dtype);
}
