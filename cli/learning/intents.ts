import path from 'node:path';
import { readEncoder } from '../../models/encoders/encoder.ts';
import { type IntentEncoders, trainIntents, writeIntents } from '../../models/support/intent/classifier.ts';
import { readQuestions } from '../../models/support/intent/questions.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { INTENTS } from '../../schemas/topics/support.ts';
import { installWeights, type WeightsOptions } from '../../services/weights/weights.ts';
import { printResult, progress } from '../output.ts';

export interface IntentOptions {
  questions: string;
  seed: number;
  json?: boolean;
}

/** Trains the intents that the support job tells; it takes them when it is started the next time. */
export async function trainOwnIntents(config: Config, { questions: file, seed, json }: IntentOptions): Promise<void> {
  const questions = await readQuestions(file);
  const { cacheDir, threads, providers } = config;
  const encoders = await intentEncoders({ cacheDir, onProgress: progress });
  const started = performance.now();
  const trained = await trainIntents(
    encoders,
    questions,
    { seed, threads, providers },
    {
      onProgress: ({ epoch, epochs, step, loss, samples_per_second: speed }) =>
        progress(`epoch ${epoch} of ${epochs}, step ${step}: loss ${loss.toFixed(4)}, ${speed.toFixed(1)} questions/s`),
    },
  );
  const directory = path.join(config.dataDir, ...INTENTS);
  await writeIntents(directory, trained);
  const result = {
    directory,
    questions: questions.length,
    intents: trained.names,
    seconds: (performance.now() - started) / 1_000,
  };
  printResult(result, json, () =>
    [
      `${result.intents.length} intents of ${result.questions} questions in ${result.seconds.toFixed(0)} s`,
      `written to ${directory}; restart the job support`,
    ].join('\n'),
  );
}

/** The encoders that intents are learned with, fetched where they are not there. */
export async function intentEncoders(options: WeightsOptions): Promise<IntentEncoders> {
  const [tuned, frozen] = await Promise.all(
    (['all-minilm-l6-v2', 'bge-small-en-v1.5'] as const).map(async name =>
      readEncoder(await installWeights(name, options)),
    ),
  );
  return { tuned: tuned!, frozen: frozen! };
}
