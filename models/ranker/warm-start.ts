import { isDeepStrictEqual } from 'node:util';
import type { ContentSpecs, Start } from '../../schemas/models/models.ts';
import { numbersOf } from '../adapt/adapted.ts';
import { decode } from '../graph/file/decode.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { ParameterVector } from '../graph/training/parameters.ts';
import { type Random, random } from '../random.ts';
import type { Dataset } from './dataset/dataset.ts';
import { biasOf, weightOf } from './mlp.ts';
import { STANDARD, type Standard, TOWER, usualLogits } from './ranker.ts';

/** A registered model, from whose parameters a training of its kind may begin. */
export interface Forerunner extends Extract<Start, { model: string }> {
  /** The graph as it was trained: what calibration has added to it has no names, and is not read. */
  graph: Uint8Array;
  features: readonly string[];
  /** The time of the newest list that taught it. */
  learned_until_ms: number;
  /** Of a fusion ranker. */
  items: readonly string[];
  contents: ContentSpecs;
  /** How much of its parameters is kept, from 0 to 1; KEPT, where nothing is said. */
  kept?: number;
}

/** What a training would begin with by itself, and by what it will read and serve. */
export interface OwnBeginning {
  vector: ParameterVector;
  /** Draws first parameters. */
  first(draws: Random): Float32Array;
  seed: number;
  train: Dataset;
  standard: Standard;
  /** Of each position in training. */
  frequencies: readonly number[];
  /** What stands before the names of the perceptron's parameters, and how many hidden layers it has. */
  perceptron: { prefix: string; hidden: number };
  /** Of a fusion ranker: the items of the rows of its table behind the first, which is nobody's. */
  items?: readonly string[];
  contents?: ContentSpecs;
}

export interface Beginning {
  parameters: Float32Array;
  /** Absent where there was no forerunner. */
  start?: Start;
}

/**
 * The rest is of first parameters: those of a trained model alone learn what is new the worse, and say the less of what
 * comes (Ash and Adams, "On warm-starting neural network training", 2020, section 4). They are others than those with which
 * the forerunner began, also where its seed was the same.
 */
const KEPT = 0.5;
/** The table of the items' own vectors. */
const TABLE = 'item.id';

/**
 * The parameters of a forerunner, where they fit what is to be trained, mixed with a training's own first ones.
 *
 * They say of today's features what they said of those of then: the change of means and deviations is folded into the
 * first layer, exactly but for what is so far out that it is clipped. So numbers stay around 0 however far a count has
 * grown since, and a feature that did not vary then begins with weight 0. Of the side tower a served model has the mean
 * alone, in its last bias; it begins anew where this training's own does, and the bias gives its mean back.
 *
 * Items that the forerunner did not know keep this training's own first vectors.
 */
export function beginning(own: OwnBeginning, from: Forerunner | undefined): Beginning {
  if (!from) return { parameters: own.first(random(own.seed)) };
  const found = constantsOf(from);
  const cold = misfit(own, from, found);
  if (cold) return { parameters: own.first(random(own.seed)), start: { cold } };
  const { vector, items = [], perceptron } = own;
  const first = own.first(random(own.seed, Number.parseInt(from.sha256.slice(0, 8), 16)));
  const parameters = first.slice();
  const views = vector.views(parameters);
  for (const [name, view] of Object.entries(views)) {
    if (name === TABLE) takeRows(view, { from: numbersOf(found.get(name)!), was: from.items, now: items });
    else if (name !== TOWER) view.set(numbersOf(found.get(name)!));
  }
  const named = (name: string) => views[`${perceptron.prefix}${name}`]!;
  const was = { mean: numbersOf(found.get(STANDARD.mean)!), scale: numbersOf(found.get(STANDARD.scale)!) };
  fold(named(weightOf(0)), named(biasOf(0)), was, own.standard);
  const usual = usualLogits(views[TOWER]!, own.frequencies);
  for (const [head, each] of usual.entries()) named(biasOf(perceptron.hidden))[head]! -= each;
  const { model, sha256, snapshots, kept = KEPT } = from;
  for (let k = 0; k < first.length; k++) parameters[k] = kept * parameters[k]! + (1 - kept) * first[k]!;
  return { parameters, start: { model, sha256, snapshots } };
}

/** Why a forerunner's parameters cannot stand for a training's own; nothing where they can. */
function misfit(own: OwnBeginning, from: Forerunner, found: ReadonlyMap<string, Tensor>): string | undefined {
  const { model } = from;
  const { featureNames, at_ms, rows } = own.train;
  if (!isDeepStrictEqual([...from.features], featureNames)) return `${model} reads other features`;
  // Else it may have seen the lists by which this one is stopped, calibrated and judged.
  if (from.learned_until_ms > at_ms[rows - 1]!) return `${model} has learned from later lists than these`;
  if (!isDeepStrictEqual(from.contents, own.contents ?? {})) return `${model} sees items by other vectors`;
  for (const [name, shape] of Object.entries(own.vector.shapes)) {
    if (name === TOWER) continue;
    const [was, is] = [found.get(name)?.shape ?? [], shape].map(dims => (name === TABLE ? dims.slice(1) : dims));
    if (!isDeepStrictEqual([...was!], [...is!])) return `${model} has ${name} of [${was}], not [${is}]`;
  }
  return undefined;
}

function constantsOf({ model, graph }: Forerunner): Map<string, Tensor> {
  const found = new Map<string, Tensor>();
  for (const tensor of decode(graph, `model ${model}`).tensors) {
    const { dtype, origin } = tensor;
    if (dtype === 'float32' && origin.kind === 'constant' && origin.name) found.set(origin.name, tensor);
  }
  return found;
}

/** Rows of a table by the items whose they are; the first is of all that are not known. */
function takeRows(
  table: Float32Array,
  { from, was, now }: { from: Float32Array; was: readonly string[]; now: readonly string[] },
): void {
  const width = table.length / (1 + now.length);
  const places = new Map(was.map((item, place) => [item, place + 1]));
  const take = (row: number, place: number) =>
    table.set(from.subarray(place * width, (place + 1) * width), row * width);
  take(0, 0);
  for (const [row, item] of now.entries()) {
    const place = places.get(item);
    if (place !== undefined) take(row + 1, place);
  }
}

/** (x - m) s w = (x - m') s' (s / s') w + (m' - m) s w, for each feature; with s' = 0 it is always at its mean m'. */
function fold(weights: Float32Array, bias: Float32Array, was: Standard, is: Standard): void {
  for (let feature = 0; feature < is.mean.length; feature++) {
    const ratio = is.scale[feature] === 0 ? 0 : was.scale[feature]! / is.scale[feature]!;
    const moved = (is.mean[feature]! - was.mean[feature]!) * was.scale[feature]!;
    for (let k = 0; k < bias.length; k++) {
      bias[k]! += moved * weights[feature * bias.length + k]!;
      weights[feature * bias.length + k]! *= ratio;
    }
  }
}
