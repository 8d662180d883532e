import { describe, expect, it } from 'vitest';
import { apply } from '../../../models/graph/apply.ts';
import { decode } from '../../../models/graph/file/decode.ts';
import { encode } from '../../../models/graph/file/encode.ts';
import { ModelProto } from '../../../models/graph/file/onnx.ts';
import * as f from '../../../models/graph/functions.ts';
import { gradients } from '../../../models/graph/gradients.ts';
import { graphOf } from '../../../models/graph/graph.ts';
import { openSession, value } from '../../../models/graph/runtime.ts';
import { constant, input, OMITTED, scalar, type Tensor, typeOf } from '../../../models/graph/tensor.ts';
import { listing, nodesOf, ordered } from '../../../models/graph/walk.ts';

const x = input('x', 'float32', ['N', 4]);
const w = input('w', 'float32', [4, 2]);

describe('shapes', () => {
  it.each<[string, Tensor, string]>([
    ['a symbol goes through a product', f.matmul(x, w), 'float32[N, 2]'],
    ['a symbol broadcasts against 1', f.add(x, input('y', 'float32', [1, 4])), 'float32[N, 4]'],
    ['what is left over divides a symbol', f.reshape(x, [-1, 2]), 'float32[N*2, 2]'],
    ['and is put together again', f.reshape(f.reshape(x, [-1, 2]), [-1, 4]), 'float32[N, 4]'],
    ['symbols add up when joined', f.concat([x, x], 0), 'float32[N+N, 4]'],
    ['comparisons are bool', f.less(x, 0), 'bool[N, 4]'],
    ['indices take the place of their axis', f.gather(x, input('i', 'int64', ['K', 3]), 1), 'float32[N, K, 3]'],
    [
      'a stride over a symbolic size has a name',
      f.conv(input('image', 'float32', ['N', 3, 'H', 8]), input('k', 'float32', [5, 3, 3, 3]), {
        strides: [2, 2],
        pads: [1, 1, 1, 1],
      }),
      'float32[N, 5, floor((H+-1)/2)+1, 4]',
    ],
    [
      'a kernel of 3 with a margin of 1 keeps a symbolic size',
      f.conv(input('line', 'float32', ['N', 3, 'L']), input('k', 'float32', [5, 3, 3]), { pads: [1, 1] }),
      'float32[N, 5, L]',
    ],
    ['a gradient has the shape of its input', gradients(f.sum(f.matmul(x, w)), [w])[0]!, 'float32[4, 2]'],
    ['a cast comes back on the way back', gradients(f.sum(f.cast(x, 'float64')), [x])[0]!, 'float32[N, 4]'],
  ])('%s', (_, tensor, type) => expect(typeOf(tensor)).toBe(type));
});

