import { writeCheckpoint } from '../../../../models/graph/training/checkpoint.ts';

// Writes one checkpoint after another until it is killed; see checkpoint.test.ts.

const [directory, size] = process.argv.slice(2) as [string, string];
for (let step = 1; ; step++) {
  await writeCheckpoint(directory, 'run', { step, parameters: new Float32Array(Number(size)).fill(step) });
  process.send?.(step);
}
