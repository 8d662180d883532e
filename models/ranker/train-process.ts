import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { answerParent } from '../child/answer.ts';
import { trainFusionRanker } from '../fusion/train.ts';
import { trainBlendRanker } from '../next-item/train-ranker.ts';
import { sha256Of } from '../registry/hash.ts';
import { writeWhole } from '../whole-file.ts';
import type { Candidate, TrainedFile, TrainRequest } from './child.ts';
import { splitByTime } from './dataset.ts';
import { readDataset } from './dataset-file.ts';
import { type TrainProgress, trainRanker } from './train.ts';

// The entry of a training process; see child.ts, which starts it.

answerParent<TrainRequest, TrainProgress, Candidate>(async ({ dataset: file, directory, kind, ...options }, hooks) => {
  await mkdir(directory, { recursive: true });
  const { dataset } = await readDataset(file);
  const [train, validation] = splitByTime(dataset) as [typeof dataset, typeof dataset];
  const parts = { train, validation };
  const keeping = { checkpointDir: directory, ...hooks };
  switch (kind) {
    case 'mlp':
      return { kind, ...(await keptModel(directory, await trainRanker(parts, options, keeping))) };
    case 'fusion': {
      const trained = await trainFusionRanker(parts, options, keeping);
      const candidate = { kind, ...(await keptModel(directory, trained)), contents: trained.contents };
      return trained.items.length === 0
        ? candidate
        : { ...candidate, items: await keptItems(directory, trained.items) };
    }
    case 'sequence': {
      const trained = await trainBlendRanker(parts, options, hooks);
      return {
        kind,
        ...(await keptModel(directory, trained)),
        items: await keptItems(directory, trained.items),
        tables: await kept(path.join(directory, 'tables.bin'), trained.tables),
      };
    }
  }
});

type Trained = { model: Uint8Array } & Pick<Candidate, 'provider' | 'metrics'>;

async function keptModel(directory: string, { model, provider, metrics }: Trained) {
  return { ...(await kept(path.join(directory, 'model.onnx'), model)), bytes: model.length, provider, metrics };
}

function keptItems(directory: string, items: readonly string[]): Promise<TrainedFile> {
  return kept(path.join(directory, 'items.json'), Buffer.from(JSON.stringify(items)));
}

async function kept(target: string, bytes: Uint8Array): Promise<TrainedFile> {
  await writeWhole(target, [bytes]);
  return { path: target, sha256: sha256Of(bytes) };
}
