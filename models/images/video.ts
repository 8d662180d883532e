import { createHash } from 'node:crypto';
import type { ImageEncoder } from './encoder.ts';
import { meanDirection } from './mean.ts';

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

/** How a video's vector comes of its frames', in words that change when it does. */
const POOLING = 'the mean';

/** An encoder of videos by the mean of their frames' vectors. The encoder of pictures stays open and its owner's. */
export function videoEncoder(images: ImageEncoder): VideoEncoder {
  const [name] = images.id.split('@');
  const hash = createHash('sha256').update(`${images.id} ${POOLING}`).digest('hex').slice(0, 8);
  return {
    id: `${name}-frames@${hash}`,
    width: images.width,
    async vectors(videos) {
      const found: Float32Array[] = [];
      for (const frames of videos) found.push(meanDirection(await images.vectors(frames)));
      return found;
    },
  };
}
