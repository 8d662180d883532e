import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readArrays, writeArrays } from '../../../../models/array-file.ts';
import { readDataset, writeDataset } from '../../../../models/ranker/dataset/dataset-file.ts';
import { HISTORY } from '../../../../models/ranker/model.ts';
import { madeDataset } from '../../../fixtures/datasets/made.ts';

/** Written by the code of 28 November 2026, and never again: it has to be read for as long as there are snapshots of then. */
const VERSION_3 = {
  path: path.resolve(import.meta.dirname, '../../../fixtures/datasets/version-3.dataset'),
  sha256: '56f33c9dde0fea125209f3f3a9b1bacddfae58cab52d24ee85cabd4a25b52b27',
};

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-versions-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** The file again, with something else in it. */
async function rewritten(name: string, changes: { meta?: object; history?: Int32Array }) {
  const { kind, meta, arrays } = await readArrays(VERSION_3.path, 'dataset');
  const { history = arrays.history! } = changes;
  const file = { kind, meta: { ...(meta as object), ...changes.meta }, arrays: { ...arrays, history } };
  return writeArrays(path.join(directory, name), file);
}

it('a snapshot of version 3 is read as what it was written from', async () => {
  expect((await readDataset(VERSION_3)).dataset).toEqual(madeDataset());
});

it('a snapshot of today is read as what it was written from', async () => {
  expect((await readDataset(await writeDataset(directory, madeDataset()))).dataset).toEqual(madeDataset());
});

it.each([HISTORY - 10, HISTORY + 10])('histories of %i places are read as those of a ranker of today', async width => {
  const { history } = madeDataset();
  const lists = history.length / HISTORY;
  const places = Array.from({ length: lists }, (_, list) => history.subarray(list * HISTORY, (list + 1) * HISTORY));
  const other = new Int32Array(lists * width).fill(-1);
  for (const [list, taken] of places.entries()) other.set(taken.subarray(0, width), list * width);
  const written = await rewritten(`history-${width}`, { meta: { history: width }, history: other });
  expect((await readDataset(written)).dataset.history).toEqual(history);
});

it('a version that is not read is refused by its number', async () => {
  const written = await rewritten('version-2', { meta: { version: 2 } });
  await expect(readDataset(written)).rejects.toThrow(
    /INPUT_INVALID.*expected version 3; got version 2.*Read it with the Temper that wrote it/,
  );
});
