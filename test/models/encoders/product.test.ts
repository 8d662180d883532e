import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openProductEncoder, productText } from '../../../models/encoders/product.ts';
import { writeTinyEncoder } from './tiny-encoder.ts';

const PRODUCT = { v: 1, item: 'i', at_ms: 1, title: 'Red teapot', category: 'kitchen', available: true } as const;

describe('what is encoded of a product', () => {
  it('is its title, brand, category, attributes by their names, and description', () => {
    const attributes = { size: '1 l', colour: 'red' };
    expect(productText({ ...PRODUCT, brand: 'Bo', description: 'Pours well.', attributes })).toBe(
      'Red teapot. Bo. kitchen. colour: red, size: 1 l. Pours well.',
    );
    expect(productText(PRODUCT)).toBe('Red teapot. kitchen');
  });
});

describe('the encoder of products', () => {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'temper-product-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('is called by its name and what determines its vectors', async () => {
    const places = await Promise.all([1, 1, 2].map((seed, n) => writeTinyEncoder(path.join(directory, `${n}`), seed)));
    const [one, same, other] = await Promise.all(places.map(place => openProductEncoder(place, 'tiny')));
    expect(one!.id).toMatch(/^tiny@[0-9a-f]{8}$/);
    expect(same!.id).toBe(one!.id);
    expect(other!.id).not.toBe(one!.id);
    const [vector, again] = [await one!.encode(['red tea pot']), await same!.encode(['red tea pot'])];
    expect(vector).toEqual(again);
    expect(vector).toHaveLength(one!.width);
    expect(vector).not.toEqual(await other!.encode(['red tea pot']));
  });
});
