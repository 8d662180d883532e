import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { calibrated } from '../calibrate/calibrate.ts';
import { answerParent, type WorkHooks } from '../child/answer.ts';
import { storedInFloat16 } from '../compress/float16.ts';
import { quantise } from '../compress/quantise.ts';
import { trainFusionRanker } from '../fusion/train.ts';
import { decode } from '../graph/file/decode.ts';
import { encode } from '../graph/file/encode.ts';
import { HARDENING } from '../harden/hardening.ts';
import { trainBlendRanker } from '../next-item/train-ranker.ts';
import { codeVersion } from '../registry/code.ts';
import { sha256Of } from '../registry/hash.ts';
import type { RankerFile } from '../registry/open-ranker.ts';
import { writeWhole } from '../whole-file.ts';
import type { Candidate, TrainedFile, TrainRequest } from './child.ts';
import { type Dataset, splitByTime, trainingParts } from './dataset/dataset.ts';
import { readDataset } from './dataset/dataset-file.ts';
import { type TrainProgress, trainRanker } from './train.ts';

// The entry of a training process; see child.ts, which starts it.

answerParent<TrainRequest, TrainProgress, Candidate>(async (request, hooks) => {
  const code = codeVersion(); // its own, as it was started: the worker that registers the model may run for longer
  return { ...(await train(request, hooks)), code };
});

async function train(request: TrainRequest, hooks: WorkHooks<TrainProgress>): Promise<Omit<Candidate, 'code'>> {
  const { dataset: file, directory, kind, compress, harden = false, start: asked, ...options } = request;
  await mkdir(directory, { recursive: true });
  const { dataset } = await readDataset(file);
  const keeping = { checkpointDir: directory, ...hooks };
  switch (kind) {
    case 'mlp':
    case 'fusion': {
      const parts = trainingParts(dataset);
      const trainKind = kind === 'mlp' ? trainRanker : trainFusionRanker;
      const hardening = harden && { hardening: HARDENING.features };
      const from = asked && 'model' in asked ? asked : undefined;
      const trained: Trained = await trainKind(parts, { ...options, ...hardening, from }, keeping);
      const finished = await finish(request, trained, parts.calibration);
      const { contents, items = [], told } = trained;
      const start = from ? trained.start : asked;
      return {
        kind,
        ...(await keptModel(directory, finished, start)),
        learned_until_ms: parts.train.at_ms.at(-1)!,
        ...(compress && { original: await kept(path.join(directory, 'original.onnx'), trained.model) }),
        ...(contents && { contents }),
        ...(told && { told }),
        ...(items.length > 0 && { items: await keptItems(directory, items) }),
      };
    }
    case 'sequence': {
      const [train, validation] = splitByTime(dataset) as [typeof dataset, typeof dataset];
      const hardening = harden && { hardening: HARDENING.blend };
      // It calibrates its clicks itself.
      const trained = await trainBlendRanker({ train, validation }, { ...options, ...hardening }, hooks);
      return {
        kind,
        ...(await keptModel(directory, trained, asked)),
        items: await keptItems(directory, trained.items),
        tables: await kept(path.join(directory, 'tables.bin'), trained.tables),
      };
    }
  }
}

type Trained = { model: Uint8Array } & Pick<Candidate, 'provider' | 'metrics' | 'told' | 'start'> &
  Partial<Pick<RankerFile, 'contents'>> & {
    items?: string[];
  };

/** What becomes of a trained model before anybody judges it: a smaller form, where one is asked for, with probabilities set right. */
async function finish({ kind, compress, providers, threads }: TrainRequest, trained: Trained, calibration: Dataset) {
  const { items = [], contents = {} } = trained;
  const model = compress ? smaller(trained.model, compress) : trained.model;
  const file = { kind, model, items, contents, features: calibration.featureNames.length };
  const session = { ...(providers && { providers }), ...(threads && { threads }) };
  const { model: finished, metrics } = await calibrated(file, calibration, session);
  return { ...trained, model: finished, metrics: { ...trained.metrics, ...metrics } };
}

function smaller(model: Uint8Array, to: NonNullable<TrainRequest['compress']>): Uint8Array {
  const graph = decode(model, 'the trained model');
  return encode((to === 'int8' ? quantise(graph) : storedInFloat16(graph)).graph);
}

/** @param start what it began with, which is also a number among its figures */
async function keptModel(directory: string, { model, provider, metrics }: Trained, start: Candidate['start']) {
  const file = { ...(await kept(path.join(directory, 'model.onnx'), model)), bytes: model.length, provider };
  return {
    ...file,
    metrics: { ...metrics, ...(start && { warm: Number('model' in start) }) },
    ...(start && { start }),
  };
}

function keptItems(directory: string, items: readonly string[]): Promise<TrainedFile> {
  return kept(path.join(directory, 'items.json'), Buffer.from(JSON.stringify(items)));
}

async function kept(target: string, bytes: Uint8Array): Promise<TrainedFile> {
  await writeWhole(target, [bytes]);
  return { path: target, sha256: sha256Of(bytes) };
}
