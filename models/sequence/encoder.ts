import * as f from '../graph/functions.ts';
import { constant, integers, type Tensor } from '../graph/tensor.ts';
import type { ParameterShapes, Parameters } from '../graph/training/parameters.ts';
import type { Random } from '../random.ts';

/** Sizes of a self-attention encoder. */
export interface SequenceShape {
  /** D, of every vector. */
  width: number;
  /** The places that a sequence may have at most. */
  length: number;
  blocks: number;
  /** Into how many the attention of a block is divided. */
  heads: number;
  /** Of what lies between the two linear layers of a block. */
  forward: number;
}

/** What is left out while training, where: Kang and McAuley, section III-E. */
export interface SequenceDropout {
  /** The share of what goes into the first block, of weights of attention, and of what each layer adds. */
  readonly rate: number;
  readonly noise: f.Noise;
}

/**
 * Self-attention over what a user did, each place looking at itself and those before it: SASRec (Kang and McAuley,
 * "Self-attentive sequential recommendation", 2018, section III), with several heads, and keys and values from the
 * normalised sequence, as the queries are.
 *
 * @param items [B, L, D], oldest first, L at most `length`; no place sees what is behind it, so shorter sequences may
 *   be filled up at their ends
 * @param parameters those of `sequenceShapes(shape)`
 * @returns [B, L, D]: at each place what comes next
 */
export function encodeSequence(
  items: Tensor,
  shape: SequenceShape,
  parameters: Parameters,
  dropout?: SequenceDropout,
): Tensor {
  const { width, blocks, heads } = shape;
  const p = (name: string): Tensor => parameters[name]!;
  const places = f.sizeAlong(items, 1);
  const first = (x: Tensor, axis: number) => (items.shape[1] === shape.length ? x : f.slice(x, axis, 0, places));
  const later = first(first(laterPlaces(shape.length), 0), 1);
  const flat = (x: Tensor) => f.reshape(x, [-1, width]);
  const asSequences = f.concat([integers([-1]), places, integers([width])], 0);
  const sequences = (x: Tensor) => f.reshape(x, asSequences);
  const thinned = (x: Tensor) => (dropout ? f.dropout(x, dropout.rate, dropout.noise) : x);

  let h = thinned(flat(f.add(items, first(p('position'), 0))));
  for (let block = 0; block < blocks; block++) {
    const linear = (x: Tensor, name: string) =>
      f.gemm(x, p(`block${block}.${name}.weight`), { c: p(`block${block}.${name}.bias`) });
    const linearOfNorm = (x: Tensor, norm: string, name: string) =>
      normalisedLinear(x, width, {
        scale: p(`block${block}.${norm}.scale`),
        shift: p(`block${block}.${norm}.shift`),
        weight: p(`block${block}.${name}.weight`),
        bias: p(`block${block}.${name}.bias`),
      });
    const [query, key, values] = ['query', 'key', 'value'].map(name =>
      sequences(linearOfNorm(h, 'before_attention', name)),
    ) as [Tensor, Tensor, Tensor];
    const seen = f.attention(query, key, values, {
      mask: later,
      ...(heads > 1 && { heads }),
      ...(dropout && { dropout }),
    });
    h = f.add(h, thinned(linear(flat(seen), 'out')));
    const forward = thinned(f.relu(linearOfNorm(h, 'before_forward', 'forward')));
    h = f.add(h, thinned(linear(forward, 'back')));
  }
  return sequences(f.add(f.mul(f.layerNorm(h), p('last.scale')), p('last.shift')));
}

/** The parameters of a self-attention encoder. */
export function sequenceShapes({ width, length, blocks, forward }: SequenceShape): ParameterShapes {
  const norm = (name: string) => ({ [`${name}.scale`]: [width], [`${name}.shift`]: [width] });
  const linear = (name: string, from = width, to = width) => ({
    [`${name}.weight`]: [from, to],
    [`${name}.bias`]: [to],
  });
  const block = (place: number) => ({
    ...norm(`block${place}.before_attention`),
    ...Object.assign({}, ...['query', 'key', 'value', 'out'].map(name => linear(`block${place}.${name}`))),
    ...norm(`block${place}.before_forward`),
    ...linear(`block${place}.forward`, width, forward),
    ...linear(`block${place}.back`, forward, width),
  });
  return {
    position: [length, width],
    ...Object.assign({}, ...Array.from({ length: blocks }, (_, place) => block(place))),
    ...norm('last'),
  };
}

/** Scales at 1, shifts and biases at 0, weights with variance 1 / fan-in, positions small. */
export function initialiseSequence(
  parameters: Readonly<Record<string, Float32Array>>,
  { width, forward }: SequenceShape,
  random: Random,
): void {
  for (const [name, values] of Object.entries(parameters)) {
    if (name.endsWith('.scale')) values.fill(1);
    const fanIn = name.endsWith('.back.weight') ? forward : width;
    const deviation = name.endsWith('.weight') ? Math.sqrt(1 / fanIn) : name === 'position' ? 0.02 : 0;
    if (deviation > 0) for (let k = 0; k < values.length; k++) values[k] = deviation * random.normal();
  }
}

/**
 * A linear layer on a normalised vector, norm(x) = x^ scale + shift, as one product with x^: scale and shift go into
 * the weight and the bias, which are small, so that no pass over all vectors is spent on them, nor on their gradients.
 */
function normalisedLinear(
  x: Tensor,
  width: number,
  { scale, shift, weight, bias }: Record<'scale' | 'shift' | 'weight' | 'bias', Tensor>,
): Tensor {
  const shifted = f.add(f.reshape(f.matmul(f.reshape(shift, [1, width]), weight), [-1]), bias);
  return f.gemm(f.layerNorm(x), f.mul(f.reshape(scale, [width, 1]), weight), { c: shifted });
}

/** [L, L]: 0 where a place may look, -1e9 where it would see what is later. */
function laterPlaces(length: number): Tensor {
  const mask = new Float32Array(length * length);
  for (let at = 0; at < length; at++) mask.fill(-1e9, at * length + at + 1, (at + 1) * length);
  return constant('float32', mask, [length, length]);
}
