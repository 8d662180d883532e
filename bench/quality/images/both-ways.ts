import type { ProductEncoder } from '../../../models/encoders/product.ts';
import { type AlignmentPairs, trainAlignment } from '../../../models/images/align.ts';
import type { ImageEncoder } from '../../../models/images/encoder.ts';
import { random } from '../../../models/random.ts';
import { named } from '../../../test/sim/draws.ts';
import { createItem, type Item } from '../../../test/sim/items.ts';
import { pictureOf } from '../../../test/sim/media.ts';
import { hits, type Rows } from './find.ts';
import { encodePictures } from './pictures.ts';

/** How well texts find pictures and pictures texts, among those that were held out. */
export interface BothWays {
  readonly text_to_image: Recalls;
  readonly image_to_text: Recalls;
  readonly texts: number;
  readonly images: number;
}

interface Recalls {
  readonly 'recall@1': number;
  readonly 'recall@10': number;
}

interface Encoders {
  readonly images: ImageEncoder;
  readonly texts: ProductEncoder;
}

/** Pictures with labels as pairs of a picture and a sentence that says what is on it. */
export interface LabelPairs {
  readonly names: readonly string[];
  readonly training: { readonly vectors: Float32Array; readonly labels: Int32Array };
  readonly test: { readonly vectors: Float32Array; readonly labels: Int32Array };
}

/** Learns from the training part; all sentences and the pictures of the test part are to find each other. */
export async function labelsBothWays({ images, texts }: Encoders, data: LabelPairs, seed: number): Promise<BothWays> {
  const sentences = await texts.encode(data.names.map(name => `A photo of a ${name}.`));
  const pictures = { vectors: data.training.vectors, width: images.width };
  const pairs = Array.from(data.training.labels, (text, picture) => ({ picture, text }));
  const all = { pictures, texts: { vectors: sentences, width: texts.width }, pairs };
  const { labels } = data.test;
  return await foundBothWays(all, { pictures: data.test.vectors, texts: sentences }, seed, {
    belong: (picture, text) => labels[picture] === text,
  });
}

const ITEMS = 1_200;
const HELD_OUT = 0.2;

/** Learns from titles and pictures of items of the simulated shop; those of other items are to find each other. */
export async function shopBothWays(
  { images, texts }: Encoders,
  seed: number,
  onProgress: (done: number) => void,
): Promise<BothWays> {
  const items = itemsOf(seed);
  const files: Buffer[] = [];
  for (const item of items) files.push(await pictureOf(item, seed));
  const vectors = await encodePictures(images, files, onProgress);
  const titles = await texts.encode(items.map(({ title }) => title));
  const held = Math.round(HELD_OUT * items.length);
  const cut = (rows: Float32Array, width: number) => [rows.subarray(held * width), rows.subarray(0, held * width)];
  const [pictures, otherPictures] = cut(vectors, images.width);
  const [learned, otherTitles] = cut(titles, texts.width);
  const data = {
    pictures: { vectors: pictures!, width: images.width },
    texts: { vectors: learned!, width: texts.width },
    pairs: Array.from({ length: items.length - held }, (_, row) => ({ picture: row, text: row })),
  };
  return await foundBothWays(data, { pictures: otherPictures!, texts: otherTitles! }, seed, {
    belong: (picture, text) => items[picture]!.title === items[text]!.title,
  });
}

/** Items that have pictures, in random order. */
function itemsOf(seed: number): Item[] {
  const [make, shown] = [named(seed, 'items'), named(seed, 'what items show')];
  const all = Array.from({ length: ITEMS }, (_, index) => createItem(index, make, shown));
  const order = random(seed).shuffle(Int32Array.from(all.keys()));
  return Array.from(order, place => all[place]!).filter(({ image }) => image !== undefined);
}

async function foundBothWays(
  data: AlignmentPairs,
  test: { pictures: Float32Array; texts: Float32Array },
  seed: number,
  { belong }: { belong: (picture: number, text: number) => boolean },
): Promise<BothWays> {
  const alignment = await trainAlignment(data, { seed });
  const rowsOf = (vectors: Float32Array): Rows => ({ vectors, width: alignment.width });
  const pictures = rowsOf(await alignment.pictures(test.pictures));
  const texts = rowsOf(await alignment.texts(test.texts));
  await alignment.release();
  const recalls = (from: Rows, among: Rows, isRight: (row: number, other: number) => boolean): Recalls => ({
    'recall@1': mean(hits(from, among, 1, isRight)),
    'recall@10': mean(hits(from, among, 10, isRight)),
  });
  return {
    text_to_image: recalls(texts, pictures, (text, picture) => belong(picture, text)),
    image_to_text: recalls(pictures, texts, belong),
    texts: texts.vectors.length / texts.width,
    images: pictures.vectors.length / pictures.width,
  };
}

function mean(numbers: Uint8Array): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}
