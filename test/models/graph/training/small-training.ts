import * as f from '../../../../models/graph/functions.ts';
import { input, type Tensor } from '../../../../models/graph/tensor.ts';
import type { Columns } from '../../../../models/graph/training/batches.ts';
import { adam } from '../../../../models/graph/training/descent/optimisers.ts';
import type { Training } from '../../../../models/graph/training/fit.ts';
import { binaryCrossEntropy } from '../../../../models/graph/training/losses.ts';
import { ParameterVector } from '../../../../models/graph/training/parameters.ts';
import { shuffled } from '../../../../models/graph/training/plans.ts';
import { lazyAdam } from '../../../../models/graph/training/tables/row-optimisers.ts';
import { EmbeddingTable } from '../../../../models/graph/training/tables/table.ts';
import { random } from '../../../../models/random.ts';

const [ROWS, FEATURES, ITEMS, WIDTH, HIDDEN] = [600, 4, 50, 3, 8];

/** Clicks that follow from features and from which item it is: a small perceptron beside a table of items. */
export function smallTraining(
  seed: number,
  { epochs = 4 } = {},
): Training & { columns: Columns; tables: { item: { table: EmbeddingTable; rate: () => number } } } {
  const draws = random(seed);
  const features = Float32Array.from({ length: ROWS * FEATURES }, () => draws.normal());
  const item = Int32Array.from({ length: ROWS }, () => draws.below(ITEMS));
  const clicked = Uint8Array.from(item, (id, row) => Number(features[row * FEATURES]! + (id % 2) - 0.5 > 0));
  const vector = new ParameterVector({ w0: [FEATURES + WIDTH, HIDDEN], b0: [HIDDEN], w1: [HIDDEN, 1] });
  const table = new EmbeddingTable({ name: 'item', width: WIDTH, seed, optimiser: lazyAdam() });
  table.grow(ITEMS);
  return {
    vector,
    loss: (learned: Readonly<Record<string, Tensor>>) => {
      const x = f.concat([input('features', 'float32', ['N', FEATURES]), input('item', 'float32', ['N', WIDTH])], 1);
      const logits = f.matmul(f.relu(f.gemm(x, learned.w0!, { c: learned.b0! })), learned.w1!);
      return f.mean(binaryCrossEntropy(logits, input('clicked', 'float32', ['N', 1])));
    },
    optimiser: adam({ rate: 0.01 }),
    start: Float32Array.from({ length: vector.size }, () => 0.3 * draws.normal()),
    columns: {
      features: { data: features, shape: [FEATURES] },
      item: { data: item, shape: [] },
      clicked: { data: clicked, shape: [1] },
    },
    plan: epoch => shuffled(ROWS, 32, random(seed, epoch)),
    epochs,
    averageDecay: 0.9,
    tables: { item: { table, rate: () => 0.01 } },
  };
}
