import * as f from '../../../../models/graph/functions.ts';
import { value } from '../../../../models/graph/runtime.ts';
import { input } from '../../../../models/graph/tensor.ts';
import { adam } from '../../../../models/graph/training/descent/optimisers.ts';
import { ParameterVector } from '../../../../models/graph/training/parameters.ts';
import { rowWiseAdagrad } from '../../../../models/graph/training/tables/row-optimisers.ts';
import { EmbeddingTable } from '../../../../models/graph/training/tables/table.ts';
import { createTrainer, initialState } from '../../../../models/graph/training/trainer.ts';

// Trains for many steps and says how much memory the process has on the way, in bytes.

const [ROWS, WIDTH] = [512, 32];
const stepsPerRun = Number(process.argv[2]);
const vector = new ParameterVector({ w: [WIDTH, WIDTH] });
const table = new EmbeddingTable({ name: 'x', width: WIDTH, seed: 1, optimiser: rowWiseAdagrad() });
table.grow(ROWS);
const trainer = await createTrainer(
  vector,
  ({ w }) => f.mean(f.tanh(f.matmul(input('x', 'float32', ['N', WIDTH]), w!))),
  adam(),
  initialState(adam(), new Float32Array(vector.size).fill(0.01)),
  stepsPerRun === 1 ? { tables: { x: { table, rate: () => 1e-3 } } } : { stepsPerRun },
);

/** Of one size after the other, each 64 KiB as floats: to keep one of a step would be seen. */
function* batches(count: number) {
  const memory = new Float32Array(ROWS * WIDTH).fill(1);
  for (let k = 0; k < count; k++) {
    const rows = ROWS - (Math.floor(k / 8) % 8);
    const ids = Int32Array.from({ length: rows }, (_, row) => row);
    yield {
      x:
        stepsPerRun === 1
          ? value('int32', ids, [rows])
          : value('float32', memory.subarray(0, rows * WIDTH), [rows, WIDTH]),
    };
  }
}

const seen: number[] = [];
for (let part = 0; part < 4; part++) {
  await trainer.steps(batches(1_000));
  seen.push(process.memoryUsage.rss());
}
await trainer.release();
process.stdout.write(JSON.stringify(seen));
