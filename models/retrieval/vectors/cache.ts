import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readArrays, writeArrays } from '../../array-file.ts';
import type { TextEncoder } from '../../encoders/text.ts';

export interface VectorCache {
  /** Where the files are. */
  directory: string;
  /** Names the encoder and all that changes its vectors: another name, other files. */
  encoder: string;
}

/** Texts of a file. What was encoded before a run was stopped is not encoded again. */
const TEXTS = 1_024;
const KIND = 'part of vectors';

/**
 * Vectors of texts as `encoder.encode` gives them, those that were encoded before from files that are named by the hash
 * of the texts in them.
 *
 * @returns [texts, width]
 */
export async function encodeOnce(
  encoder: TextEncoder,
  texts: readonly string[],
  { directory, encoder: name }: VectorCache,
  onProgress: (done: number) => void = () => {},
): Promise<Float32Array> {
  const vectors = new Float32Array(texts.length * encoder.width);
  for (let start = 0; start < texts.length; start += TEXTS) {
    const part = texts.slice(start, start + TEXTS);
    const file = path.join(directory, `${hashOf([name, String(encoder.width), ...part])}.vectors`);
    vectors.set(await encodePart(encoder, part, file), start * encoder.width);
    onProgress(start + part.length);
  }
  return vectors;
}

async function encodePart(encoder: TextEncoder, texts: readonly string[], file: string): Promise<Float32Array> {
  if (existsSync(file)) return readPart(file);
  const vectors = await encoder.encode(texts);
  await writeArrays(file, { kind: KIND, meta: { texts: texts.length }, arrays: { vectors } });
  return vectors;
}

/** The vectors in one of the files. */
export async function readPart(file: string): Promise<Float32Array> {
  return (await readArrays(file, KIND)).arrays.vectors as Float32Array;
}

function hashOf(texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 32);
}
