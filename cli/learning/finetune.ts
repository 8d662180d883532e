import { existsSync } from 'node:fs';
import { fineTuneInChild } from '../../models/encoders/fine-tune/child.ts';
import type { Method } from '../../models/encoders/fine-tune/method.ts';
import type { Retrieval } from '../../models/encoders/fine-tune/retrieval.ts';
import { TemperError } from '../../schemas/errors.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { WEIGHTS, type WeightsName } from '../../services/weights/table.ts';
import { installWeights } from '../../services/weights/weights.ts';
import { onAskedToStop } from '../asked-to-stop.ts';
import { printResult, progress, table } from '../output.ts';

export interface FineTuneCommand {
  model: string;
  pairs: string;
  method: Method['name'];
  rank: number;
  layers: number;
  epochs: number;
  batch: number;
  rate?: number;
  maxTokens: number;
  seed: number;
  out: string;
  checkpoints?: string;
  json?: boolean;
}

/** Fine-tunes an encoder and says what it gained. Exit code 0 where it was written, 1 where it was stopped. */
export async function finetune(config: Config, command: FineTuneCommand): Promise<number> {
  const stop = new AbortController();
  const endListening = onAskedToStop(() => stop.abort());
  try {
    await fineTuneAndTell(config, command, stop.signal);
    return 0;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    const { checkpoints } = command;
    const next = checkpoints === undefined ? '' : `; the same command goes on from ${checkpoints}`;
    progress(`stopped; nothing was written${next}`);
    return 1;
  } finally {
    endListening();
  }
}

async function fineTuneAndTell(config: Config, command: FineTuneCommand, signal: AbortSignal): Promise<void> {
  const { json, model, method, rank, layers, checkpoints, ...options } = command;
  const encoder = await placeOf(model, config, signal);
  progress(`reading the pairs, and measuring ${model} on those held out`);
  let told = 0;
  const result = await fineTuneInChild(
    {
      ...options,
      encoder,
      method: method === 'lora' ? { name: method, rank } : { name: method, layers },
      providers: config.providers,
      threads: config.threads,
      ...(checkpoints !== undefined && { directory: checkpoints }),
    },
    {
      onProgress({ epoch, epochs, step, loss, samples_per_second: pace }) {
        if (step === told) return; // the end of an epoch is told as such, too
        told = step;
        progress(`epoch ${epoch} of ${epochs}, step ${step}: loss ${loss.toFixed(4)}, ${pace.toFixed(1)} pairs/s`);
      },
      signal,
    },
  );
  const { parameters, train_loss, before, after, seconds } = result;
  const row = (name: string, { recall_at_1, mrr }: Retrieval) => [name, recall_at_1.toFixed(4), mrr.toFixed(4)];
  printResult({ model, ...result }, json, () =>
    [
      `${parameters.trainable} of ${parameters.total} parameters trained on ${result.pairs.train} pairs, ${result.steps} steps in ${seconds.toFixed(0)} s on ${result.provider}`,
      `train loss ${train_loss.first.toFixed(4)} at first, ${train_loss.last.toFixed(4)} at last`,
      table([['HELD OUT', 'RECALL@1', 'MRR'], row('before', before), row('after', after)]),
      `${after.queries} queries, ${after.texts} texts; written to ${result.path}`,
    ].join('\n'),
  );
}

/** The directory of the weights that the name means, fetched if they are not there yet, or the file that it is. */
async function placeOf(model: string, config: Config, signal: AbortSignal): Promise<string> {
  if (Object.hasOwn(WEIGHTS, model)) {
    return installWeights(model as WeightsName, { cacheDir: config.cacheDir, onProgress: progress, signal });
  }
  if (model.endsWith('.onnx') && existsSync(model)) return model;
  throw new TemperError('INPUT_INVALID', {
    where: '--model',
    expected: 'a name of `temper models list`, or an ONNX file that is there',
    got: model,
  });
}
