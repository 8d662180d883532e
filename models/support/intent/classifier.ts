import { existsSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { TemperError } from '../../../schemas/errors.ts';
import { readArrays, writeArrays } from '../../array-file.ts';
import type { Encoder } from '../../encoders/encoder.ts';
import { openTokenizer, tokenizerFile } from '../../encoders/tokenizer.ts';
import { decodeFile } from '../../graph/file/decode.ts';
import { encode } from '../../graph/file/encode.ts';
import { openSession, type SessionOptions, value } from '../../graph/runtime.ts';
import type { Graph } from '../../graph/tensor.ts';
import type { FitHooks } from '../../graph/training/fit.ts';
import { writeWhole } from '../../whole-file.ts';
import { trainOnVectors } from './frozen.ts';
import { MAX_TOKENS, type NetworkTraining, trainNetwork } from './network.ts';
import { intentsOf, type Question } from './questions.ts';
import { classifyWords, trainWords, type WordClassifier } from './words.ts';

/** What tells intents: networks that know what words mean, and counts of words that know which were used. */
export interface TrainedIntents {
  readonly names: readonly string[];
  readonly networks: readonly Network[];
  readonly words: WordClassifier;
}

/** A graph from texts to probabilities, and how it reads them. */
interface Network {
  readonly graph: Graph;
  readonly encoder: Pick<Encoder, 'tokenizer' | 'tokenizerFile' | 'prefixes'>;
}

/** The encoders that intents are learned with. */
export interface IntentEncoders {
  readonly tuned: Encoder;
  readonly frozen: Encoder;
}

export interface Intents {
  readonly names: readonly string[];
  /** The probability of each intent for each text, [texts, intents]. */
  classify(texts: readonly string[]): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Of the logarithms of probabilities, how much each counts: of the networks, tuned and frozen, and of the words. */
const SHARES = { networks: [0.5, 0.3], words: 0.2 };
const BATCH = 32;
const LEAST_INTENTS = 2;

/**
 * Learns intents from sorted questions. The same questions and seed give the same on one thread.
 *
 * @throws DATA_INSUFFICIENT, TRAINING_DIVERGED, or the signal's reason
 */
export async function trainIntents(
  { tuned, frozen }: IntentEncoders,
  questions: readonly Question[],
  options: NetworkTraining,
  hooks: FitHooks = {},
): Promise<TrainedIntents> {
  const names = intentsOf(questions);
  if (names.length < LEAST_INTENTS) {
    const got = `${questions.length} questions of ${names.length}`;
    throw new TemperError('DATA_INSUFFICIENT', { where: 'intents', expected: 'questions of several intents', got });
  }
  const numbers = new Map(names.map((name, number) => [name, number]));
  const texts = questions.map(({ text }) => text);
  const labels = Int32Array.from(questions, ({ intent }) => numbers.get(intent)!);
  const words = trainWords(texts, labels, names.length, options);
  const { seed: _seed, epochs: _epochs, rate: _rate, ...session } = options;
  const onVectors = await trainOnVectors(frozen, texts, labels, names.length, session, hooks);
  const graph = await trainNetwork(tuned, texts, labels, names.length, options, hooks);
  const networks = [
    { graph, encoder: tuned },
    { graph: onVectors, encoder: frozen },
  ];
  return { names, networks, words };
}

export async function openIntents(
  { names, networks, words }: TrainedIntents,
  options: SessionOptions = {},
): Promise<Intents> {
  const sessions = await Promise.all(networks.map(({ graph }) => openSession(graph, options)));
  const classes = names.length;
  const byNetwork = async (number: number, texts: readonly string[]): Promise<Float32Array> => {
    const { tokenizer, prefixes } = networks[number]!.encoder;
    const questions = texts.map(text => prefixes.query + text);
    const { ids, mask, length } = tokenizer.encode(questions, { maxTokens: MAX_TOKENS });
    const { probabilities } = await sessions[number]!.run({
      input_ids: value('int64', ids, [texts.length, length]),
      attention_mask: value('int64', mask, [texts.length, length]),
    });
    return probabilities!.data as Float32Array;
  };
  return {
    names,
    async classify(texts) {
      const found = new Float32Array(texts.length * classes);
      for (let from = 0; from < texts.length; from += BATCH) {
        const some = texts.slice(from, from + BATCH);
        const into = found.subarray(from * classes, (from + some.length) * classes);
        add(into, classifyWords(words, some), SHARES.words);
        for (const number of networks.keys()) add(into, await byNetwork(number, some), SHARES.networks[number]!);
        normalise(into, classes);
      }
      return found;
    },
    release: async () => void (await Promise.all(sessions.map(session => session.release()))),
  };
}

/** Nothing is quite impossible: one that is sure must not outvote all others. */
const TINY = 1e-6;

/** Adds shares of logarithms: what comes out is a geometric mean. */
function add(into: Float32Array, probabilities: Float32Array, share: number): void {
  for (let n = 0; n < into.length; n++) into[n]! += share * Math.log(probabilities[n]! + TINY);
}

/** Of sums of logarithms, row by row, probabilities that add up to 1. */
function normalise(logs: Float32Array, classes: number): void {
  for (let from = 0; from < logs.length; from += classes) {
    const row = logs.subarray(from, from + classes);
    const most = row.reduce((greatest, each) => Math.max(greatest, each), Number.NEGATIVE_INFINITY);
    const sum = row.reduce((total, each) => total + Math.exp(each - most), 0);
    for (let c = 0; c < classes; c++) row[c] = Math.exp(row[c]! - most) / sum;
  }
}

/** The intent of each text that is most probable, by its number. */
export function mostProbable(probabilities: Float32Array, classes: number): Int32Array {
  return Int32Array.from({ length: probabilities.length / classes }, (_, row) => {
    const own = probabilities.subarray(row * classes, (row + 1) * classes);
    return own.reduce((best, each, number) => (each > own[best]! ? number : best), 0);
  });
}

const KIND = 'intents';
const Meta = z.object({
  names: z.array(z.string()).min(LEAST_INTENTS),
  terms: z.array(z.string()),
  prefixes: z.array(z.object({ query: z.string(), passage: z.string() })).length(SHARES.networks.length),
});
const FILES = { network: 'network.onnx', words: 'words' };
const placeOf = (directory: string, number: number) => path.join(directory, `network-${number}`);

/** Writes a directory from which `readIntents` has the same again; the tokenizers go with it. */
export async function writeIntents(directory: string, { names, networks, words }: TrainedIntents): Promise<void> {
  for (const [number, { graph, encoder }] of networks.entries()) {
    const place = placeOf(directory, number);
    await mkdir(place, { recursive: true });
    await writeWhole(path.join(place, FILES.network), [encode(graph)]);
    await copyFile(encoder.tokenizerFile, path.join(place, path.basename(encoder.tokenizerFile)));
  }
  const { vocabulary, weights } = words;
  const prefixes = networks.map(({ encoder }) => encoder.prefixes);
  const meta = { names, terms: [...vocabulary.numbers.keys()], prefixes };
  // The last, so that a directory that has it is whole.
  await writeArrays(path.join(directory, FILES.words), { kind: KIND, meta, arrays: { idf: vocabulary.idf, weights } });
}

/** @returns undefined where there are none; @throws MODEL_REFUSED, INPUT_INVALID where they cannot be used */
export async function readIntents(directory: string): Promise<TrainedIntents | undefined> {
  if (!existsSync(path.join(directory, FILES.words))) return undefined;
  const { meta, arrays } = await readArrays(path.join(directory, FILES.words), KIND);
  const found = Meta.safeParse(meta);
  if (!found.success) throw notWhole(directory, 'names, terms and prefixes as this version writes them');
  const { names, terms, prefixes } = found.data;
  const { idf, weights } = arrays;
  if (!(idf instanceof Float32Array && weights instanceof Float32Array))
    throw notWhole(directory, 'two arrays of floats');
  if (idf.length !== terms.length || weights.length !== terms.length * names.length) {
    throw notWhole(directory, `a weight for each of ${terms.length} terms and ${names.length} intents`);
  }
  const networks = await Promise.all(
    prefixes.map(async (each, number): Promise<Network> => {
      const place = placeOf(directory, number);
      const [graph, tokenizer] = await Promise.all([decodeFile(path.join(place, FILES.network)), openTokenizer(place)]);
      return { graph, encoder: { tokenizer, tokenizerFile: tokenizerFile(place), prefixes: each } };
    }),
  );
  const numbers = new Map(terms.map((term, number) => [term, number]));
  return { names, networks, words: { classes: names.length, vocabulary: { numbers, idf }, weights } };
}

function notWhole(where: string, expected: string): TemperError {
  return new TemperError('MODEL_REFUSED', { where, expected, next: 'Train it again with `temper intents train`' });
}
