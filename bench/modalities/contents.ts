import { createHash } from 'node:crypto';
import path from 'node:path';
import { openProductEncoder, productText } from '../../models/encoders/product.ts';
import { type ImageEncoder, openImageEncoder } from '../../models/images/encoder.ts';
import { evenPooling, type FramePooling, pooledFrames } from '../../models/images/frame-pooling.ts';
import type { VideoPairs } from '../../models/images/learn-pooling.ts';
import type { Contents, RankerBatch } from '../../models/ranker/model.ts';
import { encodeOnce } from '../../models/retrieval/vectors/cache.ts';
import { readConfig } from '../../schemas/settings/config.ts';
import { Product } from '../../schemas/topics/events.ts';
import { installWeights } from '../../services/weights/weights.ts';
import { OPENED_MS } from '../../test/sim/history.ts';
import { type Item, toProduct } from '../../test/sim/items.ts';
import { pictureOf, videoOf } from '../../test/sim/media.ts';

const TEXT = 'all-minilm-l6-v2';
const IMAGE = 'efficientnet-lite0';

export type ItemContents = Required<RankerBatch['contents']>;

/** Contents, and of what the videos' are made. */
export interface SeenItems {
  contents: ItemContents;
  /** By item, none where it has no video. */
  frames: readonly (readonly Float32Array[])[];
  texts: readonly string[];
}

/** Vectors of what each item's description, picture and video show, from the cache where they were made before. */
export async function contentsOf(
  items: readonly Item[],
  seed: number,
  onProgress: (line: string) => void,
): Promise<SeenItems> {
  const { cacheDir, threads } = readConfig();
  const directory = path.join(cacheDir, 'vectors');
  const [forText, forImage] = [await installWeights(TEXT, { onProgress }), await installWeights(IMAGE, { onProgress })];
  const words = await openProductEncoder(forText, TEXT, { threads });
  const eyes = await openImageEncoder(forImage, { threads });
  try {
    const texts = items.map(item => productText(Product.parse(toProduct(item, OPENED_MS))));
    const read = await encodeOnce(words, texts, { directory, encoder: words.id }, done =>
      onProgress(`${done} of ${texts.length} texts encoded`),
    );
    const photos = await Promise.all(items.map(async item => (item.image ? [await pictureOf(item, seed)] : [])));
    const films = await Promise.all(items.map(async item => (item.video ? await videoOf(item, seed) : [])));
    const see = (pictures: readonly (readonly Buffer[])[], what: string) =>
      seen(eyes, pictures, directory, done => onProgress(`${done} ${what} encoded`));
    const frames = await see(films, 'frames');
    const even = evenPooling(eyes.width);
    const contents = {
      text: { encoder: words.id, width: words.width, vectors: read, present: new Uint8Array(items.length).fill(1) },
      image: pooledContents(await see(photos, 'pictures'), even, eyes.id),
      video: pooledContents(frames, even, eyes.id),
    };
    return { contents, frames, texts };
  } finally {
    await words.release();
    await eyes.release();
  }
}

/** Each item's vector is that of its pictures together, as of a video's. */
export function pooledContents(
  frames: readonly (readonly Float32Array[])[],
  pooling: FramePooling,
  encoder: string,
): Contents {
  const width = pooling.query.length;
  const vectors = new Float32Array(frames.length * width);
  for (const [item, own] of frames.entries()) if (own.length > 0) vectors.set(pooledFrames(own, pooling), item * width);
  return { encoder, width, vectors, present: Uint8Array.from(frames, own => Number(own.length > 0)) };
}

/** Videos of items that have one, and what is said of these. */
export function videoPairs({ contents: { text, image }, frames, texts }: SeenItems): VideoPairs {
  const places = [...frames.keys()].filter(place => frames[place]!.length > 0);
  const said = new Float32Array(places.length * text.width);
  for (const [n, place] of places.entries()) {
    said.set(text.vectors.subarray(place * text.width, (place + 1) * text.width), n * text.width);
  }
  return {
    videos: places.map(place => frames[place]!),
    width: image.width,
    names: places.map(place => texts[place]!),
    texts: { vectors: said, width: text.width },
  };
}

/** Vectors of each item's pictures; these are known again by the hash of their bytes. */
export async function seen(
  eyes: ImageEncoder,
  pictures: readonly (readonly Buffer[])[],
  directory: string,
  onProgress: (done: number) => void,
): Promise<Float32Array[][]> {
  const { id, width } = eyes;
  const hashes = pictures.map(own => own.map(bytes => createHash('sha256').update(bytes).digest('hex')));
  const byHash = new Map(hashes.flatMap((own, item) => own.map((hash, at) => [hash, pictures[item]![at]!])));
  const encode = async (some: readonly string[]) => {
    const found = await eyes.vectors(some.map(hash => byHash.get(hash)!));
    return Float32Array.from(found.flatMap(vector => [...vector]));
  };
  const names = [...byHash.keys()];
  const all = await encodeOnce({ ...eyes, encode }, names, { directory, encoder: id }, onProgress);
  const rows = new Map(names.map((hash, row) => [hash, all.subarray(row * width, (row + 1) * width)]));
  return hashes.map(own => own.map(hash => rows.get(hash)!));
}
