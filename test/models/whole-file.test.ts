import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireWritable, writeWhole } from '../../models/whole-file.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-whole-file-'));
});
afterAll(() => rm(directory, { recursive: true }));

describe('writeWhole', () => {
  it('makes the directory, replaces what was there, and leaves nothing beside it', async () => {
    const target = path.join(directory, 'new', 'file');
    await requireWritable(target);
    expect(await readdir(path.dirname(target))).toEqual([]);
    await writeWhole(target, [Buffer.from('old, and longer')]);
    await writeWhole(target, [Buffer.from('ne'), Buffer.from('w')]);
    expect(await readFile(target, 'utf8')).toBe('new');
    expect(await readdir(path.dirname(target))).toEqual(['file']);
  });

  it.each([
    ['a directory', async (at: string) => void (await mkdir(at)), /expected the place of a file; got a directory/],
    ['a device', (at: string) => symlink('/dev/null', at), /got something that is not a file/],
  ])('does not put a file in the place of %s', async (name, make, message) => {
    const target = path.join(directory, name.replace(' ', '-'));
    await make(target);
    const was = (await lstat(target)).ino;
    await expect(requireWritable(target)).rejects.toThrow(message);
    await expect(writeWhole(target, [Buffer.from('x')])).rejects.toThrow(message);
    expect((await lstat(target)).ino).toBe(was);
  });

  it('names the place and the reason where a file stands for its directory', async () => {
    const target = path.join(directory, 'taken', 'file');
    await writeFile(path.dirname(target), '');
    await expect(writeWhole(target, [])).rejects.toThrow(/INPUT_INVALID.*taken\/file.*because E(EXIST|NOTDIR)/);
  });
});
