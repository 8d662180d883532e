import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { builtFront } from '../../../console/server/front.ts';

let cacheDir: string;
beforeAll(async () => {
  cacheDir = await mkdtemp(path.join(os.tmpdir(), 'temper-front-'));
});
afterAll(() => rm(cacheDir, { recursive: true, force: true }));

const signal = new AbortController().signal;

it('on a Node.js that is too old for what builds them, says so, and leaves nothing half built', async () => {
  const tooOld = new SyntaxError("The requested module 'node:util' does not provide an export named 'styleText'");
  const built = builtFront(
    { cacheDir },
    () => {},
    signal,
    () => Promise.reject(tooOld),
  );
  const here = process.versions.node.replaceAll('.', '\\.');
  await expect(built).rejects.toThrow(
    new RegExp(`^INSTALL_FAILED.*Node\\.js \\^20\\.19\\.0.*got Node\\.js ${here}.*styleText.*All else runs`),
  );
  expect(await readdir(cacheDir)).toEqual([]);
});
