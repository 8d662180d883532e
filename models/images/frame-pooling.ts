import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { TemperError } from '../../schemas/errors.ts';
import { writeWhole } from '../whole-file.ts';
import { powerNormalised } from './power.ts';

/** How the frames of a video become one vector: each weighs softmax(f q), f its vector to the power of one half. */
export interface FramePooling {
  /** [width]; all 0 where all frames weigh alike. */
  readonly query: Float32Array;
}

/** All frames alike: what there is before anything is learned, and where learning begins. */
export function evenPooling(width: number): FramePooling {
  return { query: new Float32Array(width) };
}

/**
 * What `frameAttention` says of one video, of the vectors as they are.
 *
 * @param frames one at least, each of length 1
 * @returns of length 1
 */
export function pooledFrames(frames: readonly Float32Array[], { query }: FramePooling): Float32Array {
  const logits = frames.map(frame =>
    powerNormalised(frame, frame.length).reduce((sum, x, k) => sum + x * query[k]!, 0),
  );
  const greatest = Math.max(...logits);
  const pooled = new Float32Array(query.length);
  for (const [n, frame] of frames.entries()) {
    const weight = Math.exp(logits[n]! - greatest);
    for (let k = 0; k < pooled.length; k++) pooled[k]! += weight * frame[k]!;
  }
  const length = Math.sqrt(pooled.reduce((sum, x) => sum + x * x, 0));
  return pooled.map(x => x / Math.max(length, Number.MIN_VALUE));
}

/** The pooling in words that change when it does: vectors of another one can't be compared. */
export function versionOf({ query }: FramePooling): string {
  return query.every(x => x === 0)
    ? 'the mean'
    : createHash('sha256')
        .update(new Uint8Array(query.buffer, query.byteOffset, query.byteLength))
        .digest('hex');
}

/** Where the pooling of an encoder's frames is kept. */
function placeOf(directory: string, encoder: string): string {
  return path.join(directory, 'frames', `${encoder}.f32`);
}

/**
 * What was learned of an encoder's frames; nothing where nothing was.
 *
 * @param directory the cache
 * @throws INPUT_INVALID where the file is of another width
 */
export async function readPooling(
  directory: string,
  encoder: string,
  width: number,
): Promise<FramePooling | undefined> {
  const place = placeOf(directory, encoder);
  const bytes = await readFile(place).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!bytes) return undefined;
  const query = new Float32Array(bytes.length >> 2);
  new Uint8Array(query.buffer).set(bytes.subarray(0, query.byteLength));
  if (bytes.length === 4 * width && query.every(Number.isFinite)) return { query };
  throw new TemperError('INPUT_INVALID', {
    where: place,
    expected: `${width} finite numbers of 32 bits`,
    got: `${bytes.length} bytes`,
    next: 'Delete the file, or let `temper learn-frames` write it anew',
  });
}

/** @returns the file */
export async function writePooling(directory: string, encoder: string, { query }: FramePooling): Promise<string> {
  const place = placeOf(directory, encoder);
  await writeWhole(place, [new Uint8Array(query.buffer, query.byteOffset, query.byteLength)]);
  return place;
}
