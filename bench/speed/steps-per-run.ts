import { mean } from '../../models/graph/functions.ts';
import { value } from '../../models/graph/runtime.ts';
import { input } from '../../models/graph/tensor.ts';
import { adam } from '../../models/graph/training/descent/optimisers.ts';
import { binaryCrossEntropy } from '../../models/graph/training/losses.ts';
import { ParameterVector } from '../../models/graph/training/parameters.ts';
import { createTrainer, type Feeds, initialState, type Trainer } from '../../models/graph/training/trainer.ts';
import { random } from '../../models/random.ts';
import { initialiseMlp, mlp, mlpShapes } from '../../models/ranker/mlp.ts';

// What a step costs by itself, and as one of several that are one run. CPU time on one thread, by turns, the least of
// the rounds: node --import tsx bench/speed/steps-per-run.ts

const STEPS_PER_RUN = [1, 4, 20];
const ROUNDS = 8;
const MODELS = [
  { sizes: [16, 16, 1], batch: 32, steps: 2_000 },
  { sizes: [32, 64, 32, 1], batch: 512, steps: 400 },
  { sizes: [128, 256, 128, 1], batch: 512, steps: 100 },
];

for (const { sizes, batch, steps } of MODELS) {
  const { open, feeds } = trainingOf(sizes, batch);
  const trainers = await Promise.all(STEPS_PER_RUN.map(open));
  const least = trainers.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [place, trainer] of trainers.entries()) {
      const cost = await microsecondsPerStep(trainer, feeds, steps);
      if (round > 0) least[place] = Math.min(least[place]!, cost); // the first warms up
    }
  }
  const told = STEPS_PER_RUN.map((count, place) => `${count} a run ${least[place]!.toFixed(0)} us`);
  process.stdout.write(`mlp ${sizes.join('-')}, batch ${batch}: ${told.join(', ')}\n`);
  await Promise.all(trainers.map(trainer => trainer.release()));
}

function trainingOf(sizes: readonly number[], batch: number) {
  const draws = random(1);
  const vector = new ParameterVector(mlpShapes(sizes));
  const start = new Float32Array(vector.size);
  initialiseMlp(sizes, vector.views(start), draws);
  const x = Float32Array.from({ length: batch * sizes[0]! }, draws.normal);
  const y = Float32Array.from({ length: batch }, () => draws.below(2));
  const feeds = { x: value('float32', x, [batch, sizes[0]!]), y: value('float32', y, [batch, 1]) };
  const open = (stepsPerRun: number) =>
    createTrainer(
      vector,
      learned => {
        const logits = mlp(input('x', 'float32', ['N', sizes[0]!]), sizes, learned);
        return mean(binaryCrossEntropy(logits, input('y', 'float32', ['N', 1])));
      },
      adam(),
      initialState(adam(), start.slice()),
      { stepsPerRun },
    );
  return { open, feeds };
}

async function microsecondsPerStep(trainer: Trainer, feeds: Feeds, steps: number): Promise<number> {
  const before = process.cpuUsage();
  await trainer.steps(Array.from({ length: steps }, () => feeds));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / steps;
}
