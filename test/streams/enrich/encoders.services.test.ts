import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromHalves } from '../../../models/graph/half.ts';
import { writePooling } from '../../../models/images/frame-pooling.ts';
import { packedBits } from '../../../models/retrieval/vectors/item-vector.ts';
import type { Product } from '../../../schemas/topics/events.ts';
import type { ItemVector, Modality } from '../../../schemas/topics/vectors.ts';
import { installWeights } from '../../../services/weights/weights.ts';
import { type Encoders, openEncoders } from '../../../streams/enrich/encoders.ts';
import { vectorsOf } from '../../../streams/enrich/enrich.ts';
import { Report } from '../../../streams/report.ts';
import { writeTinyEncoder } from '../../models/encoders/tiny-encoder.ts';
import { halves } from '../../models/images/pictures.ts';

const ffmpeg = await execa('ffmpeg', ['-version'], { reject: false });
const MACHINE = { providers: ['cpu' as const], threads: 1 };
let directory: string;
let encoders: Encoders;

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-encoders-'));
  const text = { place: await writeTinyEncoder(path.join(directory, 'tiny'), 1), name: 'tiny' };
  const image = { place: await installWeights('efficientnet-lite0'), name: 'efficientnet-lite0' };
  encoders = await openEncoders({ places: { text, image }, ...MACHINE });
  await mkdir(path.join(directory, 'film'));
  for (const frame of [0, 1]) await writeFile(path.join(directory, 'film', `${frame}.png`), await picture(50 * frame));
  await writeFile(path.join(directory, 'good.png'), await picture(0));
  await writeFile(path.join(directory, 'broken.png'), (await picture(0)).subarray(0, 60));
});
afterAll(async () => {
  await encoders?.stop();
  await rm(directory, { recursive: true, force: true });
});

const picture = (shade: number) => halves([200, shade, 0], [0, shade, 200]).png().toBuffer();

const floatsOf = (vector: ItemVector) => fromHalves(packedBits(vector));

const product = (item: string, more: Partial<Product> = {}): Product => {
  return { v: 1, item, at_ms: 1, title: 'red tea pot', category: 'c', available: true, ...more };
};

async function enrich(products: readonly Product[], held: readonly ItemVector[] = []) {
  const report = new Report('enrich', 'test');
  const use = (modality: Modality) => ({ wanted: encoders.ids[modality], active: undefined });
  const vectors = await vectorsOf(products, () => held, { encoders, use, media: directory, report });
  return { vectors, ...report.snapshot(0) };
}

describe('products', () => {
  it('get a vector of their text, picture and video each', async () => {
    const { vectors } = await enrich([product('a', { image: 'good.png', video: 'film' }), product('b')]);
    expect(vectors.map(rows => rows.map(({ modality, width }) => [modality, width]))).toEqual([
      [
        ['text', 16],
        ['image', 1280],
        ['video', 1280],
      ],
      [['text', 16]],
    ]);
    expect(vectors[0]!.map(({ encoder }) => encoder.replace(/@.*/, ''))).toEqual([
      'tiny',
      'efficientnet-lite0',
      'efficientnet-lite0-frames',
    ]);
    const again = await enrich([product('a', { image: 'good.png', video: 'film' })], vectors[0]);
    expect(again.vectors[0]).toEqual(vectors[0]);
    expect(again.counts).toMatchObject({ cached: 3 });
    expect(again.counts.encoded).toBeUndefined();
  });

  it.skipIf(ffmpeg.failed)('get of a film about the vector of its frames as pictures', async () => {
    const film = path.join(directory, 'film.mp4');
    await execa('ffmpeg', [
      '-framerate',
      '1',
      '-i',
      path.join(directory, 'film', '%d.png'),
      '-pix_fmt',
      'yuv420p',
      film,
    ]);
    const { vectors } = await enrich(['film.mp4', 'film'].map(video => product(video, { video })));
    const [filmed, pictured] = vectors.map(rows => floatsOf(rows.find(({ modality }) => modality === 'video')!));
    expect(filmed!.reduce((sum, value, at) => sum + value * pictured![at]!, 0)).toBeGreaterThan(0.9);
  });

  it('with a picture that is missing, elsewhere or broken go without, and the others are not held up by them', async () => {
    const pictures = ['good.png', 'missing.png', 'broken.png', '../secret.png', 'film', 'good.png'];
    const { vectors, counts, notes } = await enrich(pictures.map((image, n) => product(`p${n}`, { image })));
    expect(vectors.map(rows => rows.map(({ modality }) => modality).join())).toEqual([
      'text,image',
      ...Array<string>(4).fill('text'),
      'text,image',
    ]);
    expect(counts).toMatchObject({ 'broken.image': 4, 'encoded.image': 2, 'encoded.text': 6 });
    expect(notes['broken image']).toMatch(/^p\d: INPUT_INVALID/);
  });
});

