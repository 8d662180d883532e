import { mean } from '../../models/graph/functions.ts';
import { value } from '../../models/graph/runtime.ts';
import { input } from '../../models/graph/tensor.ts';
import { adam } from '../../models/graph/training/descent/optimisers.ts';
import { binaryCrossEntropy } from '../../models/graph/training/losses.ts';
import { ParameterVector } from '../../models/graph/training/parameters.ts';
import { createTrainer } from '../../models/graph/training/trainer.ts';
import { random } from '../../models/random.ts';
import { initialiseMlp, mlp as layers, mlpShapes } from '../../models/ranker/mlp.ts';
import type { OpenTraining, TrainingModel } from './model.ts';

const SIZES = [128, 256, 128, 1];
const BATCH = 512;
const CLICK_RATE = 0.2;

/** Steps that ONNX Runtime makes by itself; docs/design.md says what they save. */
const STEPS_PER_RUN = 8;

/** Perceptron 128-256-128-1, batches of 512, Adam. */
export const mlp: TrainingModel = { name: 'mlp', samplesPerStep: BATCH * STEPS_PER_RUN, open };

async function open(): Promise<OpenTraining> {
  const draws = random(1);
  const vector = new ParameterVector(mlpShapes(SIZES));
  const parameters = new Float32Array(vector.size);
  initialiseMlp(SIZES, vector.views(parameters), draws);
  const trainer = await createTrainer(
    vector,
    learned => {
      const logits = layers(input('x', 'float32', ['N', SIZES[0]!]), SIZES, learned);
      return mean(binaryCrossEntropy(logits, input('y', 'float32', ['N', 1])));
    },
    adam(),
    { step: 0, parameters, slots: [new Float32Array(vector.size), new Float32Array(vector.size)] },
    { threads: 1, stepsPerRun: STEPS_PER_RUN },
  );
  const x = Float32Array.from({ length: BATCH * SIZES[0]! }, draws.normal);
  const y = Float32Array.from({ length: BATCH }, () => Number(draws.uniform() < CLICK_RATE));
  const batch = { x: value('float32', x, [BATCH, SIZES[0]!]), y: value('float32', y, [BATCH, 1]) };
  const run = Array.from({ length: STEPS_PER_RUN }, () => batch);
  return { step: async () => (await trainer.steps(run)).at(-1)!, release: () => trainer.release() };
}
