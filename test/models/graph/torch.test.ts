import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as f from '../../../models/graph/functions.ts';
import { gradients } from '../../../models/graph/gradients.ts';
import { graphOf } from '../../../models/graph/graph.ts';
import { openSession, value } from '../../../models/graph/runtime.ts';
import { constant, type Dtype, dataOf, input, type Tensor } from '../../../models/graph/tensor.ts';
import * as losses from '../../../models/graph/training/losses.ts';

/** What bench/torch/cases.py writes. */
interface Case {
  name: string;
  inputs: (Numbers & { dtype: Dtype })[];
  options: Options;
  output: Numbers;
  direction: number[];
  gradients: (Numbers | null)[];
}
interface Numbers {
  shape: number[];
  data: number[];
}
type Options = Record<'axis' | 'alpha' | 'beta' | 'epsilon' | 'k' | 'low' | 'high' | 'value' | 'temperature', number> &
  Record<'axes' | 'perm' | 'shape' | 'sizes' | 'before' | 'after' | 'starts' | 'ends' | 'steps', number[]> &
  Record<'kernel' | 'strides' | 'pads' | 'dilations', number[]> &
  Record<'keep' | 'largest' | 'causal' | 'mean' | 'unit' | 'transA' | 'transB', boolean> & {
    equation: string;
    group: number;
    scale: number | null;
  };
/** Where an operand is optional, some cases lack the third. */
type Form = (
  inputs: readonly [Tensor, Tensor, Tensor, ...Tensor[]],
  options: Options,
  fed: readonly (readonly number[])[],
) => Tensor;

