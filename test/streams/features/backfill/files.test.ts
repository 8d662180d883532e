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

it('a folder is there when all of it is; what was begun and left is none of it', async () => {
  const name = path.join(directory, 'user-3');
  const killed = new WholeFolder(name);
  expect(await killed.isThere()).toBe(false);
  await killed.append('snapshots', [piece(1)]);

  const second = new WholeFolder(name);
  expect(await second.isThere()).toBe(false);
  await second.append('snapshots', [piece(2), piece(3)]);
  await second.append('snapshots', [piece(4)]);
  await second.finish();
  await second.close();
  expect(await new WholeFolder(name).isThere()).toBe(true);
  expect(await piecesOf(path.join(name, 'snapshots'))).toEqual([piece(2), piece(3), piece(4)]);
  expect(await piecesOf(path.join(name, 'items-0'))).toEqual([]);
});

it('of two attempts at once, one of which was given up and does not know it, the first that is done counts', async () => {
  const name = path.join(directory, 'user-4');
  const [slow, quick] = [new WholeFolder(name), new WholeFolder(name)];
  expect([await slow.isThere(), await quick.isThere()]).toEqual([false, false]);
  await slow.append('snapshots', [piece(1)]);
  await quick.append('snapshots', [piece(1), piece(2)]);
  await slow.append('items-0', [piece(5)]);
  await quick.finish();
  await quick.close();
  await slow.append('snapshots', [piece(2)]);
  await slow.finish();
  await slow.close();
  expect(await piecesOf(path.join(name, 'snapshots'))).toEqual([piece(1), piece(2)]);
  expect((await readdir(directory)).filter(each => each.startsWith('user-4'))).toEqual(['user-4']);
  expect(await readdir(name)).toEqual(['snapshots']);
});
