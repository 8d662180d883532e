import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { merged, type Piece, piecesIn, WholeFolder } from '../../../../streams/features/backfill/files.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-folder-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const piece = (number: number) => ({ number, at_ms: 1_700_000_000_000.5 + number, value: Buffer.from(`v${number}`) });

async function all(pieces: AsyncIterable<Piece>): Promise<Piece[]> {
  const read: Piece[] = [];
  for await (const each of pieces) read.push(each);
  return read;
}

async function written(name: string, files: Record<string, readonly Piece[]>): Promise<string> {
  const folder = new WholeFolder(path.join(directory, name));
  await folder.isThere();
  for (const [file, pieces] of Object.entries(files)) for (const each of pieces) await folder.append(file, each);
  await folder.finish();
  await folder.close();
  return path.join(directory, name);
}

it('a folder is there when all of it is; what was begun and left is none of it', async () => {
  const name = path.join(directory, 'user-3');
  const killed = new WholeFolder(name);
  expect(await killed.isThere()).toBe(false);
  await killed.append('snapshots', piece(1));

  const second = new WholeFolder(name);
  expect(await second.isThere()).toBe(false);
  for (const n of [2, 3, 4]) await second.append('snapshots', piece(n));
  await second.finish();
  await second.close();
  expect(await new WholeFolder(name).isThere()).toBe(true);
  expect(await all(piecesIn(name, 'snapshots'))).toEqual([piece(2), piece(3), piece(4)]);
  expect(await all(piecesIn(name, 'items-0'))).toEqual([]);
  await killed.close();
});

it('of two attempts at once, one of which was given up and does not know it, the first that is done counts', async () => {
  const name = path.join(directory, 'user-4');
  const [slow, quick] = [new WholeFolder(name), new WholeFolder(name)];
  expect([await slow.isThere(), await quick.isThere()]).toEqual([false, false]);
  await slow.append('snapshots', piece(1));
  for (const n of [1, 2]) await quick.append('snapshots', piece(n));
  await slow.append('items-0', piece(5));
  await quick.finish();
  await quick.close();
  await slow.append('snapshots', piece(2));
  await slow.finish();
  await slow.close();
  expect(await all(piecesIn(name, 'snapshots'))).toEqual([piece(1), piece(2)]);
  expect((await readdir(directory)).filter(each => each.startsWith('user-4'))).toEqual(['user-4']);
  expect(await readdir(name)).toEqual(['snapshots']);
});

it('a folder that is not there is no folder without pieces', async () => {
  const nowhere = path.join(directory, 'user-9');
  await expect(all(piecesIn(nowhere, 'items-0'))).rejects.toMatchObject({ code: 'FILE_MISSING', retryable: true });
});

it('a file that somebody cut is noticed', async () => {
  const name = await written('user-5', { snapshots: [piece(1), piece(2)] });
  await truncate(path.join(name, 'snapshots'), 16 + 2 + 16 + 1);
  await expect(all(piecesIn(name, 'snapshots'))).rejects.toThrow('ends in the midst of a piece');
});

it('files are merged by time, each in its own order, and closed where somebody leaves', async () => {
  const at = (number: number, at_ms: number) => ({ ...piece(number), at_ms });
  const name = await written('user-6', {
    a: [at(1, 10), at(2, 30), at(3, 20)], // a clock that was set back: order is what counts within a file
    b: [at(4, 15), at(5, 40)],
    c: [],
  });
  const files = () => ['a', 'b', 'c', 'none'].map(file => piecesIn(name, file));
  expect((await all(merged(files()))).map(({ number }) => number)).toEqual([1, 4, 2, 3, 5]);
  const left = files();
  for await (const { number } of merged(left)) if (number === 4) break;
  expect(await Promise.all(left.map(file => file.next()))).toEqual(left.map(() => ({ value: undefined, done: true })));
});

it('reads no more than a piece of each file at a time', async () => {
  const large = (n: number) => ({ ...piece(n), value: Buffer.alloc(1024 * 1024, n) });
  const name = await written('user-7', { a: [1, 3, 5, 7].map(large), b: [2, 4, 6, 8].map(large) });
  const [a, b] = [piecesIn(name, 'a'), piecesIn(name, 'b')];
  let read = 0;
  const counted = async function* (file: AsyncGenerator<Piece>): AsyncGenerator<Piece> {
    for await (const each of file) {
      read++;
      yield each;
    }
  };
  let taken = 0;
  for await (const { value } of merged([counted(a), counted(b)])) {
    expect([value.length, value[0]]).toEqual([1024 * 1024, ++taken]);
    expect(read - taken).toBeLessThanOrEqual(1);
  }
  expect(taken).toBe(8);
});