it('an encoder that is none is refused, and the others are there', async () => {
  const text = { place: path.join(directory, 'tiny'), name: 'tiny' };
  const found = await openEncoders({ places: { text, image: { place: directory, name: 'x' } }, ...MACHINE });
  expect(found.refused.image).toMatch(/MODEL_REFUSED/);
  expect(found.ids).toEqual({ text: encoders.ids.text });
  await found.stop();
});

describe('what was learned of frames', () => {
  const image = async () => ({ place: await installWeights('efficientnet-lite0'), name: 'efficientnet-lite0' });
  const film = () => ({ modality: 'video' as const, values: [path.join(directory, 'film')] });

  it('makes another encoder of videos, and of nothing else', async () => {
    const query = new Float32Array(1_280);
    const [first, last] = await encoders
      .encode({ modality: 'image', values: [await picture(0), await picture(50)] })
      .then(found => found as Float32Array[]);
    for (let k = 0; k < query.length; k++) query[k] = 2_000 * (Math.sqrt(last![k]!) - Math.sqrt(first![k]!));
    await writePooling(directory, encoders.ids.image!, { query });
    const learned = await openEncoders({ places: { image: await image() }, ...MACHINE, cacheDir: directory });
    try {
      expect(learned.ids.image).toBe(encoders.ids.image);
      expect(learned.ids.video).not.toBe(encoders.ids.video);
      const [alike] = (await encoders.encode(film())) as Float32Array[];
      const [attended] = (await learned.encode(film())) as Float32Array[];
      const cosine = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, k) => sum + x * b[k]!, 0);
      expect(cosine(attended!, last!)).toBeCloseTo(1, 3);
      expect(cosine(alike!, last!)).toBeLessThan(cosine(attended!, last!));
    } finally {
      await learned.stop();
    }
  });

  it('in another process is what the first one has read, whatever is learned meanwhile', async () => {
    const cacheDir = path.join(directory, 'meanwhile');
    const setup = { places: { image: await image() }, ...MACHINE, cacheDir };
    const first = await openEncoders(setup);
    const before = await first.encode(film());
    await first.stop();
    await writePooling(cacheDir, first.ids.image!, { query: Float32Array.from({ length: 1_280 }, (_, k) => k % 7) });
    const next = await openEncoders({ ...setup, frames: first.frames! });
    try {
      expect(next.ids).toEqual(first.ids);
      expect(await next.encode(film())).toEqual(before);
    } finally {
      await next.stop();
    }
  });

  it('and can not be used leaves pictures as they are', async () => {
    const cacheDir = path.join(directory, 'broken');
    await writePooling(cacheDir, encoders.ids.image!, { query: new Float32Array(3) });
    const found = await openEncoders({ places: { image: await image() }, ...MACHINE, cacheDir });
    await found.stop();
    expect(found.ids).toEqual({ image: encoders.ids.image });
    expect(found.refused).toEqual({ video: expect.stringMatching(/^INPUT_INVALID.*1280 finite numbers/) });
  });
});
