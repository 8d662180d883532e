import { describe, expect, it } from 'vitest';
import { apply } from '../../../models/graph/apply.ts';
import * as f from '../../../models/graph/functions.ts';
import { gradients } from '../../../models/graph/gradients.ts';
import { graphOf } from '../../../models/graph/graph.ts';
import { fromHalves } from '../../../models/graph/half.ts';
import { openSession, type Value, value } from '../../../models/graph/runtime.ts';
import { constant, type Dtype, dataOf, input, OMITTED, scalar, type Tensor } from '../../../models/graph/tensor.ts';
import { type Random, random } from '../../../models/random.ts';
import { pick, whole } from './gradients/case.ts';

const noAxis = (op: string, x: Tensor) => apply(op, [x], { noop_with_empty_axes: 1 });
const row = (...values: number[]) => constant('float32', Float32Array.from(values), [values.length]);

describe('gradients where a function has a kink or a pole', () => {
  it.each<[string, (x: Tensor) => Tensor, number[], number[]]>([
    ['abs', f.abs, [-2, 0, 2], [-1, 0, 1]],
    ['relu', f.relu, [-2, 0, 2], [0, 0, 1]],
    ['leakyRelu', a => f.leakyRelu(a, 0.5), [-2, 0, 2], [0.5, 0.5, 1]],
    ['elu', a => f.elu(a, 0.5), [0, 2], [0.5, 1]],
    ['clip', a => f.clip(a, 0, 1), [-1, 0, 0.5, 1, 2], [0, 1, 1, 1, 0]],
    ['clip, above alone', a => apply('Clip', [a, OMITTED, scalar(1)]), [-9, 1, 2], [1, 1, 0]],
    ['max of equals', a => f.max(a, row(1, 1, 1)), [0, 1, 2], [0, 0.5, 1]],
    ['min of three equals', a => f.min(a, 1, row(1, 1, 1)), [0, 1, 2], [1, 1 / 3, 0]],
    ['reduceMax of equals', a => f.reduceMax(a), [3, 1, 3], [0.5, 0, 0.5]],
    ['reduceMin of equals', a => f.reduceMin(a), [1, 1, 3], [0.5, 0.5, 0]],
    ['product with a zero', a => f.product(a), [2, 0, 3], [0, 6, 0]],
    ['product with two zeros', a => f.product(a), [2, 0, 0], [0, 0, 0]],
    ['reduceMax over no axis', a => f.reduceMax(a, []), [1, 2, 3], [1, 1, 1]],
    ['product over no axis', a => f.product(a, []), [1, 2, 3], [1, 1, 1]],
    ['reduceMax over no axis, as files say it', a => noAxis('ReduceMax', a), [1, 2, 3], [1, 1, 1]],
    ['product over no axis, as files say it', a => noAxis('ReduceProd', a), [1, 2, 3], [1, 1, 1]],
    ['l2Norm of zeros', a => f.l2Norm(a), [0, 0], [0, 0]],
    ['l2Normalise of zeros', a => f.mul(f.l2Normalise(a), 0), [0, 0], [0, 0]],
    ['pow of zero', a => f.pow(a, row(0, 1, 2)), [0, 0, 0], [0, 1, 0]],
    ['pow by zero of a base of zero', a => f.pow(0, a), [0, 1, 2], [0, 0, 0]],
    ['hardSigmoid', a => f.hardSigmoid(a, 0.5, 0.5), [-1, 0, 1], [0, 0.5, 0]],
    ['floor', a => f.add(a, f.floor(a)), [0.5, 1], [1, 1]],
    ['topK of equals', a => f.topK(a, 1)[0], [2, 5, 5], [0, 1, 0]],
  ])('%s', async (_, of, at, slopes) => {
    const x = input('x', 'float32', [at.length]);
    const [slope] = gradients(f.sum(of(x)), [x]);
    expect(await numbers(slope!, { x: row32(at) })).toEqual(slopes.map(each => expect.closeTo(each, 6)));
  });
});

