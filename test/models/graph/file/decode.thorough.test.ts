import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { decode, decodeFile } from '../../../../models/graph/file/decode.ts';
import { encode } from '../../../../models/graph/file/encode.ts';
import { ModelProto, type NodeProto } from '../../../../models/graph/file/onnx.ts';
import { typeOf } from '../../../../models/graph/tensor.ts';
import { random } from '../../../../models/random.ts';
import { TemperError } from '../../../../schemas/errors.ts';
import { file, node, tensor, whole } from './proto.ts';

const x = { shape: ['N', 4] };
const of = (nodes: NodeProto[], constants = {}) => file(18, { inputs: { x }, nodes, constants });
const seconds = (work: () => unknown): number => {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
};

describe('what a file says of its inputs', () => {
  it('keeps their order, and those that nothing reads', () => {
    const inputs = { b: x, unread: { dtype: 'int64' as const, shape: [] }, a: x };
    const graph = decode(file(18, { inputs, nodes: [node('Sub', 'a b -> y')] }));
    expect(graph.inputs.map(each => each.origin.kind === 'input' && each.origin.name)).toEqual(['b', 'unread', 'a']);
    expect(ModelProto.decode(encode(graph)).graph!.input!.map(({ name }) => name)).toEqual(['b', 'unread', 'a']);
  });

  it('takes the value of a constant that is named as an input too', () => {
    const inputs = { x, w: { shape: [1] } };
    const constants = { w: tensor('float32', [1], [2]) };
    const graph = decode(file(18, { inputs, constants, nodes: [node('Mul', 'x w -> y')] }));
    expect(graph.inputs).toHaveLength(1);
  });

  it('makes names of sizes that are no sums, and keeps different ones different', () => {
    const inputs = { a: { shape: ['n + 1', 'n * 1', '7', -1, 0] } };
    const graph = decode(file(18, { inputs, nodes: [node('Relu', 'a -> y')] }));
    const { shape } = graph.inputs[0]!;
    expect(new Set(shape).size).toBe(5);
    for (const dim of shape) expect(dim).toMatch(/^[a-z_]\w*$/i);
  });

  it('lets large constants be views of its bytes where they lie as their type needs it', () => {
    const constants = { w: tensor('float32', [4], [1, 2, 3, 4]) };
    const shares = [1, 2, 3, 4].map(extra => {
      const bytes = of([{ ...node('Mul', 'x w -> y'), name: '_'.repeat(extra) }], constants);
      const { data } = decode(bytes)
        .tensors.map(({ origin }) => origin)
        .find(({ kind }) => kind === 'constant') as { data: Float32Array };
      expect([...data]).toEqual([1, 2, 3, 4]);
      return data.buffer === bytes.buffer;
    });
    expect(shares).toContain(true);
    expect(shares).toContain(false);
  });

  it('is read from a path, and then is in memory once', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'temper-'));
    const at = path.join(directory, 'model.onnx');
    const numbers = Array.from({ length: 100 }, (_, k) => k);
    const constants = { a: tensor('float32', [100], numbers), b: tensor('float32', [100, 1], numbers) };
    for (const extra of [1, 2, 3, 4]) {
      const first = { ...node('Mul', 'a b -> c'), name: '_'.repeat(extra) };
      await writeFile(at, of([first, node('ReduceMean', 'c -> y')], constants));
      const graph = await decodeFile(at);
      const held = graph.tensors.flatMap(({ origin }) => (origin.kind === 'constant' ? [origin.data] : []));
      for (const data of held) expect([...data]).toEqual(numbers);
      expect(new Set(held.map(({ buffer }) => buffer)).size).toBe(1);
    }
    await writeFile(at, 'no model');
    await expect(decodeFile(at)).rejects.toThrow(/MODEL_REFUSED.*model\.onnx/);
    await rm(directory, { recursive: true });
  });
});

