import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeDirectory } from '../../services/directory.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'temper-directory-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('a directory of the configuration', () => {
  it('is made with those above it, and stays where it is there', () => {
    const place = path.join(root, 'a', 'b');
    makeDirectory(place, 'TEMPER_DATA');
    writeFileSync(path.join(place, 'file'), '');
    makeDirectory(place, 'TEMPER_DATA');
    expect(existsSync(path.join(place, 'file'))).toBe(true);
  });

  it('is refused by its variable where a file stands in its way', () => {
    writeFileSync(path.join(root, 'file'), '');
    expect(() => makeDirectory(path.join(root, 'file', 'a'), 'TEMPER_DATA')).toThrow(
      /CONFIG_INVALID.*TEMPER_DATA.*file\/a.*ENOTDIR.*Set TEMPER_DATA/,
    );
  });

  it.skipIf(!existsSync('/proc/self'))(
    'is refused at once where none can be made, for which Node would not come back',
    () => {
      expect(() => makeDirectory('/proc/none/of/it', 'TEMPER_CACHE')).toThrow(/CONFIG_INVALID.*TEMPER_CACHE.*ENOENT/);
    },
  );
});
