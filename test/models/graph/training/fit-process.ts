import { fit } from '../../../../models/graph/training/fit.ts';
import { smallTraining } from './small-training.ts';

// A training that its parent may kill at any moment: says at which step it is, and at last what came out.

const [directory, seed, pause_ms] = process.argv.slice(2) as [string, string, string];
const training = smallTraining(Number(seed));
const { parameters, tables, resumed_steps } = await fit(
  {
    ...training,
    // Each epoch waits, so that a kill finds it somewhere; each is better than the one before.
    validate: async () => {
      await new Promise(resolve => setTimeout(resolve, Number(pause_ms)));
      return -Date.now();
    },
  },
  {
    checkpoints: { directory, run: `small ${seed}`, everySteps: 3 },
    onProgress: ({ step }) => process.send?.({ step }),
  },
);
process.send?.({ resumed_steps, parameters: [...parameters], items: [...tables.item!] }, () => process.exit(0));
