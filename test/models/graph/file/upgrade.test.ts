import { describe, expect, it } from 'vitest';
import { decode } from '../../../../models/graph/file/decode.ts';
import { encode } from '../../../../models/graph/file/encode.ts';
import type { NodeProto, TensorProto } from '../../../../models/graph/file/onnx.ts';
import { openSession, value } from '../../../../models/graph/runtime.ts';
import type { Shape } from '../../../../models/graph/tensor.ts';
import { random } from '../../../../models/random.ts';
import { file, node, tensor, whole } from './proto.ts';

/** A node of an operator set, on an input `x` and constants; its outputs are `y` and perhaps more. */
interface Form {
  set: number;
  shape?: Shape;
  constants?: Record<string, TensorProto>;
  nodes: NodeProto[];
  outputs?: string[];
}

const form = (set: number, names: string, of: NodeProto, constants: Record<string, TensorProto> = {}): Form => ({
  set,
  constants,
  nodes: [of],
  outputs: names.split(' '),
});
const shaped = (shape: Shape, each: Form): Form => ({ ...each, shape });
const vector = (...values: number[]) => tensor('float32', [values.length], values);

/** Each row says in an old or another form what ONNX Runtime can run as it is; decoded and encoded it has to say the same. */
const FORMS: Record<string, Form> = {
  'Squeeze by an attribute': shaped(['N', 1, 4], form(11, 'y', node('Squeeze', 'x -> y', { axes: [1] }))),
  'Squeeze of all that is 1': shaped([2, 1, 4], form(11, 'y', node('Squeeze', 'x -> y'))),
  'Unsqueeze by an attribute': form(11, 'y', node('Unsqueeze', 'x -> y', { axes: [0, -1] })),
  'ReduceSum by an attribute': form(11, 'y', node('ReduceSum', 'x -> y', { axes: [1], keepdims: 0 })),
  'ReduceMean by an attribute': form(13, 'y', node('ReduceMean', 'x -> y', { axes: [-1] })),
  'ReduceMax by an attribute': form(13, 'y', node('ReduceMax', 'x -> y', { axes: [2], keepdims: 0 })),
  'ReduceSum of all': form(13, 'y', node('ReduceSum', 'x -> y')),
  'ReduceSum of none': form(13, 'y', node('ReduceSum', 'x -> y', { noop_with_empty_axes: 1 })),
  ReduceL1: form(13, 'y', node('ReduceL1', 'x -> y', { axes: [1] })),
  ReduceL2: form(18, 'y', node('ReduceL2', 'x axes -> y'), { axes: whole(-1) }),
  ReduceSumSquare: form(18, 'y', node('ReduceSumSquare', 'x axes -> y', { keepdims: 0 }), { axes: whole(1) }),
  ReduceLogSumExp: form(13, 'y', node('ReduceLogSumExp', 'x -> y', { axes: [1], keepdims: 0 })),
  'Slice by attributes': form(9, 'y', node('Slice', 'x -> y', { starts: [1, 0], ends: [9, 2], axes: [2, 1] })),
  'Slice by attributes, to the end': form(9, 'y', node('Slice', 'x -> y', { starts: [1], ends: [2 ** 63], axes: [2] })),
  'Slice backwards': form(13, 'y', node('Slice', 'x from to axes steps -> y'), {
    from: whole(-1, 2),
    to: whole(-99, 0),
    axes: whole(2, 1),
    steps: whole(-2, -1),
  }),
  'Slice in steps': form(13, 'y', node('Slice', 'x from to axes steps -> y'), {
    from: whole(1),
    to: whole(99),
    axes: whole(2),
    steps: whole(2),
  }),
  'Clip by attributes': form(7, 'y', node('Clip', 'x -> y', { min: { real: -0.5 }, max: { real: 0.25 } })),
  'Clip by one attribute': form(7, 'y', node('Clip', 'x -> y', { min: { real: 0 } })),
  'Pad by attributes': form(
    10,
    'y',
    node('Pad', 'x -> y', { pads: [0, 1, 0, 0, 0, 2], value: { real: 1.5 }, mode: 'constant' }),
  ),
  'Pad by zeros': form(13, 'y', node('Pad', 'x pads -> y'), { pads: whole(0, 1, 0, 0, 0, 2) }),
  'Pad by a number': form(13, 'y', node('Pad', 'x pads number -> y'), {
    pads: whole(0, 1, 0, 0, 0, 2),
    number: tensor('float32', [], [Number.NEGATIVE_INFINITY]),
  }),
  'Pad at some axes': form(18, 'y', node('Pad', 'x pads . axes -> y'), { pads: whole(1, 2), axes: whole(-1) }),
  'Pad by a reflection': form(13, 'y', node('Pad', 'x pads -> y', { mode: 'reflect' }), {
    pads: whole(0, 1, 2, 0, 2, 3),
  }),
  'Pad by the edge': form(13, 'y', node('Pad', 'x pads -> y', { mode: 'edge' }), { pads: whole(0, 1, 2, 0, 2, 3) }),
  'Split by an attribute': form(11, 'y z', node('Split', 'x -> y z', { axis: 2, split: [1, 3] })),
  'Split into equal parts': form(11, 'y z', node('Split', 'x -> y z', { axis: 2 })),
  'Split into a number of parts': form(18, 'y z', node('Split', 'x -> y z', { axis: 1, num_outputs: 2 })),
  'TopK by an attribute': form(9, 'y z', node('TopK', 'x -> y z', { k: 2 })),
  'Softmax over the rest': form(11, 'y', node('Softmax', 'x -> y')),
  'Softmax over the last axis, old': form(11, 'y', node('Softmax', 'x -> y', { axis: 2 })),
  'LogSoftmax over the rest': form(7, 'y', node('LogSoftmax', 'x -> y', { axis: 1 })),
  'BatchNormalization, old': form(
    9,
    'y',
    node('BatchNormalization', 'x a b c d -> y', { epsilon: { real: 0.01 }, momentum: { real: 0.9 } }),
    { a: vector(1, 2, 3), b: vector(0, 1, 2), c: vector(3, 2, 1), d: vector(1, 4, 9) },
  ),
  'Dropout, old': form(7, 'y', node('Dropout', 'x -> y', { ratio: { real: 0.5 } })),
  'Dropout and its mask': form(13, 'y z', node('Dropout', 'x -> y z')),
  'a Constant of each form': {
    set: 13,
    nodes: [
      node('Constant', '-> a', { value_float: { real: 2.5 } }),
      node('Constant', '-> b', { value_floats: { real: [1, 2, 3, 4] } }),
      node('Constant', '-> c', { value: { tensor: tensor('float32', [1], [3]) } }),
      node('Constant', '-> d', { value_ints: [0, 12] }),
      node('Mul', 'x a -> e'),
      node('Add', 'e b -> f'),
      node('Sub', 'f c -> g'),
      node('Reshape', 'g d -> y'),
    ],
  },
  'MatMul by a vector': form(13, 'y', node('MatMul', 'x v -> y'), { v: vector(1, -2, 3, 4) }),
  'MatMul of a vector': form(13, 'y', node('MatMul', 'v x -> y'), { v: vector(1, -2, 3) }),
  Flatten: form(13, 'y', node('Flatten', 'x -> y')),
  'Flatten, from the last axis': form(13, 'y', node('Flatten', 'x -> y', { axis: -1 })),
  'Flatten, all': shaped([2, 3, 4], form(13, 'y', node('Flatten', 'x -> y', { axis: 0 }))),
  'Sum and Mean': { set: 13, nodes: [node('Sum', 'x x x -> a'), node('Mean', 'a x -> y')] },
  Gelu: form(20, 'y', node('Gelu', 'x -> y')),
  'Gelu by tanh': form(20, 'y', node('Gelu', 'x -> y', { approximate: 'tanh' })),
  PRelu: form(13, 'y', node('PRelu', 'x slope -> y'), { slope: tensor('float32', [3, 1], [0.1, 0.2, 0.3]) }),
  LpNormalization: form(13, 'y', node('LpNormalization', 'x -> y', { axis: 1, p: 2 })),
  InstanceNormalization: form(13, 'y', node('InstanceNormalization', 'x a b -> y'), {
    a: vector(1, 2, 3),
    b: vector(3, 2, 1),
  }),
  GroupNormalization: shaped(
    ['N', 4, 3],
    form(21, 'y', node('GroupNormalization', 'x a b -> y', { num_groups: 2 }), {
      a: vector(1, 2, 3, 4),
      b: vector(4, 3, 2, 1),
    }),
  ),
  Selu: form(13, 'y', node('Selu', 'x -> y')),
  Mish: form(18, 'y', node('Mish', 'x -> y')),
  Einsum: form(13, 'y', node('Einsum', 'x w -> y', { equation: 'nij,jk->nki' }), {
    w: tensor('float32', [4, 2], [1, 2, 3, 4, 5, 6, 7, 8]),
  }),
  CastLike: form(15, 'y', node('CastLike', 'x w -> y'), { w: tensor('int32', [1], [1]) }),
  ReduceLogSum: { set: 13, nodes: [node('Exp', 'x -> e'), node('ReduceLogSum', 'e -> y', { axes: [1] })] },
  SimplifiedLayerNormalization: form(
    13,
    'y',
    node('SimplifiedLayerNormalization', 'x a -> y', { epsilon: { real: 1e-5 } }),
    {
      a: vector(1, 2, 3, 4),
    },
  ),
  DepthToSpace: shaped(['N', 8, 2, 3], form(13, 'y', node('DepthToSpace', 'x -> y', { blocksize: 2 }))),
  'DepthToSpace, columns first': shaped(
    ['N', 8, 2, 3],
    form(13, 'y', node('DepthToSpace', 'x -> y', { blocksize: 2, mode: 'CRD' })),
  ),
  SpaceToDepth: shaped(['N', 2, 4, 6], form(13, 'y', node('SpaceToDepth', 'x -> y', { blocksize: 2 }))),
  'LayerNormalization, as exported': form(17, 'y', node('LayerNormalization', 'x a b -> y', { stash_type: 1 }), {
    a: vector(1, 2, 3, 4),
    b: vector(0, 1, 2, 3),
  }),
  'Reshape, as newer exporters write it': form(14, 'y', node('Reshape', 'x shape -> y', { allowzero: 1 }), {
    shape: whole(-1, 6),
  }),
  'the hidden sizes of an Expand': {
    set: 15,
    nodes: [
      node('Shape', 'x -> a', { start: 0, end: 1 }),
      node('Concat', 'a fours -> b', { axis: 0 }),
      node('ConstantOfShape', 'one -> ones', { value: { tensor: tensor('int64', [1], [1]) } }),
      node('Mul', 'ones minus -> c'),
      node('Equal', 'b c -> d'),
      node('Where', 'd ones b -> e'),
      node('Expand', 'row e -> f'),
      node('Reshape', 'x b2 -> g'),
      node('ReduceMean', 'g -> h', { axes: [1] }),
      node('Add', 'h f -> y'),
    ],
    constants: {
      fours: whole(4),
      one: whole(2),
      minus: tensor('int64', [], [-1]),
      row: tensor('float32', [1, 4], [1, 2, 3, 4]),
      b2: whole(0, 3, 4),
    },
  },
  'the sizes that heads are made of': {
    set: 11,
    nodes: [
      node('Shape', 'x -> s'),
      node('Gather', 's zero -> n', { axis: 0 }),
      node('Unsqueeze', 'n -> n1', { axes: [0] }),
      node('Gather', 's two -> w', { axis: 0 }),
      node('Div', 'w half -> h'),
      node('Cast', 'h -> h2', { to: 7 }),
      node('Unsqueeze', 'h2 -> h1', { axes: [0] }),
      node('Concat', 'n1 three twos h1 -> t', { axis: 0 }),
      node('Reshape', 'x t -> r'),
      node('Transpose', 'r -> y', { perm: [0, 2, 1, 3] }),
    ],
    constants: {
      zero: tensor('int64', [], [0]),
      two: tensor('int64', [], [2]),
      half: tensor('int64', [], [2]),
      three: whole(3),
      twos: whole(2),
    },
  },
  'pads that an exporter turns round': {
    set: 13,
    nodes: [
      node('ConstantOfShape', 'four -> zeros', { value: { tensor: tensor('int64', [1], [0]) } }),
      node('Concat', 'two zeros -> a', { axis: 0 }),
      node('Reshape', 'a pairs -> b'),
      node('Slice', 'b last first zero last -> c'),
      node('Transpose', 'c -> d', { perm: [1, 0] }),
      node('Reshape', 'd all -> e'),
      node('Cast', 'e -> pads', { to: 7 }),
      node('Pad', 'x pads -> y', { mode: 'reflect' }),
    ],
    constants: {
      four: whole(4),
      two: whole(1, 2),
      pairs: whole(-1, 2),
      last: whole(-1),
      first: whole(-9999),
      zero: whole(0),
      all: whole(-1),
    },
  },
  'a remainder of sizes': {
    set: 13,
    nodes: [
      node('Mod', 'seven four -> a'),
      node('Shape', 'x -> s'),
      node('Slice', 's zero a -> b'),
      node('Concat', 'b minus -> c', { axis: 0 }),
      node('Reshape', 'x c -> y'),
    ],
    constants: { seven: whole(5), four: whole(4), zero: whole(0), minus: whole(-1) },
  },
  'linear quantisation, by axis': {
    set: 13,
    nodes: [node('QuantizeLinear', 'x s z -> q', { axis: 1 }), node('DequantizeLinear', 'q s z -> y', { axis: 1 })],
    constants: { s: vector(0.1, 0.2, 0.3), z: tensor('int8', [3], [1, 0, -5]) },
    outputs: ['q', 'y'],
  },
  'a product in whole numbers': {
    set: 13,
    nodes: [
      node('DynamicQuantizeLinear', 'x -> q s z'),
      node('MatMulInteger', 'q w z -> p'),
      node('Cast', 'p -> c', { to: 1 }),
      node('Mul', 'c s -> y'),
    ],
    constants: { w: tensor('int8', [4, 2], [1, -2, 3, -4, 5, -6, 7, -8]) },
    outputs: ['q', 's', 'z', 'p', 'y'],
  },
  'a convolution in whole numbers': {
    set: 13,
    nodes: [
      node('DynamicQuantizeLinear', 'x -> q s z'),
      node('ConvInteger', 'q w z -> p', { pads: [1, 1], strides: [2] }),
      node('Cast', 'p -> y', { to: 1 }),
    ],
    constants: {
      w: tensor(
        'uint8',
        [2, 3, 3],
        Array.from({ length: 18 }, (_, k) => k),
      ),
    },
  },
  DynamicQuantizeMatMul: form(13, 'y', node('com.microsoft:DynamicQuantizeMatMul', 'x w s -> y'), {
    w: tensor('int8', [4, 2], [1, -2, 3, -4, 5, -6, 7, -8]),
    s: tensor('float32', [], [0.5]),
  }),
  'Gelu of ONNX Runtime': form(13, 'y', node('com.microsoft:Gelu', 'x -> y')),
  'FastGelu with a bias': form(13, 'y', node('com.microsoft:FastGelu', 'x b -> y'), { b: vector(1, 2, 3, 4) }),
  BiasGelu: form(13, 'y', node('com.microsoft:BiasGelu', 'x b -> y'), { b: vector(1, 2, 3, 4) }),
  QuickGelu: form(13, 'y', node('com.microsoft:QuickGelu', 'x -> y', { alpha: { real: 1.702 } })),
  SkipLayerNormalization: form(
    13,
    'y z',
    node('com.microsoft:SkipLayerNormalization', 'x x a b c -> y . . z', { epsilon: { real: 1e-5 } }),
    { a: vector(1, 2, 3, 4), b: vector(0, 1, 2, 3), c: vector(4, 3, 2, 1) },
  ),
  SkipSimplifiedLayerNormalization: form(
    13,
    'y',
    node('com.microsoft:SkipSimplifiedLayerNormalization', 'x x a -> y', { epsilon: { real: 1e-5 } }),
    { a: vector(1, 2, 3, 4) },
  ),
};

describe('a file of another operator set says after decoding and encoding what ONNX Runtime takes it to say', () => {
  it.each(Object.entries(FORMS))('%s', async (_, { set, shape = ['N', 3, 4], constants = {}, nodes, outputs }) => {
    const bytes = file(set, { inputs: { x: { shape } }, constants, nodes, ...(outputs && { outputs }) });
    const dims = shape.map(dim => (typeof dim === 'number' ? dim : 2));
    const draws = random(7);
    const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => draws.normal());
    const run = async (model: Uint8Array) => {
      const session = await openSession(model);
      const results = await session.run({ x: value('float32', data, dims) });
      await session.release();
      return results;
    };
    const [before, after] = [await run(bytes), await run(encode(decode(bytes)))];
    expect(Object.keys(after)).toEqual(Object.keys(before));
    for (const [name, { dims, data }] of Object.entries(before)) {
      expect(after[name]!.dims).toEqual(dims);
      const numbers = Array.from(after[name]!.data as ArrayLike<number>, Number);
      Array.from(data as ArrayLike<number>, Number).forEach((number, place) => {
        if (Number.isFinite(number)) expect(numbers[place]).toBeCloseTo(number, 5);
        else expect(numbers[place]).toBe(number);
      });
    }
  });
});
