import type { SessionOptions } from '../../../models/graph/runtime.ts';
import type { ImageEncoder } from '../../../models/images/encoder.ts';
import { type Labelled, trainHead } from '../../../models/images/head.ts';
import { hits } from './find.ts';
import { type MadeVideos, makeVideos } from './made-videos.ts';
import type { Encoded } from './pictures.ts';

/** The mean of the frames, and attention by a query that is learned. */
export type Pooling = 'mean' | 'learned';

export interface VideoFigures {
  readonly frames: number;
  readonly showing: number;
  readonly pooling: Readonly<Record<Pooling, { readonly accuracy: number; readonly 'retrieval@1': number }>>;
}

const MADE = { frames: 8, showing: 2 };
/** Regularisation of both. */
const L2 = 0.01;

/** What class a video shows, by heads on its frames that were pooled each in another way. */
export async function measureVideos(
  images: ImageEncoder,
  { training, test, classes }: { training: Encoded; test: Encoded; classes: number },
  { seed, ...session }: SessionOptions & { seed: number },
): Promise<VideoFigures> {
  const learnFrom = await makeVideos(images, training, { ...MADE, seed });
  const measuredOn = await makeVideos(images, test, { ...MADE, seed: seed + 1_000 });
  const figures = async (pool: (videos: MadeVideos) => MadeVideos) => {
    const [learn, measure] = [pool(learnFrom), pool(measuredOn)];
    const head = await trainHead({ ...learn, classes } satisfies Labelled, { ...session, l2: L2 });
    const found = await head.classes(measure);
    const rows = { vectors: await head.pooled(measure), width: images.width };
    const among = { vectors: await head.pooled(learn), width: images.width };
    await head.release();
    return {
      accuracy: mean(found.map((each, row) => Number(each === measure.labels[row]))),
      'retrieval@1': mean(hits(rows, among, 1, (row, other) => measure.labels[row] === learn.labels[other])),
    };
  };
  const pooling = {
    mean: await figures(videos => averaged(videos)),
    learned: await figures(videos => videos),
  };
  return { ...MADE, pooling };
}

/** Videos of one frame, the mean of theirs. */
function averaged({ vectors, frames, width, labels }: MadeVideos): MadeVideos {
  const all = new Float32Array(labels.length * width);
  for (let video = 0; video < labels.length; video++) {
    const own = Array.from({ length: frames }, (_, frame) => {
      const start = (video * frames + frame) * width;
      return vectors.subarray(start, start + width);
    });
    all.set(meanOf(own), video * width);
  }
  return { vectors: all, frames: 1, width, labels };
}

function meanOf(frames: readonly Float32Array[]): Float32Array {
  return frames[0]!.map((_, k) => frames.reduce((sum, frame) => sum + frame[k]!, 0) / frames.length);
}

function mean(numbers: Int32Array | Uint8Array): number {
  let sum = 0;
  for (const each of numbers) sum += each;
  return sum / numbers.length;
}
