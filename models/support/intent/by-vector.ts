import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { TemperError } from '../../../schemas/errors.ts';
import type { ProductEncoder } from '../../encoders/product.ts';
import { decodeFile } from '../../graph/file/decode.ts';
import { encode } from '../../graph/file/encode.ts';
import { graphOf } from '../../graph/graph.ts';
import { openSession, type SessionOptions, value } from '../../graph/runtime.ts';
import { type Graph, input } from '../../graph/tensor.ts';
import type { FitHooks } from '../../graph/training/fit.ts';
import { writeWhole } from '../../whole-file.ts';
import { fitHead } from './frozen.ts';
import { intentsOf, type Question } from './questions.ts';

/**
 * What tells intents by the vector of a question alone, of an encoder that has one space for many languages: learned from
 * questions in one of them, it knows those in the others.
 */
export interface VectorIntents {
  readonly names: readonly string[];
  /** The id of the encoder: of another one's vectors it knows nothing. */
  readonly encoder: string;
  /** `vectors` [N, width], float32 -> `probabilities` [N, intents]. */
  readonly graph: Graph;
}

export interface OpenVectorIntents {
  readonly names: readonly string[];
  /** The probability of each intent; undefined where the vector is another encoder's. */
  classify(asked: { encoder: string; vector: Float32Array }): Promise<Float32Array | undefined>;
  release(): Promise<void>;
}

/** The same questions give the same on one thread. @throws the signal's reason */
export async function trainByVector(
  encoder: Pick<ProductEncoder, 'id' | 'width' | 'encode'>,
  questions: readonly Question[],
  session: SessionOptions = {},
  hooks: Pick<FitHooks, 'signal'> = {},
): Promise<VectorIntents> {
  const names = intentsOf(questions);
  const numbers = new Map(names.map((name, number) => [name, number]));
  const labels = Int32Array.from(questions, ({ intent }) => numbers.get(intent)!);
  const texts = questions.map(({ text }) => text);
  const vectors = await encoder.encode(texts, 'query', hooks.signal);
  const probable = await fitHead(vectors, encoder.width, labels, names.length, session, hooks);
  const graph = graphOf({ probabilities: probable(input('vectors', 'float32', ['N', encoder.width])) });
  return { names, encoder: encoder.id, graph };
}

export async function openByVector(
  { names, encoder, graph }: VectorIntents,
  options: SessionOptions = {},
): Promise<OpenVectorIntents> {
  const session = await openSession(graph, options);
  return {
    names,
    async classify(asked) {
      if (asked.encoder !== encoder) return undefined;
      const vectors = value('float32', asked.vector, [1, asked.vector.length]);
      return (await session.run({ vectors })).probabilities!.data as Float32Array;
    },
    release: () => session.release(),
  };
}

const Meta = z.object({ encoder: z.string().min(1), names: z.array(z.string()).min(2) });
const FILES = { graph: 'by-vector.onnx', meta: 'by-vector.json' };

/** Beside what `writeIntents` writes. */
export async function writeByVector(directory: string, { graph, ...meta }: VectorIntents): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeWhole(path.join(directory, FILES.graph), [encode(graph)]);
  // The last, so that a directory that has it is whole.
  await writeWhole(path.join(directory, FILES.meta), [Buffer.from(JSON.stringify(meta))]);
}

/** What an earlier training left there knows other intents. */
export async function removeByVector(directory: string): Promise<void> {
  for (const name of [FILES.meta, FILES.graph]) await rm(path.join(directory, name), { force: true });
}

/** @returns undefined where there are none; @throws MODEL_REFUSED where they cannot be used */
export async function readByVector(directory: string): Promise<VectorIntents | undefined> {
  const file = path.join(directory, FILES.meta);
  if (!existsSync(file)) return undefined;
  const meta = Meta.safeParse(JSON.parse(await readFile(file, 'utf8')));
  if (meta.success) return { ...meta.data, graph: await decodeFile(path.join(directory, FILES.graph)) };
  const next = 'Train it again with `temper intents train`';
  throw new TemperError('MODEL_REFUSED', { where: file, expected: 'the id of an encoder, and names', next });
}
