import { pathToFileURL } from 'node:url';
import { mean } from '../models/graph/functions.ts';
import { value } from '../models/graph/runtime.ts';
import { input } from '../models/graph/tensor.ts';
import { binaryCrossEntropy } from '../models/graph/training/losses.ts';
import { adam } from '../models/graph/training/optimisers.ts';
import { ParameterVector } from '../models/graph/training/parameters.ts';
import { createTrainer } from '../models/graph/training/trainer.ts';
import { random } from '../models/random.ts';
import { initialiseMlp, mlp, mlpShapes } from '../models/ranker/mlp.ts';

export interface TrainingFigures {
  model: string;
  batch: number;
  threads: number;
  steps: number;
  parameters: number;
  samples_per_second: number;
  samples_per_cpu_second: number;
  cpu_seconds: number;
  rss_growth_mb: number;
  first_loss: number;
  last_loss: number;
}

const SIZES = [128, 256, 128, 1];
const BATCH = 512;
const WARM_UP = 50;
const STEPS = 600;
const BATCHES = 16;

/**
 * Trains a perceptron 128-256-128-1 by Adam on one thread, on made-up clicks in batches of 512.
 * After the warm-up, steps are timed alone: making batches is not part of it.
 */
export async function benchTraining(steps = STEPS): Promise<TrainingFigures> {
  const draws = random(1);
  const vector = new ParameterVector(mlpShapes(SIZES));
  const parameters = new Float32Array(vector.size);
  initialiseMlp(SIZES, vector.views(parameters), draws);
  const slots = [new Float32Array(vector.size), new Float32Array(vector.size)];
  const trainer = await createTrainer(
    vector,
    learned => {
      const logits = mlp(input('x', 'float32', ['N', SIZES[0]!]), SIZES, learned);
      return mean(binaryCrossEntropy(logits, input('y', 'float32', ['N', 1])));
    },
    adam(),
    { step: 0, parameters, slots },
    { threads: 1 },
  );
  const batches = Array.from({ length: BATCHES }, () => batchOf(draws.normal));
  const step = (k: number) => trainer.step(batches[k % BATCHES]!);

  const first_loss = await step(0);
  for (let k = 1; k < WARM_UP; k++) await step(k);
  const before = { rss: process.memoryUsage.rss(), cpu: process.cpuUsage(), ms: performance.now() };
  let last_loss = 0;
  for (let k = 0; k < steps; k++) last_loss = await step(k);
  const seconds = (performance.now() - before.ms) / 1_000;
  const { user, system } = process.cpuUsage(before.cpu);
  const rss_growth_mb = (process.memoryUsage.rss() - before.rss) / 1e6;
  await trainer.release();

  const cpu_seconds = (user + system) / 1e6;
  return {
    model: `mlp ${SIZES.join('-')}`,
    batch: BATCH,
    threads: 1,
    steps,
    parameters: vector.size,
    samples_per_second: (steps * BATCH) / seconds,
    samples_per_cpu_second: (steps * BATCH) / cpu_seconds,
    cpu_seconds,
    rss_growth_mb,
    first_loss,
    last_loss,
  };
}

/** Rows whose label is the sign of their first columns' sum: there is something to learn. */
function batchOf(normal: () => number) {
  const width = SIZES[0]!;
  const x = Float32Array.from({ length: BATCH * width }, normal);
  const y = Float32Array.from({ length: BATCH }, (_, row) => {
    const sum = x.subarray(row * width, row * width + 8).reduce((total, each) => total + each, 0);
    return Number(sum > 0);
  });
  return { x: value('float32', x, [BATCH, width]), y: value('float32', y, [BATCH, 1]) };
}

async function main(): Promise<void> {
  const figures = await benchTraining();
  const { model, batch, threads, samples_per_second, samples_per_cpu_second, rss_growth_mb } = figures;
  const rows = [{ model, ours: samples_per_cpu_second, torch: null, ratio: null }];
  if (process.argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify({ rows, ...figures })}\n`);
    return;
  }
  const whole = (x: number) => Math.round(x).toLocaleString('en');
  process.stdout.write(
    `${model}, batches of ${batch}, Adam, ${threads} thread: ${whole(samples_per_second)} samples/s, ` +
      `${whole(samples_per_cpu_second)} a CPU-second; memory grew by ${rss_growth_mb.toFixed(1)} MB; ` +
      `loss ${figures.first_loss.toFixed(3)} to ${figures.last_loss.toFixed(3)}\n`,
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
