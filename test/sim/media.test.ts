import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { squaresOf } from '../../models/images/pixels.ts';
import { CATEGORIES, type Item, PATTERNS } from './items.ts';
import { SHAPES, WHERE } from './looks.ts';
import { FRAMES, pictureOf, SIDE, videoOf, writeMedia } from './media.ts';
import { createWorld } from './world.ts';

const { items } = createWorld({ seed: 1, items: 24, users: 1 });
const item = items.find(each => each.image !== undefined && each.video !== undefined)!;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-media-'));
});
afterEach(() => rm(directory, { recursive: true }));

test('pictures and videos lie where their products say, and of no other item', async () => {
  await writeMedia(items.slice(0, 12), directory, 1);
  const names = (of: (item: Item) => string | undefined) => items.slice(0, 12).flatMap(each => of(each) ?? []);
  expect((await readdir(path.join(directory, 'pictures'))).map(name => `pictures/${name}`).sort()).toEqual(
    names(each => each.image).sort(),
  );
  for (const video of names(each => each.video)) {
    expect((await readdir(path.join(directory, video))).sort()).toEqual(
      Array.from({ length: FRAMES }, (_, frame) => `${frame}.jpg`),
    );
  }
});

test('the same seed writes the same bytes again, another seed draws otherwise', async () => {
  await writeMedia([item], directory, 1);
  const written = await readFile(path.join(directory, item.image!));
  expect(await pictureOf(item, 1)).toEqual(written);
  expect(await pictureOf(item, 2)).not.toEqual(written);
  expect(await videoOf(item, 1)).toEqual(await videoOf(item, 1));
});

test('who reads a picture while it is drawn again meets the whole of it', async () => {
  await writeMedia([item], directory, 1);
  const reader = await open(path.join(directory, item.image!));
  try {
    await writeMedia([item], directory, 2);
    expect(await reader.readFile()).toEqual(await pictureOf(item, 1));
    expect(await readFile(path.join(directory, item.image!))).toEqual(await pictureOf(item, 2));
  } finally {
    await reader.close();
  }
  expect((await readdir(directory)).filter(name => name.endsWith('.new'))).toEqual([]);
});

test('the lining is in no picture, and in some frames of the video but not in all', async () => {
  const lined = { ...item, lining: 'magenta' };
  const other = { ...item, lining: 'leaf' };
  expect(await pictureOf(lined, 1)).toEqual(await pictureOf(other, 1));
  const [frames, others] = [await videoOf(lined, 1), await videoOf(other, 1)];
  const same = frames.filter((frame, at) => frame.equals(others[at]!));
  expect(same.length).toBeGreaterThan(0);
  expect(same.length).toBeLessThan(FRAMES);
});

test.each(PATTERNS)('%s: every category shows its own colour and that of the pattern', async pattern => {
  for (const [category] of CATEGORIES) {
    const [plain, red] = await Promise.all(
      ['navy', 'crimson'].map(accent => pictureOf({ ...item, category, colour: 'navy', pattern, accent }, 1)),
    );
    const [before, after] = [(await squaresOf(plain!, SIDE))[0]!, (await squaresOf(red!, SIDE))[0]!];
    const changed = before.filter((value, at) => Math.abs(value - after[at]!) > 0.5).length / (3 * SIDE * SIDE);
    expect(changed, category).toBeGreaterThan(0.004);
  }
});

test('every category has a shape, every pattern a place, and no two of them are the same', () => {
  const grid = Array.from({ length: 400 }, (_, at) => [(at % 20) / 10 - 1, Math.floor(at / 20) / 10 - 1] as const);
  const areas = [...CATEGORIES.map(([category]) => SHAPES[category]!), ...PATTERNS.map(pattern => WHERE[pattern])];
  const seen = areas.map(area => grid.map(([x, y]) => Number(area(x, y))).join(''));
  expect(new Set(seen).size).toBe(CATEGORIES.length + PATTERNS.length);
});
