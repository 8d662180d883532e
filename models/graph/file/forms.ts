import { apply, applyAll } from '../apply.ts';
import * as f from '../functions.ts';
import { float, int, ints, mismatch, text } from '../ops/row.ts';
import { axisOf, quotient, show, sizeOf } from '../ops/rules/shapes.ts';
import { known, target, valuesOf } from '../ops/rules/values.ts';
import { constant, dataOf, integers, isGiven, type Shape, scalar, type Tensor } from '../tensor.ts';
import type { Read } from './read.ts';

/** A list that was an attribute, as the input that it became; undefined where the node has none. */
export function listed(node: Read, name: string): Tensor | undefined {
  return node.attributes[name] === undefined ? undefined : integers(ints(node, name));
}

/** The same operation with one of its attributes, the others without meaning today. */
export function only({ op, inputs, attributes }: Read, name: string): readonly Tensor[] {
  const value = attributes[name];
  return applyAll(op, inputs, value === undefined ? {} : { [name]: value });
}

export function clipped(node: Read): Tensor {
  const [x] = node.inputs as [Tensor];
  const lowest = -3.4028234663852886e38;
  return f.clip(x, float(node, 'min', lowest), float(node, 'max', -lowest));
}

/** Parts along an axis: of given sizes, or as equal as they can be, the last one smaller. */
export function parts(node: Read, sizes: Tensor | undefined): readonly Tensor[] {
  const [x] = node.inputs as [Tensor];
  const axis = axisOf(int(node, 'axis', 0), x.shape.length);
  if (isGiven(sizes)) return f.split(x, sizes, axis);
  const count = int(node, 'num_outputs', node.outputs);
  const whole = sizeOf(x.shape[axis]!);
  const each = Math.ceil(whole / count);
  return f.split(
    x,
    Array.from({ length: count }, (_, place) => Math.min(each, Math.max(whole - place * each, 0))),
    axis,
  );
}

/** Margins of one number, which may be an attribute, or of what stands in the tensor itself. */
export function padded(node: Read, pads: Tensor | undefined): Tensor {
  const [x, , fed, along] = node.inputs as [Tensor, Tensor?, Tensor?, Tensor?];
  const mode = text(node, 'mode', 'constant');
  if (!pads) return mismatch('pads', 'none');
  if (mode === 'constant') {
    const value = fed ?? scalar(float(node, 'value', 0), x.dtype);
    return apply('Pad', [x, pads, value, ...(along ? [along] : [])]);
  }
  const sizes = known(pads, 'pads');
  const axes = isGiven(along) ? known(along, 'axes').map(axis => axisOf(axis, x.shape.length)) : [...x.shape.keys()];
  return axes.reduce((grown, axis, place) => {
    const [before, after] = [sizes[place] ?? 0, sizes[place + axes.length] ?? 0];
    if (before === 0 && after === 0) return grown;
    return f.gather(grown, integers(mirrored(mode, sizeOf(x.shape[axis]!), before, after)), axis);
  }, x);
}

/** Which places of an axis a padded one repeats. */
function mirrored(mode: string, size: number, before: number, after: number): number[] {
  const places = Array.from({ length: before + size + after }, (_, place) => place - before);
  const period = Math.max(2 * (size - 1), 1);
  const wrapped = (place: number, length: number) => ((place % length) + length) % length;
  switch (mode) {
    case 'edge':
      return places.map(place => Math.min(Math.max(place, 0), size - 1));
    case 'reflect':
      return places.map(place => size - 1 - Math.abs(wrapped(place, period) - (size - 1)));
    case 'wrap':
      return places.map(place => wrapped(place, size));
    default:
      return mismatch('a mode of constant, edge, reflect or wrap', mode);
  }
}

/** `allowzero` makes a 0 mean a size of 0, which here always means that a size stays. */
export function reshaped({ inputs, attributes }: Read): Tensor {
  const [x, shape] = inputs as [Tensor, Tensor];
  if (attributes.allowzero === 1 && target(shape).includes(0)) return mismatch('sizes above 0', show(target(shape)));
  return apply('Reshape', [x, shape]);
}

/** Matrices, or vectors that are taken as a row on the left and as a column on the right. */
export function product(a: Tensor, b: Tensor): Tensor {
  if (a.shape.length === 1) return f.squeeze(product(f.unsqueeze(a, [0]), b), b.shape.length === 1 ? [0] : [-2]);
  return b.shape.length === 1 ? f.squeeze(f.matmul(a, f.unsqueeze(b, [-1])), [-1]) : f.matmul(a, b);
}

/** Softmax as it was before operator set 13: over all axes from one on, taken together. */
export function overTheRest({ op, inputs, attributes }: Read): Tensor {
  const [x] = inputs as [Tensor];
  const axis = axisOf(int({ attributes }, 'axis', 1), x.shape.length);
  if (axis === x.shape.length - 1) return apply(op, [x], { axis: -1 });
  const flat = f.reshape(x, [...x.shape.slice(0, axis).map(() => 0), -1]);
  return f.reshape(apply(op, [flat], { axis: -1 }), f.shapeOf(x));
}

/** A constant, in whichever of its forms. */
export function constantIn({ attributes, tensors }: Read): Tensor {
  const { value_float, value_floats, value_int, value_ints } = attributes;
  if (tensors.value) return tensors.value;
  if (typeof value_float === 'number') return scalar(value_float);
  if (typeof value_int === 'number') return scalar(value_int, 'int64');
  if (Array.isArray(value_floats)) return constant('float32', dataOf('float32', value_floats), [value_floats.length]);
  if (Array.isArray(value_ints)) return integers(value_ints);
  return mismatch('a constant of numbers', Object.keys(attributes).join(', '));
}

