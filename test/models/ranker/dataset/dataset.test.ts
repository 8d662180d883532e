import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeArrays } from '../../../../models/array-file.ts';
import { listsOf, splitByTime, withLists } from '../../../../models/ranker/dataset/dataset.ts';
import { readDataset, storedDataset, writeDataset } from '../../../../models/ranker/dataset/dataset-file.ts';
import { requireSound } from '../../../../models/ranker/dataset/soundness.ts';
import { examples } from '../../../sim/examples.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-dataset-'));
});
afterAll(() => rm(directory, { recursive: true }));

describe('a dataset on disk', () => {
  it('comes back as it was, under the name of its content', async () => {
    const dataset = examples({ lists: 30 });
    const written = await writeDataset(directory, dataset);
    expect(written.path).toBe(path.join(directory, `${written.sha256}.dataset`));
    expect(await readDataset(written)).toEqual({ dataset, sha256: written.sha256 });
    expect(await writeDataset(directory, dataset)).toEqual(written);
    expect((await readdir(directory)).filter(name => name.endsWith('.draft'))).toEqual([]);
  });

  it('may be empty', async () => {
    const empty = examples({ lists: 0 });
    expect((await readDataset(await writeDataset(directory, empty))).dataset).toEqual(empty);
  });

  it.each<[string, (bytes: Buffer) => Buffer, RegExp]>([
    ['was cut short', bytes => bytes.subarray(0, -1), /cut short or changed/],
    ['was cut to its first bytes', bytes => bytes.subarray(0, 10), /10 bytes of something else/],
    ['has a bit flipped', bytes => Buffer.from(bytes.map((byte, at) => (at === 2_000 ? byte ^ 1 : byte))), /changed/],
    ['is something else', () => Buffer.from('PK\x03\x04'.repeat(20)), /a dataset of Temper; got 80 bytes of something/],
  ])('is refused when it %s', async (_, damage, message) => {
    const { path: file, sha256 } = await writeDataset(directory, examples({ lists: 30 }));
    const damaged = { path: path.join(directory, 'damaged'), sha256 };
    await writeFile(damaged.path, damage(await readFile(file)));
    await expect(readDataset(damaged)).rejects.toThrow(message);
    await expect(readDataset(damaged)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });

  it('is not confused with another kind of file', async () => {
    const other = path.join(directory, 'checkpoint');
    await writeArrays(other, { kind: 'checkpoint', meta: {}, arrays: { parameters: new Float32Array(3) } });
    await expect(readDataset({ path: other, sha256: null })).rejects.toThrow(/expected a dataset; got a checkpoint/);
    const nowhere = { path: path.join(directory, 'nowhere'), sha256: null };
    await expect(readDataset(nowhere)).rejects.toThrow(/INPUT_INVALID.*nowhere/);
  });

  it('is refused where a sound one of other examples lies under its name, but to whoever takes what is there', async () => {
    const asked = await writeDataset(directory, examples({ lists: 30 }));
    const other = await writeDataset(directory, examples({ lists: 30, seed: 2 }));
    const here = storedDataset(await mkdtemp(path.join(directory, 'swapped-')), asked.sha256);
    await copyFile(other.path, here.path);
    const words = `INPUT_INVALID.*expected examples with sha256 ${asked.sha256}; got others, ${other.sha256}`;
    await expect(readDataset(here)).rejects.toThrow(new RegExp(words));
    expect(await readDataset({ ...here, sha256: null })).toMatchObject({ sha256: other.sha256 });
  });

  it.each<[string, (dataset: ReturnType<typeof examples>) => void, RegExp]>([
    [
      'a feature is not finite',
      each => each.features.fill(Number.NaN, 9, 10),
      /row 2, noise; expected a finite number/,
    ],
    ['time goes back', each => each.at_ms.fill(-1, 7, 8), /row 7; expected rows in the order of time/],
    ['a list is torn apart', each => each.list.fill(0, 40, 45), /row 40; expected the rows of a list together/],
    ['a weight is negative', each => each.weight.fill(-1, 3, 4), /row 3; expected a weight of 0 or more/],
    ['a column is short', each => Object.assign(each, { user: each.user.slice(1) }), /user; expected 150 elements/],
  ])('is not written where %s', async (_, damage, message) => {
    const dataset = examples({ lists: 30 });
    damage(dataset);
    await expect(writeDataset(directory, dataset)).rejects.toThrow(message);
  });
});

describe('a split by time', () => {
  it('keeps lists whole and loses no row, whatever the sizes', () => {
    for (const lists of [0, 1, 2, 3, 10, 101]) {
      const dataset = examples({ lists, items: 3 });
      const parts = splitByTime(dataset);
      expect(parts).toHaveLength(3);
      expect(parts.reduce((sum, { rows }) => sum + rows, 0)).toBe(dataset.rows);
      expect(parts.flatMap(part => [...part.list])).toEqual([...dataset.list]);
      for (const part of parts) expect([...listsOf(part)].every(([start, end]) => end - start === 3)).toBe(true);
    }
  });

  it('gives about the shares that are asked for, without copying', () => {
    const dataset = examples({ lists: 100 });
    const parts = splitByTime(dataset, [1, 1, 2]);
    expect(parts.map(({ rows }) => rows)).toEqual([125, 125, 250]);
    expect(parts.every(({ features }) => features.buffer === dataset.features.buffer)).toBe(true);
  });
});

it('some lists of a dataset are what they were among all', () => {
  const whole = examples({ lists: 12 });
  const lists = [...listsOf(whole)];
  const some = withLists(whole, [lists[2]!, lists[7]!]);
  requireSound(some, 'some lists');
  expect(some.rows).toBe(10);
  expect([...some.list]).toEqual([2, 2, 2, 2, 2, 7, 7, 7, 7, 7]);
  expect([...some.features.subarray(20, 40)]).toEqual([...whole.features.subarray(140, 160)]);
  expect([...some.clicked]).toEqual([...whole.clicked.subarray(10, 15), ...whole.clicked.subarray(35, 40)]);
  expect(withLists(whole, lists)).toEqual(whole);
});