const fixture = new URL('fixtures/torch-ops.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(fixture, 'utf8')) as { cases: Case[] };

const FORMS: Record<string, Form> = {
  neg: ([x]) => f.neg(x),
  abs: ([x]) => f.abs(x),
  exp: ([x]) => f.exp(x),
  log: ([x]) => f.log(x),
  sqrt: ([x]) => f.sqrt(x),
  relu: ([x]) => f.relu(x),
  sigmoid: ([x]) => f.sigmoid(x),
  tanh: ([x]) => f.tanh(x),
  softplus: ([x]) => f.softplus(x),
  erf: ([x]) => f.erf(x),
  gelu: ([x]) => f.gelu(x),
  geluTanh: ([x]) => f.geluTanh(x),
  silu: ([x]) => f.silu(x),
  reciprocal: ([x]) => f.reciprocal(x),
  sin: ([x]) => f.sin(x),
  cos: ([x]) => f.cos(x),
  leakyRelu: ([x], { alpha }) => f.leakyRelu(x, alpha),
  elu: ([x], { alpha }) => f.elu(x, alpha),
  clip: ([x], { low, high }) => f.clip(x, low, high),
  add: ([a, b]) => f.add(a, b),
  sub: ([a, b]) => f.sub(a, b),
  mul: ([a, b]) => f.mul(a, b),
  div: ([a, b]) => f.div(a, b),
  min: ([a, b]) => f.min(a, b),
  max: ([a, b]) => f.max(a, b),
  pow: ([a, b]) => f.pow(a, b),
  where: ([condition, yes, no]) => f.where(condition, yes, no),
  matmul: ([a, b]) => f.matmul(a, b),
  matmulOfVectors: ([a, b]) => f.matmul(a, b),
  einsum: (operands, { equation }) => f.einsum(equation, ...operands),
  attention: ([q, k, v, mask], { causal, scale }) =>
    f.attention(q, k, v, { causal, ...(mask && { mask }), ...(scale !== null && { scale }) }),
  gemm: ([a, b, c], { transA, transB, alpha, beta }) => f.gemm(a, b, { ...(c && { c }), transA, transB, alpha, beta }),
  sum: ([x], { axes, keep }) => f.sum(x, axes, { keep }),
  mean: ([x], { axes, keep }) => f.mean(x, axes, { keep }),
  reduceMax: ([x], { axes, keep }) => f.reduceMax(x, axes, { keep }),
  reduceMin: ([x], { axes, keep }) => f.reduceMin(x, axes, { keep }),
  l2Norm: ([x], { axes, keep }) => f.l2Norm(x, axes, { keep }),
  logSumExp: ([x], { axes, keep }) => f.logSumExp(x, axes, { keep }),
  softmax: ([x], { axis }) => f.softmax(x, axis),
  logSoftmax: ([x], { axis }) => f.logSoftmax(x, axis),
  layerNorm: ([x, scale, bias], { epsilon }) => f.layerNorm(x, { scale, bias, epsilon }),
  rmsNorm: ([x, scale], { epsilon }) => f.rmsNorm(x, { scale, epsilon }),
  gather: ([x, indices], { axis }) => f.gather(x, indices, axis),
  gatherElements: ([x, indices], { axis }) => f.gatherElements(x, indices, axis),
  topK: ([x], { k, axis, largest }) => f.topK(x, k, axis, { largest })[0],
  scatterNdAdd: ([x, indices, updates]) => f.scatterNd(x, indices, updates, 'add'),
  concat: (inputs, { axis }) => f.concat(inputs, axis),
  split: ([x], { axis, sizes }) => f.concat(f.split(x, sizes, axis).toReversed(), axis),
  slice: ([x], { starts, ends, axes, steps }) =>
    axes.reduce((part: Tensor, axis, k) => f.slice(part, axis, starts[k]!, ends[k]!, steps[k]), x),
  pad: ([x], { before, after, value }) => f.pad(x, before, after, value),
  transpose: ([x], { perm }) => f.transpose(x, perm),
  reshape: ([x], { shape }) => f.reshape(x, shape),
  expand: ([x], { shape }) => f.expand(x, shape),
  conv: ([x, kernels, bias], { group, strides, pads, dilations }) =>
    f.conv(x, kernels, { ...(bias && { bias }), group, strides, pads, dilations }),
  maxPool: ([x], { kernel, strides, pads }) => f.maxPool(x, kernel, { strides, pads }),
  averagePool: ([x], { kernel, strides, pads }) => f.averagePool(x, kernel, { strides, pads }),
  globalAveragePool: ([x]) => f.globalAveragePool(x),
  batchNorm: ([x, ...rest], { epsilon }) => f.batchNorm(x, rest as [Tensor, Tensor, Tensor, Tensor], epsilon),
  binaryCrossEntropy: ([logits, labels]) => losses.binaryCrossEntropy(logits, labels),
  weightedBinaryCrossEntropy: ([logits, labels, weights]) =>
    losses.weightedMean(losses.binaryCrossEntropy(logits, labels), weights),
  crossEntropy: ([logits, classes]) => losses.crossEntropy(logits, classes),
  crossEntropyOfDistributions: ([logits, labels]) => losses.crossEntropy(logits, labels),
  sampledSoftmax: ([hidden, targets, , negatives, , logQ, targetLogQ], _, fed) => {
    const pairs = losses.accidentalHits(Int32Array.from(fed[2]!), Int32Array.from(fed[4]!));
    const hits = constant('int64', pairs, [pairs.length / 2, 2]);
    const sampled = { hidden, targets, negatives: negatives!, logQ: logQ!, hits };
    return losses.sampledSoftmax(targetLogQ ? { ...sampled, targetLogQ } : sampled);
  },
  bpr: ([positives, negatives]) => losses.bpr(positives, negatives),
  infoNce: ([a, b], { temperature, unit }) => {
    const [first, second] = [a, b].map(x => (unit ? f.div(x, f.sqrt(f.sum(f.mul(x, x), [1], { keep: true }))) : x));
    return f.mean(losses.infoNce(first!, second!, temperature));
  },
  listwiseSoftmax: ([scores, gains, taken]) => losses.listwiseSoftmax(scores, gains, taken),
};

/** Of the largest number of its tensor, or of 1. The worst seen is 1.2e-6, of sigmoid far from 0. */
const TOLERANCE = 3e-6;

describe('outputs and gradients are those of PyTorch', () => {
  it('in everything that PyTorch was asked for', () => {
    const asked = [...new Set(cases.map(({ name }) => name))].toSorted();
    expect(Object.keys(FORMS).toSorted()).toEqual(asked);
  });

  it.each(Object.keys(FORMS))('%s', async name => {
    for (const each of cases.filter(one => one.name === name)) {
      const where = `${name}(${each.inputs.map(({ shape }) => `[${shape.join(', ')}]`).join(', ')})`;
      const { output, slopes } = await computed(FORMS[name]!, each);
      expectNear(output, each.output, where);
      for (const [place, slope] of each.gradients.entries()) {
        if (slope) expectNear(slopes[place]!, slope, `${where}, gradient ${place}`);
      }
    }
  });
});

async function computed(form: Form, { inputs, options, output, direction, gradients: wanted }: Case) {
  const tensors = inputs.map(({ dtype, shape }, place) => input(`x${place}`, dtype, shape));
  const y = form(
    tensors as [Tensor, Tensor, Tensor],
    options,
    inputs.map(({ data }) => data),
  );
  const along = constant('float32', Float32Array.from(direction), output.shape);
  const places = [...wanted.keys()].filter(place => wanted[place]);
  const slopes = gradients(
    f.sum(f.mul(y, along)),
    places.map(place => tensors[place]!),
  );
  const named = Object.fromEntries(places.map((place, k) => [`slope${place}`, slopes[k]!]));
  const session = await openSession(graphOf({ y, ...named }));
  const fed = inputs.map(({ dtype, shape, data }, place) => [`x${place}`, value(dtype, dataOf(dtype, data), shape)]);
  const results = await session.run(Object.fromEntries(fed));
  await session.release();
  return { output: results.y!, slopes: wanted.map((_, place) => results[`slope${place}`]) };
}

function expectNear(
  { dims, data }: { dims: readonly number[]; data: ArrayLike<number | bigint> },
  expected: Numbers,
  where: string,
): void {
  expect(dims, where).toEqual(expected.shape);
  const scale = expected.data.reduce((most, each) => Math.max(most, Math.abs(each)), 1);
  const away = expected.data.map((each, place) => Math.abs(Number(data[place]) - each));
  expect(Math.max(0, ...away) / scale, where).toBeLessThan(TOLERANCE);
}