/** One number everywhere, 0 where none is said. */
export function filled({ inputs, tensors }: Read): Tensor {
  const number = tensors.value ?? scalar(0);
  const { origin } = number;
  if (origin.kind !== 'constant' || origin.data.length !== 1) return mismatch('one number', show(number.shape));
  return f.expand(constant(number.dtype, origin.data, []), inputs[0]!);
}

/** What is served drops nothing; the mask says that all is kept. */
export function dropout(node: Read): readonly Tensor[] {
  const [x, , training] = node.inputs as [Tensor, Tensor?, Tensor?];
  if (isGiven(training) && valuesOf(training)?.[0] !== 0) return applyAll('Dropout', node.inputs, node.attributes);
  return [x, f.expand(constant('bool', Uint8Array.of(1), []), f.shapeOf(x))];
}

/** The axes before one and those from it on, each taken together. */
export function flattened(node: Read): Tensor {
  const [x] = node.inputs as [Tensor];
  const rank = x.shape.length;
  const axis = int(node, 'axis', 1);
  const at = axis === rank ? rank : axisOf(axis, rank);
  const count = (dims: Shape) => dims.reduce<number>((size, dim) => size * sizeOf(dim), 1);
  if (at === 1) return f.reshape(x, [0, -1]);
  return x.shape.slice(at).every(dim => typeof dim === 'number')
    ? f.reshape(x, [-1, count(x.shape.slice(at))])
    : f.reshape(x, [count(x.shape.slice(0, at)), -1]);
}

export function gelu(node: Read): Tensor {
  const [x] = node.inputs as [Tensor];
  return text(node, 'approximate', 'none') === 'tanh' ? f.geluTanh(x) : f.gelu(x);
}

/** Klambauer and others, "Self-Normalizing Neural Networks", 2017. */
export function selu(node: Read): Tensor {
  const alpha = float(node, 'alpha', 1.6732632423543772);
  return f.mul(f.elu(node.inputs[0]!, alpha), float(node, 'gamma', 1.0507009873554805));
}

export function normalised(node: Read): Tensor {
  const [x] = node.inputs as [Tensor];
  const axes = [int(node, 'axis', -1)];
  const norm = int(node, 'p', 2) === 1 ? f.sum(f.abs(x), axes, { keep: true }) : f.l2Norm(x, axes, { keep: true });
  return f.div(x, norm);
}

/** Each channel of each element of the batch brought to mean 0 and variance 1, then scaled. */
export function instances(node: Read): Tensor {
  const [x] = node.inputs as [Tensor];
  return scaled(node, standardised(x, [...x.shape.keys()].slice(2), node));
}

/** The same for groups of channels together (Wu and He, "Group Normalization", 2018), then scaled by channel. */
export function groups(node: Read): Tensor {
  const [x, scale] = node.inputs as [Tensor, Tensor];
  if (scale.shape[0] !== x.shape[1])
    return mismatch('a scale for each channel, as from operator set 21 on', show(scale.shape));
  const grouped = f.reshape(x, [0, int(node, 'num_groups'), -1]);
  return scaled(node, f.reshape(standardised(grouped, [2], node), f.shapeOf(x)));
}

function standardised(x: Tensor, axes: readonly number[], node: Read): Tensor {
  const centred = f.sub(x, f.mean(x, axes, { keep: true }));
  const variance = f.mean(f.mul(centred, centred), axes, { keep: true });
  return f.div(centred, f.sqrt(f.add(variance, float(node, 'epsilon', 1e-5))));
}

function scaled({ inputs: [, scale, bias] }: Read, x: Tensor): Tensor {
  const trailing = [...x.shape.keys()].slice(2).map(axis => axis - 1);
  return f.add(f.mul(x, f.unsqueeze(scale!, trailing)), f.unsqueeze(bias!, trailing));
}

/** ONNX Runtime's name for the normalisation by the root of the mean square. */
export function meanSquare(node: Read): Tensor {
  const [x, scale] = node.inputs as [Tensor, Tensor];
  const last = x.shape.length - 1;
  if (axisOf(int(node, 'axis', -1), x.shape.length) !== last) return mismatch(`the axis ${last}`, show(x.shape));
  return f.rmsNorm(x, { scale, epsilon: float(node, 'epsilon', 1e-5) });
}

/** [N, C, H, W] to [N, C / b^2, b H, b W]. */
export function depthToSpace(node: Read): Tensor {
  const [x] = node.inputs as [Tensor];
  const { block, channels, height, width } = blocks(node);
  const depth = quotient(channels, block * block) ?? mismatch(`channels divided by ${block ** 2}`, show(x.shape));
  const byDepth = text(node, 'mode', 'DCR') === 'DCR';
  const split = byDepth ? [block, block, Number(depth)] : [Number(depth), block, block];
  const wide = f.reshape(x, [0, ...split, height, width]);
  const moved = f.transpose(wide, byDepth ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3]);
  return f.reshape(moved, [0, Number(depth), block * height, block * width]);
}

/** [N, C, b H, b W] to [N, b^2 C, H, W]. */
export function spaceToDepth(node: Read): Tensor {
  const { block, channels, height, width } = blocks(node);
  const wide = f.reshape(node.inputs[0]!, [0, channels, height / block, block, width / block, block]);
  return f.reshape(f.transpose(wide, [0, 3, 5, 1, 2, 4]), [0, block * block * channels, height / block, width / block]);
}

function blocks(node: Read) {
  const { shape } = node.inputs[0]!;
  const [channels, height, width] = shape.slice(1).map(sizeOf) as [number, number, number];
  return shape.length === 4
    ? { block: int(node, 'blocksize'), channels, height, width }
    : mismatch('four axes', show(shape));
}
