import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { answerParent } from '../child/answer.ts';
import type { FitProgress } from '../graph/training/fit.ts';
import { sha256Of } from '../registry/hash.ts';
import { writeWhole } from '../whole-file.ts';
import type { Candidate, TrainRequest } from './child.ts';
import { splitByTime } from './dataset.ts';
import { readDataset } from './dataset-file.ts';
import { trainRanker } from './train.ts';

// The entry of a training process; see child.ts, which starts it.

answerParent<TrainRequest, FitProgress, Candidate>(async ({ dataset: file, directory, ...options }, hooks) => {
  await mkdir(directory, { recursive: true });
  const { dataset } = await readDataset(file);
  const [train, validation] = splitByTime(dataset) as [typeof dataset, typeof dataset];
  const { model, provider, metrics } = await trainRanker({ train, validation }, options, {
    checkpointDir: directory,
    ...hooks,
  });
  const target = path.join(directory, 'model.onnx');
  await writeWhole(target, [model]);
  return { path: target, sha256: sha256Of(model), bytes: model.length, provider, metrics };
});
