import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { piecesOf, WholeFolder } from '../../../../streams/features/backfill/files.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-folder-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const piece = (number: number) => ({ number, at_ms: 1_700_000_000_000.5 + number, value: Buffer.from(`v${number}`) });

it('a folder is there when all of it is; what was begun and left is made anew', async () => {
  const name = path.join(directory, 'user-3');
  const first = new WholeFolder(name);
  expect(await first.isThere()).toBe(false);
  await first.append('snapshots', [piece(1)]);
  await first.close(); // as a worker that was killed
  expect(await readdir(directory)).toEqual(['user-3.part']);

  const second = new WholeFolder(name);
  expect(await second.isThere()).toBe(false);
  await second.append('snapshots', [piece(2), piece(3)]);
  await second.append('snapshots', [piece(4)]);
  await second.finish();
  expect(await new WholeFolder(name).isThere()).toBe(true);
  expect(await piecesOf(path.join(name, 'snapshots'))).toEqual([piece(2), piece(3), piece(4)]);
  expect(await piecesOf(path.join(name, 'items-0'))).toEqual([]);
});
