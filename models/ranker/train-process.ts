import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { TemperError } from '../../schemas/errors.ts';
import { sha256Of } from '../registry/hash.ts';
import type { Candidate, Report, TrainRequest } from './child.ts';
import { readDataset, splitByTime } from './dataset.ts';
import { trainRanker } from './train.ts';

// The entry of a training process; see child.ts, which starts it and hears its reports.

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort(new Error('training was cancelled')));
/** Nobody is left who could want the result. The checkpoints remain. */
process.once('disconnect', () => process.exit(1));
process.once('message', (request: TrainRequest) => {
  void answer(request);
});

async function answer(request: TrainRequest): Promise<void> {
  const report = await train(request).then(
    (candidate): Report => ({ type: 'done', candidate }),
    (error: unknown): Report => failure(error),
  );
  process.send?.(report, () => process.exit(report.type === 'done' ? 0 : 1));
}

async function train({ dataset: file, directory, ...options }: TrainRequest): Promise<Candidate> {
  await mkdir(directory, { recursive: true });
  const { dataset } = await readDataset(file);
  const [train, validation] = splitByTime(dataset) as [typeof dataset, typeof dataset];
  const { model, metrics } = await trainRanker({ train, validation }, options, {
    checkpointDir: directory,
    signal: stop.signal,
    onProgress: progress => process.send?.({ type: 'progress', progress } satisfies Report),
  });
  const target = path.join(directory, 'model.onnx');
  await writeFile(`${target}.draft`, model);
  await rename(`${target}.draft`, target);
  return { path: target, sha256: sha256Of(model), bytes: model.length, metrics };
}

/** An error as a message can carry it: of its cause the sentence is kept, which the parent's error then contains. */
function failure(error: unknown): Report {
  if (!(error instanceof TemperError)) return { type: 'crashed', message: String((error as Error)?.stack ?? error) };
  const { cause, ...detail } = error.detail;
  const because = cause instanceof Error ? ` (because ${cause.message})` : '';
  return { type: 'failed', code: error.code, detail: { ...detail, got: `${detail.got ?? ''}${because}` } };
}
