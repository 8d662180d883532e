import { serveParent } from '../../models/child/serve.ts';
import { openProductEncoder } from '../../models/encoders/product.ts';
import { type ImageEncoder, openImageEncoder } from '../../models/images/encoder.ts';
import { readPooling } from '../../models/images/frame-pooling.ts';
import { readFrames } from '../../models/images/frames.ts';
import { videoEncoder } from '../../models/images/video.ts';
import type { Modality } from '../../schemas/topics/vectors.ts';
import type { EncodeSetup, Frames, Opened, Outcome, Question } from './encoders.ts';
import type { Kind, Place } from './places.ts';

type Encode = (values: readonly unknown[]) => Promise<Float32Array[]>;
type Opening = (
  place: Place,
  setup: Omit<EncodeSetup, 'places'>,
) => Promise<{ encoders: Partial<Record<Modality, { id: string; encode: Encode }>>; frames?: Frames }>;

const OPENING: Record<Kind, Opening> = {
  async text({ place, name }, { cacheDir: _, frames: __, ...options }) {
    const { id, width, encode } = await openProductEncoder(place, name, options);
    return { encoders: { text: { id, encode: async texts => rowsOf(await encode(texts as string[]), width) } } };
  },
  async image({ place }, { cacheDir, frames: before, ...options }) {
    const images = await openImageEncoder(place, options);
    const image = { id: images.id, encode: (pictures: readonly unknown[]) => images.vectors(pictures as Uint8Array[]) };
    const frames = before ?? (await framesIn(cacheDir, images));
    if ('refused' in frames) return { encoders: { image }, frames };
    const videos = videoEncoder(images, frames.pooling);
    const framesOf = async (places: readonly string[]) => {
      const frames: Uint8Array[][] = [];
      for (const video of places) frames.push(await readFrames(video));
      return frames;
    };
    const video = {
      id: videos.id,
      encode: async (places: readonly unknown[]) => videos.vectors(await framesOf(places as string[])),
    };
    return { encoders: { image, video }, frames };
  },
};

/** What can't be read there is no reason to be without pictures. */
async function framesIn(cacheDir: string | undefined, { id, width }: ImageEncoder): Promise<Frames> {
  try {
    return { pooling: cacheDir === undefined ? undefined : await readPooling(cacheDir, id, width) };
  } catch (error) {
    return { refused: messageOf(error) };
  }
}

serveParent<EncodeSetup, Opened, Question, Outcome[]>(async ({ places, ...setup }) => {
  const encoders = new Map<Modality, Encode>();
  const opened: Opened = { ids: {}, refused: {} };
  for (const [kind, place] of Object.entries(places) as [Kind, Place][]) {
    try {
      const { encoders: ofKind, frames } = await OPENING[kind](place, setup);
      if (frames) opened.frames = frames;
      if (frames && 'refused' in frames) opened.refused.video = frames.refused;
      for (const [modality, { id, encode }] of Object.entries(ofKind)) {
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
