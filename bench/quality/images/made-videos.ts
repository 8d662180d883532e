import type { ImageEncoder } from '../../../models/images/encoder.ts';
import { random } from '../../../models/random.ts';
import { type Encoded, encodePictures } from './pictures.ts';

/** Videos that are made of pictures, by their vectors. */
export interface MadeVideos {
  /** [videos, frames, width] */
  readonly vectors: Float32Array;
  readonly frames: number;
  readonly width: number;
  /** [videos]: those of the pictures that they show. */
  readonly labels: Int32Array;
}

export interface MadeOptions {
  readonly frames: number;
  /** How many of them show the picture, straight and mirrored in turns; the rest pass over something else. */
  readonly showing: number;
  readonly seed: number;
}

/** Frames that show nothing, from which each video draws. */
const CLUTTER = 128;

/**
 * A video for each picture: frames that show it at random places among frames that show a small piece, a sixth of the
 * side or less, of a random picture of the same part: the floor, a wall, a bit of cloth.
 */
export async function makeVideos(
  encoder: ImageEncoder,
  { files, labels, straight, mirrored }: Encoded,
  { frames, showing, seed }: MadeOptions,
): Promise<MadeVideos> {
  const draws = random(seed);
  const { width } = encoder;
  const sources = Array.from({ length: CLUTTER }, () => files[draws.below(files.length)]!);
  const piece = () => ({ part: { side: 0.04 + 0.12 * draws.uniform(), x: draws.uniform(), y: draws.uniform() } });
  const clutter = await encodePictures(encoder, sources, () => {}, piece);
  const vectors = new Float32Array(labels.length * frames * width);
  for (let video = 0; video < labels.length; video++) {
    const places = draws.shuffle(Int32Array.from({ length: frames }, (_, place) => place));
    for (const [order, place] of places.entries()) {
      const [from, row] = order < showing ? [order % 2 ? mirrored : straight, video] : [clutter, draws.below(CLUTTER)];
      vectors.set(from.subarray(row * width, (row + 1) * width), (video * frames + place) * width);
    }
  }
  return { vectors, frames, width, labels };
}
