import { apply } from '../../../../models/graph/apply.ts';
import * as f from '../../../../models/graph/functions.ts';
import { gradients } from '../../../../models/graph/gradients.ts';
import type { Shape } from '../../../../models/graph/tensor.ts';
import { type Case, type Cases, type Expression, given, single } from './case.ts';

/** Convolutions and means of windows are sums of products: float32 sees a wrong index well enough. */
const windows = (of: Expression['of'], ...shapes: Shape[]): Case => given(shapes, of, single);

export const WINDOWS: Cases = {
  Conv: windows((x, w, bias) => f.conv(x, w, { bias }), ['N', 2, 6], [3, 2, 3], [3]),
  'Conv, a symbolic length': windows((x, w) => f.conv(x, w, { pads: [1, 1] }), ['N', 2, 'M'], [3, 2, 3]),
  'Conv, a stride that does not divide': windows(
    (x, w) => f.conv(x, w, { strides: [2, 3], pads: [1, 0, 2, 1], dilations: [1, 2] }),
    ['N', 2, 6, 7],
    [3, 2, 2, 3],
  ),
  'Conv, groups': windows((x, w) => f.conv(x, w, { group: 2, strides: [2] }), ['N', 4, 6], [6, 2, 3]),
  'Conv, depthwise': windows(
    (x, w) => f.conv(x, w, { group: 3, pads: [1, 1, 1, 1], strides: [2, 2] }),
    ['N', 3, 4, 5],
    [3, 1, 3, 3],
  ),
  'Conv, SAME': windows(
    (x, w) => apply('Conv', [x, w], { auto_pad: 'SAME_LOWER', strides: [2] }),
    ['N', 2, 6],
    [3, 2, 2],
  ),
  'Conv, a gradient of a gradient': windows(
    (x, w) => gradients(f.sum(f.tanh(f.conv(x, w, { strides: [2] }))), [w])[0]!,
    ['N', 2, 6],
    [3, 2, 2],
  ),
  ConvTranspose: windows((x, w, bias) => f.convTranspose(x, w, { bias }), ['N', 3, 'M'], [3, 2, 3], [2]),
  'ConvTranspose, all options': windows(
    (x, w) =>
      f.convTranspose(x, w, {
        group: 2,
        strides: [2, 3],
        dilations: [2, 1],
        pads: [1, 0, 0, 1],
        outputPadding: [1, 2],
      }),
    ['N', 4, 3, 2],
    [4, 3, 2, 3],
  ),
  MaxPool: { shapes: [['N', 2, 'M']], of: x => f.maxPool(x, [2], { pads: [1, 1] }) },
  'MaxPool, windows apart': { shapes: [['N', 2, 5, 6]], of: x => f.maxPool(x, [2, 2], { strides: [2, 3] }) },
  'MaxPool, windows that meet by their dilation': {
    shapes: [['N', 2, 9]],
    of: x => f.maxPool(x, [2], { strides: [2], dilations: [2] }),
  },
  'MaxPool, rounded up': {
    shapes: [['N', 2, 5]],
    of: x => apply('MaxPool', [x], { kernel_shape: [2], strides: [2], ceil_mode: 1 }),
  },
  AveragePool: windows(x => f.averagePool(x, [2]), ['N', 2, 6]),
  'AveragePool, within the input': windows(
    x => f.averagePool(x, [3, 2], { strides: [2, 1], pads: [1, 1, 0, 1] }),
    ['N', 'M', 5, 4],
  ),
  'AveragePool, zeros included': windows(
    x => f.averagePool(x, [3], { strides: [2], pads: [1, 1], includePads: true }),
    ['N', 2, 6],
  ),
  GlobalAveragePool: windows(f.globalAveragePool, ['N', 2, 'M', 3]),
  GlobalMaxPool: windows(f.globalMaxPool, ['N', 2, 'M']),
};
