import { createHash } from 'node:crypto';
import path from 'node:path';
import { openProductEncoder, productText } from '../../models/encoders/product.ts';
import { type ImageEncoder, openImageEncoder } from '../../models/images/encoder.ts';
import { meanDirection } from '../../models/images/mean.ts';
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

/** Vectors of what each item's description, picture and video show, from the cache where they were made before. */
export async function contentsOf(
  items: readonly Item[],
  seed: number,
  onProgress: (line: string) => void,
): Promise<ItemContents> {
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
    return {
      text: { encoder: words.id, width: words.width, vectors: read, present: new Uint8Array(items.length).fill(1) },
      image: await see(photos, 'pictures'),
      video: await see(films, 'frames'),
    };
  } finally {
    await words.release();
    await eyes.release();
  }
}

/** Each item's vector is that of its pictures together, as of a video's; pictures are known again by the hash of their bytes. */
async function seen(
  eyes: ImageEncoder,
  pictures: readonly (readonly Buffer[])[],
  directory: string,
  onProgress: (done: number) => void,
): Promise<Contents> {
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
  const vectors = new Float32Array(pictures.length * width);
  for (const [item, own] of hashes.entries()) {
    if (own.length > 0) vectors.set(meanDirection(own.map(hash => rows.get(hash)!)), item * width);
  }
  return { encoder: id, width, vectors, present: Uint8Array.from(pictures, own => Number(own.length > 0)) };
}
