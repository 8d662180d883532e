import { describe, expect, it } from 'vitest';
import * as f from '../../../models/graph/functions.ts';
import { graphOf } from '../../../models/graph/graph.ts';
import { openSession, value } from '../../../models/graph/runtime.ts';
import { constant, type Graph, input, type Tensor } from '../../../models/graph/tensor.ts';
import { convolve, foldBatchNorm } from '../../../models/images/convolution.ts';
import { efficientNetLite0, SIDE } from '../../../models/images/efficientnet.ts';
import { random } from '../../../models/random.ts';
import { tinyNetwork } from './tiny-network.ts';

async function run(graph: Graph, pixels: Float32Array, dims: number[]) {
  const session = await openSession(graph);
  const found = await session.run({ pixels: value('float32', pixels, dims) });
  await session.release();
  return found;
}

function noise(seed: number, length: number): Float32Array {
  const draws = random(seed);
  return Float32Array.from({ length }, () => draws.normal());
}

describe('a folded batch normalisation', () => {
  it('is what the convolution and it are one after the other, epsilon included', async () => {
    const weights = tinyNetwork(1);
    const named = (name: string): Tensor => {
      const { data, shape } = weights.get(name)!;
      return constant('float32', data as Float32Array, shape);
    };
    const x = input('pixels', 'float32', [2, 3, 9, 9]);
    const apart = f.batchNorm(
      f.conv(x, named('_conv_stem.weight'), { strides: [2, 2], pads: [1, 1, 1, 1] }),
      [named('_bn0.weight'), named('_bn0.bias'), named('_bn0.running_mean'), named('_bn0.running_var')],
      0.3,
    );
    const folded = convolve(x, foldBatchNorm(weights, '_conv_stem', '_bn0', 0.3), { stride: 2 });
    const found = await run(graphOf({ apart, folded }), noise(2, 2 * 3 * 81), [2, 3, 9, 9]);
    expect(found.folded!.dims).toEqual([2, 4, 5, 5]);
    for (const [at, expected] of (found.apart!.data as Float32Array).entries()) {
      expect(found.folded!.data[at]).toBeCloseTo(expected, 5);
    }
  });

  it('asks for its weights', () => {
    const weights = tinyNetwork(1);
    weights.delete('_bn0.running_var');
    expect(() => foldBatchNorm(weights, '_conv_stem', '_bn0', 0)).toThrow(
      /a weight _bn0\.running_var of float32; got none/,
    );
    weights.set('_bn0.running_var', { dtype: 'float32', shape: [3], data: new Float32Array(3) });
    expect(() => foldBatchNorm(weights, '_conv_stem', '_bn0', 0)).toThrow(/the shape \[4\]; got \[3\]/);
  });
});

it.each([
  [1, 3, 4, [1, 1, 1, 0]],
  [2, 3, 4, [1, 0]],
  [2, 3, 5, [1, 1, 0]],
  [2, 5, 5, [1, 1, 0]],
])(
  'with stride %i a kernel of %i over %i places has the zeros of TensorFlow around it',
  async (stride, size, side, sees) => {
    // A kernel that has its last column alone sees 1 over the picture and 0 over the zeros behind it.
    const kernel = new Float32Array(size * size);
    kernel[Math.floor(size / 2) * size + size - 1] = 1;
    const x = input('pixels', 'float32', [1, 1, side, side]);
    const y = convolve(
      x,
      { kernels: constant('float32', kernel, [1, 1, size, size]), bias: constant('float32', new Float32Array(1), [1]) },
      { stride },
    );
    const found = await run(graphOf({ y }), new Float32Array(side * side).fill(1), [1, 1, side, side]);
    const places = sees.length;
    const row = [...(found.y!.data as Float32Array).subarray(0, places)];
    expect(found.y!.dims).toEqual([1, 1, places, places]);
    expect(row).toEqual(sees);
  },
);

describe('the network', () => {
  const pixels = noise(3, 2 * 3 * SIDE * SIDE);

  it('gives vectors of length 1 that do not know of each other, and differ', async () => {
    const graph = efficientNetLite0(tinyNetwork(4));
    const both = await run(graph, pixels, [2, 3, SIDE, SIDE]);
    const second = await run(graph, pixels.slice(pixels.length / 2), [1, 3, SIDE, SIDE]);
    const vectors = both.vector!.data as Float32Array;
    expect(both.vector!.dims).toEqual([2, 12]);
    expect(both.logits!.dims).toEqual([2, 5]);
    for (const row of [vectors.subarray(0, 12), vectors.subarray(12)]) {
      expect(Math.hypot(...row)).toBeCloseTo(1, 5);
    }
    expect([...vectors.subarray(0, 12)]).not.toEqual([...vectors.subarray(12)]);
    for (const [at, each] of (second.vector!.data as Float32Array).entries()) {
      expect(vectors[12 + at]).toBeCloseTo(each, 5);
    }
  });

  it('asks for its weights', () => {
    const weights = tinyNetwork(4);
    weights.delete('_blocks.7._expand_conv.weight');
    expect(() => efficientNetLite0(weights)).toThrow(/a weight _blocks\.7\._expand_conv\.weight/);
  });
});
