import * as f from '../../models/graph/functions.ts';
import { value } from '../../models/graph/runtime.ts';
import { constant, input, type Tensor } from '../../models/graph/tensor.ts';
import { sgd } from '../../models/graph/training/descent/optimisers.ts';
import { binaryCrossEntropy } from '../../models/graph/training/losses.ts';
import { type Parameters, ParameterVector } from '../../models/graph/training/parameters.ts';
import { sgdRows } from '../../models/graph/training/tables/row-optimisers.ts';
import { EmbeddingTable } from '../../models/graph/training/tables/table.ts';
import { createTrainer, initialState } from '../../models/graph/training/trainer.ts';
import { random } from '../../models/random.ts';
import { initialiseMlp, mlp, mlpShapes } from '../../models/ranker/mlp.ts';
import type { OpenTraining, TrainingModel } from './model.ts';

const DENSE = 13;
const TABLES = 8;
const ROWS = 20_000;
const WIDTH = 16;
const VECTORS = TABLES + 1;
const PAIRS = (VECTORS * (VECTORS - 1)) / 2;
const BOTTOM = [DENSE, 64, WIDTH];
const TOP = [WIDTH + PAIRS, 64, 1];
const BATCH = 512;
const RATE = 0.1;
const CLICK_RATE = 0.2;

/** Eight tables on the host, 13 dense features, the dot products of every two of the nine vectors, sparse SGD. */
export const dlrm: TrainingModel = { name: 'dlrm', samplesPerStep: BATCH, open };

async function open(): Promise<OpenTraining> {
  const draws = random(1);
  const vector = new ParameterVector({ ...named('bottom', mlpShapes(BOTTOM)), ...named('top', mlpShapes(TOP)) });
  const parameters = new Float32Array(vector.size);
  const views = vector.views(parameters);
  initialiseMlp(BOTTOM, partOf('bottom', views), draws);
  initialiseMlp(TOP, partOf('top', views), draws);
  const table = new EmbeddingTable({ name: 'items', width: WIDTH, seed: 1, optimiser: sgdRows(), deviation: 1 });
  table.grow(TABLES * ROWS);

  const optimiser = sgd({ rate: RATE });
  const trainer = await createTrainer(vector, loss, optimiser, initialState(optimiser, parameters), {
    threads: 1,
    tables: { rows: { table, rate: () => RATE } },
  });
  const ids = Int32Array.from({ length: BATCH * TABLES }, (_, place) => (place % TABLES) * ROWS + draws.below(ROWS));
  const batch = {
    dense: value('float32', Float32Array.from({ length: BATCH * DENSE }, draws.normal), [BATCH, DENSE]),
    rows: value('int32', ids, [BATCH, TABLES]),
    clicked: value(
      'float32',
      Float32Array.from({ length: BATCH }, () => Number(draws.uniform() < CLICK_RATE)),
      [BATCH, 1],
    ),
  };
  return { step: () => trainer.step(batch), release: () => trainer.release() };
}

function loss(learned: Parameters): Tensor {
  const dense = f.relu(mlp(input('dense', 'float32', ['N', DENSE]), BOTTOM, partOf('bottom', learned)));
  const rows = input('rows', 'float32', ['N', TABLES, WIDTH]);
  const vectors = f.concat([f.reshape(dense, [-1, 1, WIDTH]), rows], 1);
  const products = f.reshape(f.matmul(vectors, f.swap(vectors)), [-1, VECTORS * VECTORS]);
  const logits = mlp(f.concat([dense, f.matmul(products, pairs())], 1), TOP, partOf('top', learned));
  return f.mean(binaryCrossEntropy(logits, input('clicked', 'float32', ['N', 1])));
}

/** [81, 36]: picks the products below the diagonal, each pair once. */
function pairs(): Tensor {
  const picks = new Float32Array(VECTORS * VECTORS * PAIRS);
  let pair = 0;
  for (let row = 1; row < VECTORS; row++) {
    for (let column = 0; column < row; column++) picks[(row * VECTORS + column) * PAIRS + pair++] = 1;
  }
  return constant('float32', picks, [VECTORS * VECTORS, PAIRS]);
}

function named<V>(prefix: string, values: Readonly<Record<string, V>>): Record<string, V> {
  return Object.fromEntries(Object.entries(values).map(([name, each]) => [`${prefix}.${name}`, each]));
}

function partOf<V>(prefix: string, values: Readonly<Record<string, V>>): Record<string, V> {
  const own = Object.entries(values).filter(([name]) => name.startsWith(`${prefix}.`));
  return Object.fromEntries(own.map(([name, each]) => [name.slice(prefix.length + 1), each]));
}