describe('a file is refused, with the node and what to do', () => {
  it.each<[string, () => Uint8Array, RegExp]>([
    [
      'a branch',
      () => of([node('If', 'x -> y')]),
      /If of y; expected an operation.*got If\. Export the model by tracing/,
    ],
    ['a size that data decide', () => of([node('NonZero', 'x -> y')]), /NonZero.*only the data decide/],
    ['a recurrence', () => of([node('LSTM', 'x -> y')]), /LSTM.*Scan/],
    ['upsampling', () => of([node('Upsample', 'x -> y')]), /Upsample.*ConvTranspose/],
    ['an optimised encoder', () => of([node('com.microsoft:Attention', 'x -> y')]), /Attention.*before that/],
    ['an operation that nobody knows', () => of([node('Frobnicate', 'x -> y')]), /Frobnicate.*or add a row/],
    ['an operation named like a method', () => of([node('toString', 'x -> y')]), /toString.*or add a row/],
    [
      'an operation of another set',
      () => of([node('com.microsoft:Relu', 'x -> y')]),
      /domain "com.microsoft"|domain ""/,
    ],
    [
      'a circle',
      () => of([node('Add', 'x b -> a'), node('Add', 'a x -> b'), node('Relu', 'b -> y')]),
      /before they are used; got "b"/,
    ],
    ['a node that reads itself', () => of([node('Add', 'x y -> y')]), /before they are used; got "y"/],
    ['a name twice', () => of([node('Relu', 'x -> y'), node('Relu', 'x -> y')]), /names of their own; got "y" twice/],
    ['an output that nothing makes', () => of([node('Relu', 'x -> z')]), /before they are used; got "y"/],
    ['more outputs than there are', () => of([node('Relu', 'x -> y z')]), /expected 1 outputs; got 2/],
    ['too few inputs', () => of([node('MatMul', 'x -> y')]), /MatMul.*2 inputs or more; got 1/],
    ['no inputs', () => of([node('Softmax', '-> y')]), /MODEL_REFUSED.*1 inputs/],
    [
      'a negative size',
      () => of([node('Mul', 'x w -> y')], { w: tensor('float32', [-1, -1], [2]) }),
      /sizes of 0 or more; got -1/,
    ],
    [
      'a huge size',
      () => of([node('Mul', 'x w -> y')], { w: { ...tensor('float32', [1], [2]), dims: [2 ** 40] } }),
      /at most 268435456 elements/,
    ],
    [
      'a size that is no number',
      () => of([node('Mul', 'x w -> y')], { w: { ...tensor('float32', [1], [2]), dims: [2 ** 60] } }),
      /MODEL_REFUSED/,
    ],
    [
      'a result beyond all memory',
      () => of([node('Expand', 'x big -> y')], { big: whole(2 ** 20, 1, 2 ** 20) }),
      /MODEL_REFUSED/,
    ],
    ['an unknown type', () => of([node('Mul', 'x w -> y')], { w: { dataType: 14, dims: [1] } }), /ONNX type 14/],
    ['text', () => of([node('Mul', 'x w -> y')], { w: { dataType: 8, dims: [1] } }), /ONNX type 8/],
    [
      'an attribute of the wrong kind',
      () => of([node('Softmax', 'x -> y', { axis: 'last' })]),
      /axis as int; got last/,
    ],
    [
      'an attribute that is a graph',
      () => of([{ ...node('Relu', 'x -> y'), attribute: [{ name: 'body', type: 5, g: {} }] }]),
      /numbers or text; got body/,
    ],
    ['names of a million characters', () => of([node('Relu', `${'n'.repeat(1e6)} -> y`)]), /\(1000002 characters\)/],
  ])('%s', (_, make, message) => {
    const error = errorOf(() => decode(make()));
    expect(error.code).toBe('MODEL_REFUSED');
    expect(error.message).toMatch(message);
    expect(error.message.length).toBeLessThan(4_000);
  });

  it.each<[string, () => Uint8Array]>([
    ['sizes that double with every node', () => of(doubling('Add', 's -> s0', 's0'))],
    ['lists of sizes that double', () => of(doubling('Concat', 's -> s0', 's0'))],
    [
      'a symbolic axis that doubles',
      () =>
        of(
          Array.from({ length: 60 }, (_, k) =>
            node('Concat', `${k === 0 ? 'x x' : `a${k - 1} a${k - 1}`} -> ${k === 59 ? 'y' : `a${k}`}`, { axis: 0 }),
          ),
        ),
    ],
    [
      'a chain of many sizes',
      () =>
        of([
          node('Shape', 'x -> s0'),
          ...Array.from({ length: 30_000 }, (_, k) => node('Identity', `s${k} -> s${k + 1}`)),
          node('Reshape', 'x s30000 -> y'),
        ]),
    ],
    [
      'a hundred thousand and one nodes',
      () => of(Array.from({ length: 100_001 }, (_, k) => node('Relu', `x -> ${k === 0 ? 'y' : k}`))),
    ],
    [
      'names of sizes that are all alike',
      () =>
        file(18, {
          inputs: Object.fromEntries(
            Array.from({ length: 5_000 }, (_, k) => [`x${k}`, { shape: [`${'*'.repeat(70)}${k}`] }]),
          ),
          nodes: [node('Relu', 'x0 -> y')],
        }),
    ],
    [
      'a list of sizes put together from very many lists',
      () =>
        of([node('Concat', `${'part '.repeat(50_000)}-> y`, { axis: 0 })], {
          part: tensor(
            'int64',
            [1_024],
            Array.from({ length: 1_024 }, (_, k) => k),
          ),
        }),
    ],
    [
      'a repeated number without end',
      () =>
        of([node('Expand', 'one many -> s'), node('Reshape', 'x s -> y')], {
          one: tensor('int64', [1], [1]),
          many: whole(2 ** 27),
        }),
    ],
  ])('or read, but in any case soon: %s', (_, make) => {
    const bytes = make();
    const taken = seconds(() => {
      try {
        decode(bytes);
      } catch (cause) {
        expect((cause as TemperError).code).toBe('MODEL_REFUSED');
      }
    });
    expect(taken).toBeLessThan(15);
  });

  it('refuses graphs within graphs without end', () => {
    let bytes = new Uint8Array();
    // Field 1 of a graph is a node, field 5 of a node an attribute, field 6 of an attribute a graph.
    for (let depth = 0; depth < 3_000; depth++) for (const field of [6, 5, 1]) bytes = wrapped(field, bytes);
    expect(errorOf(() => decode(wrapped(7, bytes))).code).toBe('MODEL_REFUSED');
  });
});

