import { createHash } from 'node:crypto';
import type { ImageEncoder } from './encoder.ts';
import { evenPooling, pooledFrames, versionOf } from './frame-pooling.ts';

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

/** An encoder of videos by their frames' vectors. The encoder of pictures stays open and its owner's. */
export function videoEncoder(images: ImageEncoder, pooling = evenPooling(images.width)): VideoEncoder {
  const [name] = images.id.split('@');
  const hash = createHash('sha256')
    .update(`${images.id} ${versionOf(pooling)}`)
    .digest('hex')
    .slice(0, 8);
  return {
    id: `${name}-frames@${hash}`,
    width: images.width,
    async vectors(videos) {
      const found: Float32Array[] = [];
      for (const frames of videos) found.push(pooledFrames(await images.vectors(frames), pooling));
      return found;
    },
  };
}
