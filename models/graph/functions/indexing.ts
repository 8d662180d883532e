import { apply, applyAll } from '../apply.ts';
import { constant, type Dtype, integers, type Tensor } from '../tensor.ts';
import { cast } from './elementwise.ts';

export const gather = (table: Tensor, indices: Tensor, axis = 0): Tensor => apply('Gather', [table, indices], { axis });
/** `data` with rows replaced, or added to, at the places that the last axis of `indices` (int64) holds. */
export const scatterNd = (data: Tensor, indices: Tensor, updates: Tensor, reduction: 'none' | 'add' = 'none'): Tensor =>
  apply('ScatterND', [data, indices, updates], reduction === 'none' ? {} : { reduction });
/** The greatest elements along an axis, in falling order, and their indices; how many is a number or a tensor [1]. */
export function topK(x: Tensor, count: number | Tensor, axis = -1): [values: Tensor, indices: Tensor] {
  const outputs = applyAll('TopK', [x, typeof count === 'number' ? integers([count]) : count], { axis });
  return [outputs[0]!, outputs[1]!];
}
export const gatherNd = (data: Tensor, indices: Tensor): Tensor => apply('GatherND', [data, indices]);

/** [...] -> [..., classes]: 1 at the index, 0 elsewhere; an index outside [-classes, classes) gives zeros. */
export function oneHot(indices: Tensor, classes: number, dtype: Dtype = 'float32'): Tensor {
  const offAndOn = constant('float32', Float32Array.of(0, 1), [2]);
  return cast(apply('OneHot', [cast(indices, 'int64'), integers([classes]), offAndOn]), dtype);
}
