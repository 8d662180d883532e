import { serveParent } from '../../models/child/serve.ts';
import { openProductEncoder } from '../../models/encoders/product.ts';
import { openImageEncoder } from '../../models/images/encoder.ts';
import { readPooling } from '../../models/images/frame-pooling.ts';
import { readFrames } from '../../models/images/frames.ts';
import { videoEncoder } from '../../models/images/video.ts';
import type { Modality } from '../../schemas/topics/vectors.ts';
import type { EncodeSetup, Opened, Outcome, Question } from './encoders.ts';
import type { Kind, Place } from './places.ts';

type Encode = (values: readonly unknown[]) => Promise<Float32Array[]>;
type Opening = (
  place: Place,
  setup: Omit<EncodeSetup, 'places'>,
) => Promise<Partial<Record<Modality, { id: string; encode: Encode }>>>;

const OPENING: Record<Kind, Opening> = {
  async text({ place, name }, { cacheDir: _, ...options }) {
    const { id, width, encode } = await openProductEncoder(place, name, options);
    return { text: { id, encode: async texts => rowsOf(await encode(texts as string[]), width) } };
  },
  async image({ place }, { cacheDir, ...options }) {
    const images = await openImageEncoder(place, options);
    const pooling = cacheDir === undefined ? undefined : await readPooling(cacheDir, images.id, images.width);
    const videos = videoEncoder(images, pooling);
    const framesOf = async (places: readonly string[]) => {
      const frames: Uint8Array[][] = [];
      for (const video of places) frames.push(await readFrames(video));
      return frames;
    };
    return {
      image: { id: images.id, encode: pictures => images.vectors(pictures as Uint8Array[]) },
      video: { id: videos.id, encode: async places => videos.vectors(await framesOf(places as string[])) },
    };
  },
};

serveParent<EncodeSetup, Opened, Question, Outcome[]>(async ({ places, ...setup }) => {
  const encoders = new Map<Modality, Encode>();
  const opened: Opened = { ids: {}, refused: {} };
  for (const [kind, place] of Object.entries(places) as [Kind, Place][]) {
    try {
      for (const [modality, { id, encode }] of Object.entries(await OPENING[kind](place, setup))) {
        opened.ids[modality as Modality] = id;
        encoders.set(modality as Modality, encode);
      }
    } catch (error) {
      opened.refused[kind] = messageOf(error);
    }
  }
  return { opened, answer: ({ modality, values }) => encodeEach(encoders.get(modality)!, values) };
});

/** All at once; where one of them can't be read, each by itself, to know which. */
async function encodeEach(encode: Encode, values: readonly unknown[]): Promise<Outcome[]> {
  try {
    return await encode(values);
  } catch (error) {
    if (values.length === 1) return [{ broken: messageOf(error) }];
    const outcomes: Outcome[] = [];
    for (const value of values) outcomes.push(...(await encodeEach(encode, [value])));
    return outcomes;
  }
}

function rowsOf(vectors: Float32Array, width: number): Float32Array[] {
  return Array.from({ length: vectors.length / width }, (_, row) => vectors.slice(row * width, (row + 1) * width));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
