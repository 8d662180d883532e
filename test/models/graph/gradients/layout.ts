import { apply } from '../../../../models/graph/apply.ts';
import * as f from '../../../../models/graph/functions.ts';
import { type Cases, given, pick, shapeOf, shuffled, whole } from './case.ts';

/** As exporters write it. */
const END = 2 ** 31 - 1;

export const LAYOUT: Cases = {
  Transpose: draws => {
    const rank = 1 + draws.below(4);
    const perm = shuffled(draws, rank);
    return { shapes: [shapeOf(draws, rank)], of: x => f.transpose(x, perm) };
  },
  Reshape: given([['N', 2, 3]], x => f.exp(f.reshape(x, [-1, 6]))),
  'Reshape, two symbols': given([['N', 'M', 3]], x => f.exp(f.reshape(x, [-1, 3]))),
  Unsqueeze: given([['N', 3]], x => f.unsqueeze(x, [0, -1])),
  Squeeze: given([[1, 'N', 1]], x => f.squeeze(x, [0, -1])),
  Expand: given(
    [
      [1, 3],
      ['N', 3],
    ],
    (a, b) => f.mul(f.exp(f.expand(a, f.shapeOf(b))), b),
  ),
  Concat: given(
    [
      ['N', 3],
      ['N', 2],
    ],
    (a, b) => f.concat([a, f.exp(a), b], 1),
  ),
  'Concat, a symbolic axis': given(
    [
      ['N', 3],
      ['M', 3],
    ],
    (a, b) => f.exp(f.concat([a, b], 0)),
  ),
  Split: given([['N', 3]], x => f.mul(f.split(x, [2, 1], 1)[1]!, f.exp(x))),
  'Split, one part used': given([['N', 3]], x => f.exp(f.split(x, [1, 2], 1)[1]!)),
  Slice: given([['N', 5, 2]], x => f.mul(f.slice(x, 1, 1, -1), f.slice(x, -2, 2, 99))),
  'Slice, of a symbolic size all but the first': given([['N', 3]], x => f.exp(f.slice(f.concat([x, x], 0), 0, 1, END))),
  'Slice, of a symbolic size all but the last': given([['N', 3]], x => f.exp(f.slice(f.concat([x, x], 0), 0, 0, -1))),
  'Slice, of a symbolic size the last': given([['N', 3]], x => f.exp(f.slice(x, 0, -1, END))),
  'Slice, in steps': draws => {
    const step = pick(draws, [-3, -2, -1, 2, 3]);
    const places = [draws.below(14) - 7, draws.below(14) - 7, pick(draws, [END, -END])];
    const [start, end] = [pick(draws, places), pick(draws, places)];
    return { shapes: [['N', 6]], of: x => f.add(f.sum(f.slice(f.exp(x), 1, start, end, step)), f.sum(x)) };
  },
  'Slice, a symbolic size backwards': given([['N', 3]], x => f.mul(x, f.exp(f.slice(x, 0, -1, -END, -1)))),
  'Slice, two axes, one in steps': given([[5, 'N', 6]], x =>
    f.exp(apply('Slice', [x, whole([-1, 1]), whole([-END, 6]), whole([0, 2]), whole([-2, 1])])),
  ),
  'Slice, up to a size': given(
    [
      [9, 3],
      ['N', 3],
    ],
    (a, b) => f.mul(f.exp(f.slice(a, 0, 0, f.sizeAlong(b, 0))), b),
  ),
  'Slice, a window': given(
    [
      [9, 3],
      ['N', 3],
    ],
    (a, b) => {
      const start = f.cast(f.reshape(f.clip(f.floor(f.sum(f.stopGradient(b))), 0, 4), [1]), 'int64');
      return f.mul(f.exp(f.slice(a, 0, start, f.add(start, f.sizeAlong(b, 0)))), b);
    },
  ),
  Pad: given([['N', 3]], x => f.exp(f.pad(x, [0, 1], [0, 2]))),
  'Pad, around a symbolic size': given([['N', 3]], x => f.exp(f.pad(x, [2, 0], [1, 1], 0.5))),
  'Pad, by a size': given(
    [
      ['N', 3],
      ['M', 3],
    ],
    (a, b) => f.mul(f.exp(f.pad(a, f.concat([f.sizeAlong(b, 0), whole([0])], 0), [0, 1])), f.mean(b)),
  ),
  'Pad, its value and some axes': given([['N', 3], []], (x, value) =>
    f.exp(apply('Pad', [x, whole([1, 2]), value, whole([-1])])),
  ),
  Tile: draws => {
    const shape = shapeOf(draws, draws.below(4));
    const repeats = shape.map(() => 1 + draws.below(3));
    return { shapes: [shape], of: x => f.mul(f.tile(x, repeats), f.exp(f.tile(x, repeats))) };
  },
  Trilu: draws => {
    const options = { k: draws.below(5) - 2, upper: draws.below(2) === 0 };
    return { shapes: [[2, 'N', 3]], of: x => f.triangle(f.exp(x), options) };
  },
};
