import * as f from '../functions.ts';
import { isGiven, type Tensor } from '../tensor.ts';
import { type Call, float, int, mismatch, type Rows, type Step } from './row.ts';
import { axisOf, broadcast, same, show } from './rules/shapes.ts';

/** Elements brought to one mean and scale. */
export const NORMALISATION: Rows = {
  /**
   * Along the axes from `axis` on: (x - mean) / sqrt(variance + epsilon) scale + bias, then the mean and the inverse
   * deviation, both float32 for any type of x (Ba, Kiros and Hinton, "Layer normalization", 2016, section 3).
   */
  LayerNormalization: {
    note: 'mean and inverse deviation are float32 for any type, and gradients of float64 as precise as those',
    arity: [2, 3],
    takes: 'float',
    attributes: { axis: 'int', epsilon: 'float' },
    shape: call => {
      const { a, b, c } = call;
      const fits = [b, ...(isGiven(c) ? [c] : [])].every(each => same(broadcast(a.shape, each.shape), a.shape));
      return fits ? a.shape : mismatch(`a scale and a bias that broadcast to ${show(a.shape)}`, show(b.shape));
    },
    also: call => [0, 1].map(() => ({ dtype: 'float32' as const, shape: statistics(call) })),
    spare: true,
    gradient: step => {
      const { a, b, c, y, dy, ys, inputs } = step;
      const axes = normalised(step);
      const [mean, inverse] = [f.cast(ys[1]!, a.dtype), f.cast(ys[2]!, a.dtype)];
      // What the forward pass left behind: the output itself where it is not scaled, else its mean and deviation.
      const plain = isOnes(b) && !isGiven(c);
      const centred = plain ? y : f.mul(f.sub(a, mean), inverse);
      const scaled = plain ? dy : f.mul(dy, b);
      const along = f.mean(f.mul(scaled, centred), axes, { keep: true });
      const rest = f.sub(f.sub(scaled, f.mean(scaled, axes, { keep: true })), f.mul(centred, along));
      const da = statisticsGradient(step, centred, inverse).reduce(f.add, f.mul(rest, inverse));
      return [da, f.mul(dy, centred), dy].slice(0, inputs.length);
    },
  },
  /**
   * Along all axes but that of the channels, by a mean and a variance that training left behind: (x - mean) /
   * sqrt(variance + epsilon) scale + bias (Ioffe and Szegedy, "Batch Normalization", 2015, section 3.1).
   */
  BatchNormalization: {
    note: 'by statistics that training left behind; not in its training mode',
    arity: [5, 5],
    takes: 'float',
    attributes: { epsilon: 'float', momentum: 'float', training_mode: 'int' },
    shape: call => {
      if (int(call, 'training_mode', 0) !== 0) return mismatch('a training_mode of 0', '1');
      const channels = call.a.shape[1] ?? mismatch('a batch and channels', show(call.a.shape));
      const fits = call.inputs.slice(1).every(({ shape }) => same(shape, [channels]));
      return fits ? call.a.shape : mismatch(`scale, bias, mean and variance of [${channels}]`, 'others');
    },
    gradient: step => {
      const { a, b, dy, inputs } = step;
      const others = [...a.shape.keys()].filter(axis => axis !== 1);
      const trailing = others.slice(1).map((_, axis) => axis + 1);
      const alongside = (vector: Tensor) => (trailing.length === 0 ? vector : f.unsqueeze(vector, trailing));
      const inverse = f.div(1, f.sqrt(f.add(inputs[4]!, float(step, 'epsilon', 1e-5))));
      const centred = f.sub(a, alongside(inputs[3]!));
      const summed = f.sum(dy, others);
      const weighted = f.mul(f.sum(f.mul(dy, centred), others), inverse);
      const slope = f.mul(b, inverse);
      const ofVariance = f.mul(f.mul(weighted, f.mul(slope, inverse)), -0.5);
      return [f.mul(dy, alongside(slope)), weighted, summed, f.neg(f.mul(summed, slope)), ofVariance];
    },
  },
};

/** What goes back from the mean and the inverse deviation, where a loss depends on them, as gradients do. */
function statisticsGradient({ a, dys }: Step, centred: Tensor, inverse: Tensor): Tensor[] {
  const count = f.div(f.cast(f.size(a), a.dtype), f.cast(f.size(inverse), a.dtype));
  const [ofMean, ofInverse] = dys.slice(1).map(dy => dy && f.div(f.cast(dy, a.dtype), count));
  const deviation = ofInverse && f.neg(f.mul(f.mul(f.mul(ofInverse, inverse), inverse), centred));
  return [ofMean, deviation].filter(each => each !== undefined);
}

function isOnes({ origin }: Tensor): boolean {
  return origin.kind === 'constant' && origin.data.every(each => Number(each) === 1);
}

function normalised(call: Call): number[] {
  const first = axisOf(int(call, 'axis', -1), call.a.shape.length);
  return [...call.a.shape.keys()].filter(axis => axis >= first);
}

function statistics(call: Call) {
  const axes = normalised(call);
  return call.a.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
}
