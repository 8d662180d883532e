import * as f from '../../models/graph/functions.ts';
import { value } from '../../models/graph/runtime.ts';
import { input } from '../../models/graph/tensor.ts';
import { adam } from '../../models/graph/training/descent/optimisers.ts';
import { ParameterVector } from '../../models/graph/training/parameters.ts';
import { createTrainer, initialState } from '../../models/graph/training/trainer.ts';
import { random } from '../../models/random.ts';
import { encodeSequence, initialiseSequence, sequenceShapes } from '../../models/sequence/encoder.ts';
import type { OpenTraining, TrainingModel } from './model.ts';

const SHAPE = { width: 64, length: 50, blocks: 2, heads: 1, forward: 64 };
const ITEMS = 5_000;
const BATCH = 128;

/** Steps that ONNX Runtime makes by itself. */
const STEPS_PER_RUN = 2;

/** Self-attention over 50 items, a positive and a negative for each place, Adam on everything, the items too. */
export const sasrec: TrainingModel = { name: 'sasrec', samplesPerStep: BATCH * STEPS_PER_RUN, open };

async function open(): Promise<OpenTraining> {
  const draws = random(1);
  const vector = new ParameterVector({ items: [ITEMS, SHAPE.width], ...sequenceShapes(SHAPE) });
  const parameters = new Float32Array(vector.size);
  const { items, ...encoder } = vector.views(parameters);
  items!.forEach((_, k) => {
    items![k] = 0.02 * draws.normal();
  });
  initialiseSequence(encoder, SHAPE, draws);

  const optimiser = adam();
  const trainer = await createTrainer(
    vector,
    learned => {
      const ids = (name: string) => f.gather(learned.items!, input(name, 'int64', ['N', SHAPE.length]));
      const next = encodeSequence(ids('sequence'), SHAPE, learned);
      const [liked, other] = ['positives', 'negatives'].map(name => f.sum(f.mul(next, ids(name)), [2]));
      return f.add(f.mean(f.softplus(f.neg(liked!))), f.mean(f.softplus(other!)));
    },
    optimiser,
    initialState(optimiser, parameters),
    { threads: 1, stepsPerRun: STEPS_PER_RUN },
  );
  const batch = Object.fromEntries(
    ['sequence', 'positives', 'negatives'].map(name => {
      const ids = BigInt64Array.from({ length: BATCH * SHAPE.length }, () => BigInt(draws.below(ITEMS)));
      return [name, value('int64', ids, [BATCH, SHAPE.length])];
    }),
  );
  const run = Array.from({ length: STEPS_PER_RUN }, () => batch);
  return { step: async () => (await trainer.steps(run)).at(-1)!, release: () => trainer.release() };
}