describe('values in forms that differ', () => {
  const n = input('n', 'int64', ['N']);
  it.each<[string, Tensor, number[]]>([
    ['comparisons of whole numbers with a number', f.cast(f.lessOrEqual(n, 2), 'int64'), [1, 1, 1, 0]],
    ['a choice among whole numbers', f.where(f.greater(n, 0), n, -1), [-1, -1, 2, 3]],
    ['a remainder with the sign of the divisor', f.mod(n, 4), [1, 0, 2, 3]],
    ['a remainder of floats, with the sign of the dividend', f.mod(f.cast(n, 'float32'), 4), [-3, 0, 2, 3]],
    ['the least of whole numbers', f.min(n, 1), [-3, 0, 1, 1]],
    ['halves to the even number', f.round(f.mul(f.cast(n, 'float32'), 0.5)), [-2, 0, 1, 2]],
    ['a range up to a size', f.range(0, f.size(n)), [0, 1, 2, 3]],
    ['a range downwards', f.range(3, -2, -2), [3, 1, -1]],
    ['places of extremes', f.concat([f.argMax(n, 0, { keep: true }), f.argMin(n, 0, { keep: true })], 0), [3, 0]],
    ['sums from the end', f.cumSum(n, 0, { reverse: true, exclusive: true }), [5, 5, 3, 0]],
    ['backwards', f.slice(n, 0, -1, -(2 ** 31), -1), [3, 2, 0, -3]],
    ['padded with a value', f.pad(n, [1], [2], 7), [7, -3, 0, 2, 3, 7, 7]],
    ['tiled', f.tile(n, [2]), [-3, 0, 2, 3, -3, 0, 2, 3]],
    ['put in places', f.scatterElements(n, whole([1, -1]), whole([8, 9]), 0), [-3, 8, 2, 9]],
    ['what is not a number', f.cast(f.notANumber(f.sqrt(f.cast(n, 'float32'))), 'int64'), [1, 0, 0, 0]],
  ])('%s', async (_, y, expected) => {
    const fed = { n: value('int64', dataOf('int64', [-3, 0, 2, 3]), [4]) };
    expect(await numbers(y, fed)).toEqual(expected);
  });

  it('all axes are meant where none are given, and none where that is said', async () => {
    const matrix = constant('float32', Float32Array.of(1, 2, 3, 4), [2, 2]);
    expect(await numbers(apply('ReduceSum', [matrix], { keepdims: 0 }))).toEqual([10]);
    expect(await numbers(apply('ReduceSum', [matrix], { noop_with_empty_axes: 1 }))).toEqual([1, 2, 3, 4]);
  });
});

describe('what does not fit is refused with a reason', () => {
  const a = input('a', 'float32', ['N', 3]);
  it.each<[string, () => unknown, RegExp]>([
    ['a mode of Pad', () => apply('Pad', [a, whole([0, 0, 0, 1])], { mode: 'reflect' }), /Pad.*constant; got reflect/],
    ['negative pads', () => f.pad(a, [-1, 0], [0, 0]), /Pad.*pads of 0 or more/],
    ['a symbolic size in steps', () => f.slice(a, 0, 0, 2 ** 31 - 1, 2), /Slice.*symbolic one in steps of 1/],
    ['steps of 0', () => apply('Slice', [a, whole([0]), whole([1]), whole([0]), whole([0])]), /steps other than 0/],
    [
      'a reduction of scatters',
      () => apply('ScatterND', [a, whole([0], [1, 1]), f.slice(a, 0, 0, -1)], {}),
      /updates of/,
    ],
    ['axes twice', () => f.sum(a, [1, -1]), /ReduceSum.*axes that differ/],
    ['indices that are longer', () => f.gatherElements(a, whole([0, 0, 0, 0], [1, 4])), /indices within \[N, 3\]/],
    ['a remainder of floats without fmod', () => apply('Mod', [a, a]), /an fmod of 1/],
    [
      'a choice among truths, which ONNX Runtime lacks',
      () => f.where(f.less(a, 0), f.less(a, 1), f.less(a, 2)),
      /Where.*numbers/,
    ],
    ['connectives of numbers', () => f.and(a, a), /And.*truth values; got float32/],
    ['einsum: an ellipsis', () => f.einsum('...i->i', a), /every dimension written out; got an ellipsis/],
    ['einsum: a size', () => f.einsum('ii->i', a), /one size of i; got N and 3/],
    ['einsum: a count', () => f.einsum('ij,jk', a), /2 operands; got 1/],
    ['einsum: a rank', () => f.einsum('ijk->i', a), /3 dimensions in operand 0; got \[N, 3\]/],
    ['einsum: a letter', () => f.einsum('ij->ik', a), /letters of the operands behind the arrow.*got k/],
    ['einsum: signs', () => f.einsum('i+j', a), /letters, commas and one arrow/],
  ])('%s', (_, make, message) => expect(make).toThrow(message));
});

