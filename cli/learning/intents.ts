import path from 'node:path';
import { readEncoder } from '../../models/encoders/encoder.ts';
import { openProductEncoder } from '../../models/encoders/product.ts';
import {
  removeByVector,
  trainByVector,
  type VectorIntents,
  writeByVector,
} from '../../models/support/intent/by-vector.ts';
import { type IntentEncoders, trainIntents, writeIntents } from '../../models/support/intent/classifier.ts';
import { type Question, readQuestions } from '../../models/support/intent/questions.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { INTENTS } from '../../schemas/topics/support.ts';
import type { WeightsName } from '../../services/weights/table.ts';
import { installWeights, type WeightsOptions } from '../../services/weights/weights.ts';
import { printResult, progress } from '../output.ts';
import { encoderWeights } from '../stack/weights.ts';

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
  const byVector = await learnedByVector(config, questions);
  if (byVector) await writeByVector(directory, byVector);
  else await removeByVector(directory);
  const result = {
    directory,
    questions: questions.length,
    intents: trained.names,
    other_languages: byVector?.encoder ?? null,
    seconds: (performance.now() - started) / 1_000,
  };
  printResult(result, json, () =>
    [
      `${result.intents.length} intents of ${result.questions} questions in ${result.seconds.toFixed(0)} s`,
      result.other_languages
        ? `in other languages by vectors of ${result.other_languages}`
        : 'in English alone: TEMPER_TEXT_ENCODER=multilingual-e5-small would tell those in other languages too',
      `written to ${directory}; restart the job support`,
    ].join('\n'),
  );
}

/** Encoders that know English alone tell nothing of questions in another language. */
const ENGLISH: ReadonlySet<string> = new Set<WeightsName>([
  ...(['all-minilm-l6-v2', 'all-minilm-l6-v2-onnx', 'all-minilm-l6-v2-int8', 'bge-small-en-v1.5'] as const),
]);

/** By the encoder with which the job asks for vectors of questions anyway, where that one knows more than English. */
async function learnedByVector(
  { textEncoder, cacheDir, threads, providers }: Config,
  questions: readonly Question[],
): Promise<VectorIntents | undefined> {
  if (textEncoder === 'none' || ENGLISH.has(textEncoder)) return undefined;
  const { signal } = new AbortController();
  const weights = encoderWeights({ cacheDir });
  const place = weights.find(textEncoder) ?? (await weights.fetch(textEncoder, progress, signal));
  const encoder = await openProductEncoder(place, path.basename(textEncoder, '.onnx'), { threads, providers });
  return trainByVector(encoder, questions, { threads, providers }).finally(() => encoder.release());
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
