import * as f from '../graph/functions.ts';
import { input, type Tensor } from '../graph/tensor.ts';
import type { ParameterShapes, Parameters } from '../graph/training/parameters.ts';
import type { Random } from '../random.ts';
import { HISTORY } from '../ranker/model.ts';
import { contentsOf, type FusionShape, HEADS, modalitiesOf } from './shape.ts';
import { sizeOf, type Whitenings, white } from './whitening.ts';

/** Names of the inputs that say which items, of what a batch knows, rows and histories are of. */
export const PAIR_PORTS = {
  /** int32 [N]: the place of each row's item among the items of the batch. */
  item: 'item',
  /** int32 [N]: the place of each row's list among the histories. */
  list: 'list',
  /** int32 [B, L]: of each list, places of what its user took last among the items of the batch, newest first, then -1. */
  history: 'history',
} as const;

/** Names of the inputs that say what is known of the items of a batch. */
export const ITEM_PORTS = {
  /** int32 [U]: the item's row in the table of ids; 0 where it has none. */
  id: 'id',
  /** float32 [U, 1]: 1 where the item's vector of this modality counts, which is the input of that name. */
  present: (modality: string) => `${modality}.present`,
} as const;

export interface Likenesses {
  /** [N, modalities], of the order of 1 where items have nothing to do with each other; 0 where nothing is known. */
  alike: Tensor;
  /** [N, 1], from 0 to 1: how much there is in the user's history to go by, over all modalities. */
  sure: Tensor;
}

/** So many items of a history are as much to go by as the belief before them that no item is more like than others. */
const PRIOR_ITEMS = 8;
/** Vectors of ids begin short, so that a step of training turns them far. */
const ID_DEVIATION = 0.1;
/** What one unit of likeness adds to the logit of a click before anything is learned. */
const BELIEF = { id: 0.05, contents: 0.2 };

/**
 * How like each row's item is to what its user took, by each modality: the candidate asks, the items of the history
 * answer, and their answers are added, not averaged, so that more evidence says more (Zhou et al., "Deep interest
 * network", KDD 2018, section 4.3). Vectors of contents are compared in whitened directions, ids by learned vectors.
 *
 * @param whitenings of modalities whose vectors are not whitened yet
 * @returns from the inputs of PAIR_PORTS and ITEM_PORTS, and for each
 *   modality of `shape.contents` its vectors [U, W]
 */
export function likenesses(shape: FusionShape, whitenings: Whitenings, parameters: Parameters): Likenesses {
  const history = input(PAIR_PORTS.history, 'int32', ['B', 'L']);
  const [item, list] = [input(PAIR_PORTS.item, 'int32', ['N']), input(PAIR_PORTS.list, 'int32', ['N'])];
  const places = f.slice(f.exp(parameters['history.place']!), 0, 0, f.sizeAlong(history, 1));
  const weights = f.unsqueeze(f.mul(f.cast(f.greaterOrEqual(history, 0), 'float32'), places), [1]);
  const each = slotsOf(shape, whitenings, parameters).map(({ vectors, present, width }) => {
    const taken = f.max(history, 0);
    const sum = f.reshape(f.matmul(weights, f.gather(vectors, taken)), [-1, width]);
    const evidence = f.reshape(f.matmul(weights, f.gather(present, taken)), [-1, 1]);
    const believed = f.add(evidence, PRIOR_ITEMS);
    const taste = f.div(f.mul(sum, Math.sqrt(width * PRIOR_ITEMS)), believed);
    const alike = f.sum(f.mul(f.gather(vectors, item), f.gather(taste, list)), [1], { keep: true });
    return { alike, sure: f.gather(f.div(evidence, believed), list) };
  });
  const beside = (name: 'alike' | 'sure') =>
    f.concat(
      each.map(one => one[name]),
      1,
    );
  return { alike: beside('alike'), sure: f.mean(beside('sure'), [1], { keep: true }) };
}

/** What is learned: how much an item at each place of the history counts, the ids' vectors, and what likeness says. */
export function likenessShapes(shape: FusionShape): ParameterShapes {
  return {
    'history.place': [HISTORY],
    ...(shape.items > 0 && { 'item.id': [1 + shape.items, shape.width] }),
    'likeness.weight': [modalitiesOf(shape), HEADS.length],
  };
}

/** Items count alike, ids' vectors say nothing yet, and likeness of contents speaks for a click from the beginning. */
export function initialiseLikeness(
  { items }: FusionShape,
  parameters: Readonly<Record<string, Float32Array>>,
  random: Random,
): void {
  const table = parameters['item.id'] ?? [];
  for (let k = 0; k < table.length; k++) table[k] = ID_DEVIATION * random.normal();
  const weight = parameters['likeness.weight']!;
  for (let m = 0; m * HEADS.length < weight.length; m++)
    weight[m * HEADS.length] = items > 0 && m === 0 ? BELIEF.id : BELIEF.contents;
}

interface Slot {
  /** [U, K], of length 1, or 0 where the item has none. */
  vectors: Tensor;
  /** [U, 1]: 1 where it has one. */
  present: Tensor;
  width: number;
}

function slotsOf(shape: FusionShape, whitenings: Whitenings, parameters: Parameters): Slot[] {
  const contents = contentsOf(shape).map(([modality, wide]): Slot => {
    const given = input(modality, 'float32', ['U', wide]);
    const whitening = whitenings[modality];
    const vectors = whitening ? white(given, whitening) : given;
    const present = input(ITEM_PORTS.present(modality), 'float32', ['U', 1]);
    const width = whitening ? sizeOf(whitening) : wide;
    return { vectors: f.mul(vectors, present), present, width };
  });
  return shape.items > 0 ? [idSlot(parameters['item.id']!, shape.width), ...contents] : contents;
}

function idSlot(table: Tensor, width: number): Slot {
  const id = input(ITEM_PORTS.id, 'int32', ['U']);
  const present = f.cast(f.greater(f.unsqueeze(id, [1]), 0), 'float32');
  return { vectors: f.mul(f.l2Normalise(f.gather(table, id)), present), present, width };
}
