import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listKeys, newKey, retireKey, revokeKey } from '../../cli/learning/keys.ts';
import { readConfig } from '../../schemas/settings/config.ts';

let directory: string;
let printed: string[] = [];
const config = () => readConfig({}, { TEMPER_DATA: directory });
const options = { json: true, reason: 'a test' };
const last = () => JSON.parse(printed.at(-1)!);

beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-keys-'));
  printed = [];
  vi.spyOn(process.stdout, 'write').mockImplementation(text => printed.push(String(text)) > 0);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(directory, { recursive: true });
});

describe('temper keys', () => {
  it('lists none before there is one, and says what makes one', async () => {
    await listKeys(config(), false);
    expect(printed[0]).toContain('temper keys new');
  });

  it('rotates: the second key signs once the first is retired, whose private file is gone', async () => {
    await newKey(config(), options);
    const first = last().id;
    await newKey(config(), options);
    const second = last().id;
    await listKeys(config(), true);
    expect(last()).toMatchObject({ signs: first, keys: [{ id: first }, { id: second }] });

    await retireKey(config(), first, options);
    await listKeys(config(), true);
    expect(last()).toMatchObject({
      signs: second,
      keys: [{ state: 'retired', reason: 'a test' }, { state: 'active' }],
    });
    expect((await readdir(path.join(directory, 'keys'))).filter(name => name.endsWith('.private.pem'))).toEqual([
      `${second}.private.pem`,
    ]);

    await revokeKey(config(), second, options);
    await listKeys(config(), false);
    expect(printed.at(-1)).toMatch(/revoked/);
    expect(printed.at(-1)).not.toMatch(/signs/);
  });
});
