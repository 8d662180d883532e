import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { exportUser } from '../../../cli/privacy/export.ts';
import { readConfig } from '../../../schemas/settings/config.ts';

const room = await mkdtemp(path.join(os.tmpdir(), 'temper-export-'));
afterAll(() => rm(room, { recursive: true }));
/** Nothing runs on this data directory. */
const config = readConfig({ TEMPER_DATA: path.join(room, 'data') });
const out = path.join(room, 'anna.ndjson');

it('an export that fails leaves no file, which would look like one of a user of whom nothing is stored', async () => {
  await expect(exportUser(config, 'anna', { out })).rejects.toMatchObject({ code: 'UNREACHABLE' });
  expect(await readdir(room)).toEqual([]);
});

it('an export writes over no file', async () => {
  await writeFile(out, 'of before');
  await expect(exportUser(config, 'anna', { out })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  expect(await readFile(out, 'utf8')).toBe('of before');
});
