import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { consoleBeside } from '../../../cli/start/console-beside.ts';
import { readConfig } from '../../../schemas/settings/config.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-beside-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

it('where its pages can’t be built, the console says so once, with the reason, and the rest goes on', async () => {
  const cache = path.join(directory, 'a-file');
  await writeFile(cache, '');
  const variables = {
    ...{ TEMPER_DATA: path.join(directory, 'data'), TEMPER_CACHE: cache, TEMPER_KAFKA: '127.0.0.1:1' },
    ...{ TEMPER_TEMPORAL: '127.0.0.1:1', TEMPER_CLICKHOUSE: 'http://127.0.0.1:1' },
  };
  const said: string[] = [];
  const beside = consoleBeside(readConfig({}, variables), line => said.push(line));
  try {
    await vi.waitUntil(() => said.length > 0, { timeout: 50_000, interval: 50 });
    expect(said[0]).toMatch(/^no console: INSTALL_FAILED.*TEMPER_CACHE.*Everything else goes on\. See .*console\.log$/);
    expect(beside.links).toEqual({});
    const log = await readFile(path.join(directory, 'data', 'logs', 'console.log'), 'utf8');
    expect(log).toContain('temper: INSTALL_FAILED');
  } finally {
    await beside.stop();
  }
  expect(said).toHaveLength(1);
});