describe('damaged files', () => {
  const whole18 = of(
    [
      node('Shape', 'x -> s'),
      node('Slice', 's from to -> n'),
      node('Concat', 'n two -> t', { axis: 0 }),
      node('Constant', '-> half', { value_float: { real: 0.5 } }),
      node('Reshape', 'x t -> r'),
      node('Transpose', 'r -> q', { perm: [1, 0, 2] }),
      node('Unsqueeze', 'q from -> u'),
      node('Conv', 'u kernel -> c', { pads: [0, 1, 0, 1], kernel_shape: [1, 3], auto_pad: 'NOTSET' }),
      node('Mul', 'c half -> m'),
      node('ReduceMean', 'm axes -> y', { keepdims: 0 }),
    ],
    {
      from: whole(0),
      to: whole(1),
      two: whole(2, 2),
      kernel: tensor(
        'float32',
        [2, 2, 1, 3],
        Array.from({ length: 12 }, (_, k) => k),
      ),
      axes: whole(-1),
    },
  );

  it('are said to be no whole file where a message is cut, or is none', () => {
    const constants = { w: tensor('float32', [4], [1, 2, 3, 4]) };
    const bytes = of([node('Mul', 'x w -> y')], constants);
    for (const part of [bytes.subarray(0, -3), Buffer.from('import json')]) {
      expect(() => decode(part, 'a.onnx')).toThrow(/MODEL_REFUSED.*a\.onnx; expected a whole ONNX file; got \d+ bytes/);
    }
  });

  it('are read or refused, and nothing else: cut at any byte', () => {
    expect(typeOf(decode(whole18).outputs.y!)).toMatch(/float32/);
    for (let length = 0; length < whole18.length; length++) readOrRefused(whole18.slice(0, length));
  });

  it('are read or refused, and nothing else: with bytes changed, exchanged, repeated and left out', () => {
    const draws = random(1);
    let refused = 0;
    for (let trial = 0; trial < 3_000; trial++) {
      const bytes = Uint8Array.from(whole18);
      for (let change = 0; change <= draws.below(4); change++) {
        const at = draws.below(bytes.length);
        const other = draws.below(bytes.length);
        const ways = [
          () => bytes.fill(draws.below(256), at, at + 1),
          () => bytes.fill(bytes[at]! ^ (1 << draws.below(8)), at, at + 1),
          () => bytes.copyWithin(at, other, other + draws.below(32)),
          () => bytes.fill(0xff, at, at + draws.below(12)),
        ];
        ways[draws.below(ways.length)]!();
      }
      if (!readOrRefused(bytes)) refused++;
    }
    expect(refused).toBeGreaterThan(1_000);
  });
});

/** Whether a file was read, and could be written again; anything but a refusal fails. */
function readOrRefused(bytes: Uint8Array): boolean {
  try {
    encode(decode(bytes));
    return true;
  } catch (cause) {
    if (!(cause instanceof TemperError) || cause.code !== 'MODEL_REFUSED') throw cause;
    return false;
  }
}

function errorOf(work: () => unknown): TemperError {
  try {
    work();
  } catch (cause) {
    if (cause instanceof TemperError) return cause;
    throw cause;
  }
  throw new Error('nothing was refused');
}

/** Sixty operations of the shape by itself, then a Reshape to what comes out. */
function doubling(op: string, first: string, name: string): NodeProto[] {
  const steps = Array.from({ length: 60 }, (_, k) => {
    const before = k === 0 ? name : `d${k - 1}`;
    return node(op, `${before} ${before} -> d${k}`, op === 'Concat' ? { axis: 0 } : {});
  });
  return [node('Shape', first.replace('s ->', 'x ->')), ...steps, node('Reshape', 'x d59 -> y')];
}

/** A message as a field of another one: its tag, its length, its bytes. */
function wrapped(field: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const length: number[] = [];
  for (let rest = bytes.length; ; rest = Math.floor(rest / 128)) {
    length.push((rest % 128) + (rest >= 128 ? 128 : 0));
    if (rest < 128) break;
  }
  const message = new Uint8Array(1 + length.length + bytes.length);
  message.set([field * 8 + 2, ...length]);
  message.set(bytes, 1 + length.length);
  return message;
}
