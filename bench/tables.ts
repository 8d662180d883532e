import { pathToFileURL } from 'node:url';
import {
  lazyAdam,
  type RowOptimiser,
  rowWiseAdagrad,
  sgdRows,
} from '../models/graph/training/tables/row-optimisers.ts';
import { EmbeddingTable } from '../models/graph/training/tables/table.ts';
import { random } from '../models/random.ts';

export interface TableFigures {
  tables: string;
  optimiser: string;
  gather_ms: number;
  update_ms: number;
  rows_per_second: number;
}

const OPTIMISERS: Record<string, () => RowOptimiser> = { sgdRows, rowWiseAdagrad, lazyAdam };
const CASES = [
  { tables: 8, rows: 100_000, width: 16, ids: 512 },
  { tables: 1, rows: 12_101, width: 64, ids: 128 * 50 * 3 },
  { tables: 1, rows: 200_000, width: 64, ids: 128 * 50 * 3 },
];
const WARM_UP = 20;
const STEPS = 100;

/** Gathers and updates embedding tables on one thread: medians of a step's time, ids counted with repetitions. */
export function benchTables(steps = STEPS): TableFigures[] {
  return CASES.flatMap(each => Object.keys(OPTIMISERS).map(optimiser => measure(each, optimiser, steps)));
}

function measure({ tables, rows, width, ids }: (typeof CASES)[number], name: string, steps: number): TableFigures {
  const draws = random(1);
  const all = Array.from({ length: tables }, (_, k) => {
    const table = new EmbeddingTable({ name: String(k), width, seed: 1, optimiser: OPTIMISERS[name]!() });
    table.grow(rows);
    return table;
  });
  const gathered = new Float32Array(ids * width);
  const work = new Float32Array(ids * width);
  const gradients = Float32Array.from({ length: ids * width }, () => draws.normal());
  const batches = Array.from({ length: 8 }, () => Int32Array.from({ length: ids }, () => draws.below(rows)));
  const [gather, update]: [number[], number[]] = [[], []];
  let [gathering, updating] = [0, 0];
  for (let step = -WARM_UP; step < steps; step++) {
    const batch = batches[(step + WARM_UP) % batches.length]!;
    const start = performance.now();
    for (const table of all) table.gather(batch, gathered);
    gathering = performance.now() - start;
    updating = 0;
    for (const table of all) {
      work.set(gradients);
      const before = performance.now();
      table.update(batch, work, 1e-3);
      updating += performance.now() - before;
    }
    if (step < 0) continue;
    gather.push(gathering);
    update.push(updating);
  }
  const [gather_ms, update_ms] = [median(gather), median(update)];
  return {
    tables: `${tables} of ${rows} x ${width}, ${ids} ids`,
    optimiser: name,
    gather_ms,
    update_ms,
    rows_per_second: Math.round((1_000 * tables * ids) / (gather_ms + update_ms)),
  };
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.table(benchTables());