describe('einsum', () => {
  it('is the sum of products over all letters that are left out, for random equations', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const draws = random(seed);
      const equation = randomEquation(draws);
      const [inputs, output] = equation.split('->') as [string, string];
      const operands = inputs.split(',').map(labels => drawn(draws, [...labels].map(sizeOf)));
      const found = await numbers(f.einsum(equation, ...operands));
      const expected = naively(inputs.split(','), output, operands);
      expect(found, equation).toEqual(expected.map(each => expect.closeTo(each, 4)));
    }
  });
});

describe('dropout', () => {
  const x = input('x', 'float32', ['N']);
  const step = input('step', 'int64', []);
  const elements = 20_000;
  const fed = { x: value('float32', new Float32Array(elements).fill(1), [elements]) };
  const at = (number: number) => ({ ...fed, step: value('int64', dataOf('int64', [number]), []) });
  const made = (seed: number) => {
    const noise = f.noiseOf(seed, step, 2 ** 17);
    return [f.dropout(x, 0.3, noise), f.dropout(x, 0.3, noise)] as const;
  };

  it('gives the same mask for the same seed and step, and others for other seeds, steps and places', async () => {
    const [first, second] = made(7);
    const mask = await numbers(first, at(3));
    expect(await numbers(made(7)[0], at(3))).toEqual(mask);
    for (const other of [
      await numbers(first, at(4)),
      await numbers(first, at(3 + 2 ** 31)),
      await numbers(second, at(3)),
      await numbers(made(8)[0], at(3)),
    ]) {
      const agreeing = other.filter((each, place) => each === mask[place]).length / elements;
      // Two independent masks agree on 0.3^2 + 0.7^2 of their elements, here with a deviation of .0035.
      expect(Math.abs(agreeing - 0.58)).toBeLessThan(0.02);
    }
  });

  it('leaves out the rate, and keeps the expectation', async () => {
    const [first] = made(1);
    for (const number of [0, 1, 2, 1_000_000]) {
      const mask = await numbers(first, at(number));
      const kept = mask.filter(each => each !== 0);
      expect(kept.every(each => Math.abs(each - 1 / 0.7) < 1e-6)).toBe(true);
      // The deviation of the share is .0033.
      expect(Math.abs(kept.length / elements - 0.7)).toBeLessThan(0.015);
    }
  });

  it('does nothing without noise or without a rate', () => {
    expect(f.dropout(x, 0.5)).toBe(x);
    expect(f.dropout(x, 0, f.noiseOf(1, step, 8))).toBe(x);
  });

  it('fails where a mask is larger than the pool', async () => {
    const y = f.dropout(x, 0.5, f.noiseOf(1, step, 1_000));
    await expect(numbers(y, at(1))).rejects.toThrow(/GRAPH_INVALID.*1000 by 20000/s);
  });
});

describe('attention', () => {
  const draws = random(4);
  const [q, k, v] = [drawn(draws, [1, 4, 6]), drawn(draws, [1, 4, 6]), drawn(draws, [1, 4, 6])];

  it('with causal set does not see what comes later', async () => {
    const changed = f.concat([f.slice(v, 1, 0, 2), f.mul(f.slice(v, 1, 2, 4), 5)], 1);
    const [one, other] = [v, changed].map(values => f.attention(q, k, values, { heads: 2, causal: true }));
    const [seen, unseen] = [await numbers(one!), await numbers(other!)];
    expect(seen.slice(0, 12)).toEqual(unseen.slice(0, 12));
    expect(seen.slice(12)).not.toEqual(unseen.slice(12));
  });

  it('is the mean of all values where a query may look nowhere, and finite with both masks', async () => {
    const nowhere = constant('bool', new Uint8Array(4), [1, 4]);
    const means = await numbers(f.mean(v, [1]));
    const found = await numbers(f.attention(q, k, v, { mask: nowhere }));
    for (const [place, each] of found.entries()) expect(each).toBeCloseTo(means[place % 6]!, 5);
    expect(
      (await numbers(f.attention(q, k, v, { mask: nowhere, causal: true, heads: 3 }))).every(Number.isFinite),
    ).toBe(true);
  });
});

