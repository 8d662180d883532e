import * as f from '../functions.ts';
import { type Call, float, type Rows } from './row.ts';

const activation = { arity: [1, 1], takes: 'float', shape: ({ a }: Call) => a.shape } as const;

/** What stands between the layers of a network, element by element. */
export const ACTIVATIONS: Rows = {
  // By two casts, which ONNX Runtime computes faster than a comparison and a Where.
  Relu: {
    ...activation,
    gradient: ({ y, dy }) => [f.mul(dy, f.cast(f.cast(y, 'bool'), dy.dtype))],
    note: 'at 0 the gradient is 0',
  },
  LeakyRelu: {
    ...activation,
    note: 'at 0 the gradient is alpha',
    attributes: { alpha: 'float' },
    gradient: step => [f.where(f.greater(step.a, 0), step.dy, f.mul(step.dy, float(step, 'alpha', 0.01)))],
  },
  Elu: {
    ...activation,
    attributes: { alpha: 'float' },
    gradient: step => {
      const { a, y, dy } = step;
      return [f.where(f.greater(a, 0), dy, f.mul(dy, f.add(y, float(step, 'alpha', 1))))];
    },
  },
  Sigmoid: { ...activation, gradient: ({ y, dy }) => [f.mul(dy, f.mul(y, f.sub(1, y)))] },
  Softplus: { ...activation, gradient: ({ a, dy }) => [f.mul(dy, f.sigmoid(a))] },
  Softsign: {
    ...activation,
    gradient: ({ y, dy }) => {
      const slope = f.sub(1, f.abs(y));
      return [f.mul(dy, f.mul(slope, slope))];
    },
  },
  HardSigmoid: {
    ...activation,
    note: 'at both of its kinks the gradient is 0',
    attributes: { alpha: 'float', beta: 'float' },
    gradient: step => {
      const sloping = f.and(f.greater(step.y, 0), f.less(step.y, 1));
      return [f.where(sloping, f.mul(step.dy, float(step, 'alpha', 0.2)), 0)];
    },
  },
  HardSwish: {
    ...activation,
    gradient: ({ a, dy }) => {
      // The operation is defined by a HardSigmoid, whose slope of 1/6 is an attribute, a float32.
      const between = f.mul(dy, f.add(f.mul(a, 2 * Math.fround(1 / 6)), 0.5));
      return [f.where(f.lessOrEqual(a, -3), 0, f.where(f.greater(a, 3), dy, between))];
    },
  },
};
