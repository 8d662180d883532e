import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { answerParent } from '../child/answer.ts';
import { trainFusionRanker } from '../fusion/train.ts';
import type { FitProgress } from '../graph/training/fit.ts';
import { sha256Of } from '../registry/hash.ts';
import { writeWhole } from '../whole-file.ts';
import type { Candidate, TrainRequest } from './child.ts';
import { splitByTime } from './dataset.ts';
import { readDataset } from './dataset-file.ts';
import { type TrainedRanker, trainRanker } from './train.ts';

// The entry of a training process; see child.ts, which starts it.

answerParent<TrainRequest, FitProgress, Candidate>(async ({ dataset: file, directory, kind, ...options }, hooks) => {
  await mkdir(directory, { recursive: true });
  const { dataset } = await readDataset(file);
  const [train, validation] = splitByTime(dataset) as [typeof dataset, typeof dataset];
  const parts = { train, validation };
  const keeping = { checkpointDir: directory, ...hooks };
  if (kind === 'mlp') return { kind, ...(await kept(directory, await trainRanker(parts, options, keeping))) };
  const trained = await trainFusionRanker(parts, options, keeping);
  const candidate = { kind, ...(await kept(directory, trained)), contents: trained.contents };
  return trained.items.length === 0 ? candidate : { ...candidate, items: await keptItems(directory, trained.items) };
});

async function kept(directory: string, { model, provider, metrics }: TrainedRanker) {
  const target = path.join(directory, 'model.onnx');
  await writeWhole(target, [model]);
  return { path: target, sha256: sha256Of(model), bytes: model.length, provider, metrics };
}

async function keptItems(directory: string, items: readonly string[]) {
  const target = path.join(directory, 'items.json');
  const bytes = Buffer.from(JSON.stringify(items));
  await writeWhole(target, [bytes]);
  return { path: target, sha256: sha256Of(bytes) };
}