describe('float16', () => {
  it('graphs of halves have types, gradients and numbers near those of float32', async () => {
    const graph = (dtype: Dtype) => {
      const a = input('a', dtype, ['N', 4]);
      const weights = f.cast(drawn(random(9), [4, 4]), dtype);
      const hidden = f.gelu(f.layerNorm(f.matmul(a, weights)));
      const seen = f.attention(hidden, hidden, hidden, { mask: f.greater(f.mean(a, [1]), -9), causal: true });
      const loss = f.sum(f.mul(f.clip(f.softmax(f.max(seen, 0.1)), 0.05, 0.9), f.leakyRelu(f.rmsNorm(a))));
      return { loss, slope: gradients(loss, [a])[0]! };
    };
    const half = graph('float16');
    expect(half.slope.dtype).toBe('float16');
    const data = Array.from({ length: 16 }, (_, place) => Math.sin(place));
    const fed = (dtype: Dtype) => ({ a: value(dtype, dataOf(dtype, data), [4, 4]) });
    const [approximate, exact] = [
      await numbers(half.slope, fed('float16')),
      await numbers(graph('float32').slope, fed('float32')),
    ];
    for (const [place, each] of approximate.entries()) expect(Math.abs(each - exact[place]!)).toBeLessThan(0.02);
  });
});

async function numbers(y: Tensor, fed: Record<string, Value> = {}): Promise<number[]> {
  const session = await openSession(graphOf({ y }));
  try {
    const { data } = (await session.run(fed)).y!;
    return Array.from(data instanceof Uint16Array ? fromHalves(data) : (data as ArrayLike<number | bigint>), Number);
  } finally {
    await session.release();
  }
}

function row32(values: readonly number[]): Value {
  return value('float32', Float32Array.from(values), [values.length]);
}

function drawn(draws: Random, shape: readonly number[]): Tensor {
  const elements = shape.reduce((a, b) => a * b, 1);
  return constant('float32', Float32Array.from({ length: elements }, draws.normal), shape);
}

const sizeOf = (label: string): number => 1 + ('abcd'.indexOf(label) % 3) + Number(label === 'd');

function randomEquation(draws: Random): string {
  const letter = () => pick(draws, [...'abcd']);
  const inputs = Array.from({ length: 1 + draws.below(3) }, () =>
    Array.from({ length: draws.below(4) }, letter).join(''),
  );
  const letters = [...new Set(inputs.join(''))].filter(() => draws.below(2) === 0);
  return `${inputs.join(',')}->${letters.join('')}`;
}

/** By going through all values of all letters. */
function naively(inputs: readonly string[], output: string, operands: readonly Tensor[]): number[] {
  const letters = [...new Set([...output, ...inputs.join('')])];
  const found = new Array<number>([...output].reduce((product, label) => product * sizeOf(label), 1)).fill(0);
  const at = (labels: string, indices: ReadonlyMap<string, number>) =>
    [...labels].reduce((place, label) => place * sizeOf(label) + indices.get(label)!, 0);
  const walk = (depth: number, indices: Map<string, number>): void => {
    if (depth < letters.length) {
      for (let index = 0; index < sizeOf(letters[depth]!); index++) {
        walk(depth + 1, new Map(indices).set(letters[depth]!, index));
      }
      return;
    }
    found[at(output, indices)]! += inputs.reduce((product, labels, place) => {
      const { origin } = operands[place]!;
      return product * Number(origin.kind === 'constant' && origin.data[at(labels, indices)]);
    }, 1);
  };
  walk(0, new Map());
  return found;
}