describe('a mistake is refused where it is made, with the operation and the steps before it', () => {
  it.each<[string, () => unknown, RegExp]>([
    [
      'inner dimensions',
      () => f.matmul(f.relu(x), x),
      /MatMul\(float32\[N, 4\], float32\[N, 4\]\).*inner.*Relu\(%0\)/s,
    ],
    ['different symbols', () => f.add(x, input('y', 'float32', ['M', 4])), /Add.*broadcast; got \[N, 4\] and \[M, 4\]/],
    ['different types', () => f.add(x, scalar(1, 'float64')), /Add.*one type; got float32 and float64/],
    ['a type that is not a number', () => f.exp(f.less(x, 0)), /Exp\(bool.*float operands; got bool/],
    ['an axis', () => f.sum(x, [2]), /ReduceSum.*axis of 2 dimensions; got 2/],
    ['a size that does not divide', () => f.reshape(x, [-1, 3]), /Reshape.*as many elements as \[N, 4\] has/],
    ['a range of a symbol', () => f.slice(x, 0, 1, 2), /Slice.*an end that is known to lie within N; got 2/],
    [
      'channels of kernels',
      () => f.conv(input('line', 'float32', ['N', 3, 'L']), input('k', 'float32', [5, 2, 3])),
      /Conv.*2 channels for kernels of \[5, 2, 3\]; got \[N, 3, L\]/,
    ],
    [
      'a kernel larger than its input',
      () => f.maxPool(input('line', 'float32', ['N', 3, 4]), [5]),
      /MaxPool.*a kernel of at most 4; got 5/,
    ],
    ['an attribute of another kind', () => apply('Softmax', [x], { axis: 'last' }), /Softmax.*axis as int; got last/],
    ['too few inputs', () => apply('Add', [x]), /Add.*2 inputs; got 1/],
    ['an attribute', () => apply('Relu', [x], { slope: 1 }), /Relu.*attributes among \[\]; got slope/],
    ['an operation', () => apply('Frobnicate', [x]), /Frobnicate.*operation of the table/],
    ['constructor is no operation', () => apply('constructor', [x]), /constructor.*operation of the table/],
    ['a constant', () => constant('float32', new Float32Array(3), [2, 2]), /4 elements of float32.*got 3/],
  ])('%s', (_, make, message) => expect(make).toThrow(message));
});

describe('gradients', () => {
  it('name an operation without a rule, and show where it stands', () => {
    const offAndOn = input('offAndOn', 'float32', [2]);
    const hot = apply('OneHot', [input('i', 'int64', ['N']), constant('int64', BigInt64Array.of(3n), [1]), offAndOn]);
    expect(() => gradients(f.sum(hot), [offAndOn])).toThrow(/gradient of OneHot.*has none, in.*= OneHot\(/s);
  });

  it('refuse a loss that is not a scalar, or does not depend on a tensor', () => {
    expect(() => gradients(x, [x])).toThrow(/float scalar; got float32\[N, 4\]/);
    expect(() => gradients(f.sum(x), [w])).toThrow(/a loss that changes with w/);
  });

  it('say what a rule can not go back through, by the name of the operation', () => {
    const pooled = apply('MaxPool', [input('image', 'float32', [1, 1, 4, 4])], {
      kernel_shape: [2, 2],
      storage_order: 1,
    });
    const [image] = ordered([pooled]);
    expect(() => gradients(f.sum(pooled), [image!])).toThrow(/gradient of MaxPool.*a storage_order of 0; got 1/);
  });
});

describe('gradients that are added up', () => {
  const loss = (h: Tensor, b: Tensor) =>
    f.add(f.sum(f.exp(f.matmul(f.add(h, b), w))), f.sum(f.add(f.relu(h), f.relu(b))));
  const count = (op: string, outputs: Record<string, Tensor>) =>
    nodesOf(graphOf(outputs).tensors).filter(node => node.op === op).length;

  it('compute a product once that two operands of a sum take', () => {
    const [h, b] = [f.tanh(x), f.tanh(input('y', 'float32', ['N', 4]))];
    const [ofH, ofB] = gradients(loss(h, b), [h, b]);
    expect(count('Gemm', { ofH: ofH!, ofB: ofB! })).toBe(1);
  });

  it('let a product add them that nothing else takes', () => {
    const h = f.tanh(x);
    const [ofH] = gradients(f.add(f.sum(f.exp(f.matmul(h, w))), f.sum(f.relu(h))), [h]);
    expect(count('Gemm', { ofH: ofH! })).toBe(1);
    expect(count('Add', { ofH: ofH! })).toBe(0);
  });
});

describe('laws', () => {
  const broken = (tensor: Tensor) => () => graphOf({ tensor });
  it.each<[string, () => unknown, RegExp]>([
    [
      'a type that its row does not give',
      broken({ ...f.relu(x), shape: ['N', 5] }),
      /expected float32\[N, 4\]; got.*N, 5/,
    ],
    ['two inputs of one name', broken(f.add(x, input('x', 'float32', [4]))), /no other input has; got "x"/],
    ['an output named as an input', () => graphOf({ x: f.relu(x) }), /output "x".*name that no input has/],
    ['a size below zero', broken(f.relu(input('y', 'float32', [-2]))), /sizes of 0 or more, or names; got "-2"/],
    [
      'a constant that is too short',
      broken({
        dtype: 'float32',
        shape: [3],
        origin: { kind: 'constant', data: new Float32Array(2), name: undefined },
      }),
      /3 elements of float32; got 2/,
    ],
  ])('%s', (_, make, message) => expect(make).toThrow(message));

  it('a graph holds what its outputs need, and nothing else', () => {
    const unused = f.exp(w);
    const { tensors, inputs } = graphOf({ y: f.relu(x) });
    expect(tensors).not.toContain(unused);
    expect(inputs).toEqual([x]);
  });

  it('a deep graph does not overflow the stack', () => {
    let deep = x;
    for (let layer = 0; layer < 20_000; layer++) deep = f.relu(deep);
    expect(ordered([deep])).toHaveLength(20_001);
  });
});

describe('ONNX files', () => {
  const bias = constant('float32', Float32Array.of(1, -1), [2], 'bias');
  const model = graphOf({ y: f.relu(f.add(f.matmul(x, w), bias)), twice: f.mul(x, 2), half: f.div(x, 2), again: x });
  const bytes = encode(model);

  it('come back as the same graph, and as the same bytes', () => {
    const back = decode(bytes);
    expect(listing(back.tensors)).toHaveLength(model.tensors.length);
    expect(Object.entries(back.outputs).map(([name, tensor]) => [name, typeOf(tensor)])).toEqual([
      ['y', 'float32[N, 2]'],
      ['twice', 'float32[N, 4]'],
      ['half', 'float32[N, 4]'],
      ['again', 'float32[N, 4]'],
    ]);
    expect(encode(decode(encode(back)))).toEqual(encode(back));
  });

  it('tell 0 from -0', async () => {
    const session = await openSession(graphOf({ above: f.div(1, scalar(0)), below: f.div(1, scalar(-0)) }));
    const { above, below } = await session.run({});
    await session.release();
    expect([...above!.data, ...below!.data]).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  });

  it.each<[string, Tensor]>([
    ['LayerNormalization', f.layerNorm(f.exp(x))],
    ['MaxPool', f.maxPool(f.unsqueeze(x, [1]), [2])],
  ])('name the first output of %s even where a gradient reads the others alone', async (_, y) => {
    const weights = constant('float32', Float32Array.of(1, 2, 3, 4).subarray(0, Number(y.shape.at(-1))), [
      Number(y.shape.at(-1)),
    ]);
    const session = await openSession(graphOf({ slope: gradients(f.sum(f.mul(y, weights)), [x])[0]! }));
    const { slope } = await session.run({ x: value('float32', Float32Array.of(1, 4, 2, 3), [1, 4]) });
    await session.release();
    expect(slope!.dims).toEqual([1, 4]);
  });

  it('take a Gemm whose addend is omitted', () => {
    expect(typeOf(apply('Gemm', [x, w, OMITTED]))).toBe('float32[N, 2]');
  });

  it('share small constants and run', async () => {
    expect(ModelProto.decode(bytes).graph!.initializer).toHaveLength(2);
    const session = await openSession(bytes);
    const results = await session.run({
      x: value('float32', Float32Array.of(1, 2, 3, 4), [1, 4]),
      w: value('float32', Float32Array.of(1, 0, 0, 0, 0, 0, 0, 0), [4, 2]),
    });
    await session.release();
    expect([...(results.y!.data as Float32Array)]).toEqual([2, 0]);
    expect([...(results.half!.data as Float32Array)]).toEqual([0.5, 1, 1.5, 2]);
  });

  type Proto = ReturnType<typeof ModelProto.decode>;
  const changed = (change: (proto: Proto) => void): Uint8Array => {
    const proto = ModelProto.decode(bytes);
    change(proto);
    return ModelProto.encode(proto).finish();
  };
  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(), /an ONNX model; got a file without a graph/],
    ['noise', new TextEncoder().encode('not a model at all'), /MODEL_REFUSED/],
    ['half a file', bytes.slice(0, bytes.length / 2), /MODEL_REFUSED/],
    ['an unknown operation', changed(({ graph }) => (graph!.node![0]!.opType = 'Frobnicate')), /Frobnicate/],
    [
      'another domain',
      changed(({ opsetImport }) => opsetImport.push({ domain: 'evil', version: 1 })),
      /domain ""; got "evil"|domain evil/,
    ],
    [
      'a node of another domain',
      changed(({ graph }) => (graph!.node![0]!.domain = 'evil')),
      /domain ""; got "evil"|domain evil/,
    ],
    ['an old operator set', changed(({ opsetImport }) => (opsetImport[0]!.version = 6)), /operator set 7 to 21; got 6/],
    ['external data', changed(({ graph }) => (graph!.initializer![0]!.dataLocation = 1)), /data inside the file/],
    [
      'external data without saying so',
      changed(({ graph }) => (graph!.initializer![0]!.externalData = [{ key: 'location', value: '/etc/passwd' }])),
      /data inside the file/,
    ],
    ['data that are too short', changed(({ graph }) => (graph!.initializer![0]!.dims = [400])), /400 elements/],
    ['a size beyond all memory', changed(({ graph }) => (graph!.initializer![0]!.dims = [2 ** 52])), /MODEL_REFUSED/],
    ['a value from nowhere', changed(({ graph }) => (graph!.node![0]!.input = ['nowhere', 'w'])), /"nowhere"/],
    ['a name given twice', changed(({ graph }) => graph!.node!.push({ ...graph!.node![0]! })), /names of their own/],
  ])('are refused when they hold %s', (_, damaged, message) => expect(() => decode(damaged)).toThrow(message));
});

describe('sessions', () => {
  it('say which provider they got, and fall back in the given order', async () => {
    const session = await openSession(graphOf({ y: f.relu(x) }), { providers: ['cpu', 'cuda'] });
    expect(session.provider).toBe('cpu');
    expect(session.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: ['N', 4] }]);
    await session.release();
  });

  it('write into the memory that they are given', async () => {
    const session = await openSession(graphOf({ y: f.relu(x) }));
    const y = new Float32Array(4);
    await session.run(
      { x: value('float32', Float32Array.of(-1, 1, -2, 2), [1, 4]) },
      { y: value('float32', y, [1, 4]) },
    );
    await session.release();
    expect([...y]).toEqual([0, 1, 0, 2]);
  });

  it('refuse values that do not fit, naming what would', async () => {
    const session = await openSession(graphOf({ y: f.relu(x) }));
    const wrong = value('float32', new Float32Array(3), [1, 3]);
    await expect(session.run({ x: wrong })).rejects.toThrow(/GRAPH_INVALID.*x float32\[N, 4\]/);
    await session.release();
  });

  it('refuse bytes that are no model', async () => {
    await expect(openSession(new Uint8Array(16))).rejects.toThrow(/MODEL_REFUSED/);
  });
});
