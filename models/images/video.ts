import { createHash } from 'node:crypto';
import type { ImageEncoder } from './encoder.ts';
import { meanDirection, product, weightedDirection } from './mean.ts';

export interface VideoEncoder {
  /** Its name, and 8 digits of the hash of what determines its vectors. */
  readonly id: string;
  /** How many numbers a vector has: as many as of a picture. */
  readonly width: number;
  /**
   * @param videos of each the bytes of its frames, one at least; see `readFrames`
   * @returns a vector of length 1 for each
   * @throws INPUT_INVALID where a frame cannot be read
   */
  vectors(videos: readonly (readonly Uint8Array[])[]): Promise<Float32Array[]>;
}

/** How sharply attention chooses: cosines are multiplied by it. */
const SHARPNESS = 8;
/** What `poolFrames` does, in words that change when its result does. */
const POOLING = `attention by the mean of the frames, ${SHARPNESS}`;

/** An encoder of videos by that of their frames, which stays open and its owner's. */
export function videoEncoder(images: ImageEncoder): VideoEncoder {
  const [name] = images.id.split('@');
  const hash = createHash('sha256').update(`${images.id} ${POOLING}`).digest('hex').slice(0, 8);
  return {
    id: `${name}-frames@${hash}`,
    width: images.width,
    async vectors(videos) {
      const found: Float32Array[] = [];
      for (const frames of videos) found.push(poolFrames(await images.vectors(frames)));
      return found;
    },
  };
}

/**
 * One vector of a video from those of its frames, without anything learned: attention (Vaswani et al. 2017) of one
 * query, the mean of the frames. Frames that are like the others count more than those that are like none, so a frame
 * of black, a title or a cut takes little part.
 *
 * @param frames of length 1 each, one at least
 * @returns of length 1
 */
export function poolFrames(frames: readonly Float32Array[]): Float32Array {
  const middle = meanDirection(frames);
  return weightedDirection(
    frames,
    frames.map(frame => Math.exp(SHARPNESS * (product(frame, middle) - 1))),
  );
}
