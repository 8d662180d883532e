import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../schemas/settings/config.ts';
import { install, installed, runStep } from '../../services/install.ts';
import { keepOnce } from '../../services/process/keep.ts';
import type { Context } from '../../services/service.ts';

let cacheDir: string;
beforeEach(() => {
  cacheDir = mkdtempSync(path.join(os.tmpdir(), 'temper-cache-'));
});
afterEach(() => rmSync(cacheDir, { recursive: true, force: true }));

function context(): Context {
  return {
    name: 'kafka',
    config: { ...readConfig({}), cacheDir },
    directory: cacheDir,
    logFile: path.join(cacheDir, 'log'),
    progress: () => {},
    signal: new AbortController().signal,
    record: () => {},
  };
}

const one = (fill: (directory: string) => Promise<void>) => ({ id: 'thing-1', what: 'a thing', fill });
const writes = (text: string) => one(async directory => writeFileSync(path.join(directory, 'file'), text));

describe('an install', () => {
  it('is done once', async () => {
    const directory = await install(context(), writes('first'));
    expect(await install(context(), writes('second'))).toBe(directory);
    expect(readFileSync(path.join(directory, 'file'), 'utf8')).toBe('first');
  });

  it('that fails leaves nothing', async () => {
    const failing = one(async directory => {
      writeFileSync(path.join(directory, 'half'), '');
      throw new Error('the network is down');
    });
    await expect(install(context(), failing)).rejects.toMatchObject({
      code: 'INSTALL_FAILED',
      message: expect.stringContaining('the network is down'),
    });
    expect(readdirSync(cacheDir)).toEqual([]);
  });

  it('into a cache that cannot be made says which, and not what cleaning up met', async () => {
    const taken = path.join(cacheDir, 'taken');
    writeFileSync(taken, '');
    const at = { ...context(), config: { cacheDir: path.join(taken, 'cache') } };
    await expect(install(at, writes('whole'))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/TEMPER_CACHE.*taken.*ENOTDIR/s),
    });
  });

  it('that finds the disk full says so', async () => {
    const failing = one(() => runStep(context(), cacheDir, 'sh', ['-c', 'echo no space left on device; exit 1']));
    await expect(install(context(), failing)).rejects.toMatchObject({ code: 'DISK_FULL' });
  });

  it('replaces one that has lost its stamp', async () => {
    mkdirSync(path.join(cacheDir, 'thing-1'));
    writeFileSync(path.join(cacheDir, 'thing-1', 'rest'), '');
    expect(installed(cacheDir, 'thing-1')).toBeUndefined();
    const directory = await install(context(), writes('whole'));
    expect(existsSync(path.join(directory, 'rest'))).toBe(false);
    expect(installed(cacheDir, 'thing-1')).toBe(directory);
  });

  it('twice at once ends with one that is whole', async () => {
    let waiting = 0;
    const both = one(async directory => {
      waiting++;
      while (waiting < 2) await new Promise(resolve => setTimeout(resolve, 5));
      writeFileSync(path.join(directory, 'file'), 'whole');
    });
    const places = await Promise.all([install(context(), both), install(context(), both)]);
    expect(new Set(places).size).toBe(1);
    expect(readFileSync(path.join(places[0], 'file'), 'utf8')).toBe('whole');
    expect(readdirSync(cacheDir)).toEqual(['thing-1']);
  });

  it('removes what a killed install left, and not what another is at', async () => {
    const abandoned = path.join(cacheDir, `thing-1.installing.${2 ** 22 + 1}.aa`);
    const busy = path.join(cacheDir, `thing-1.installing.${process.pid}.bb`);
    mkdirSync(abandoned);
    mkdirSync(busy);
    await install(context(), writes('whole'));
    expect(existsSync(abandoned)).toBe(false);
    expect(existsSync(busy)).toBe(true);
  });
});

describe('a secret', () => {
  it('is made once and readable by its user alone', () => {
    const file = path.join(cacheDir, 'password');
    expect(keepOnce(file, () => 'first')).toBe('first');
    expect(keepOnce(file, () => 'second')).toBe('first');
    expect(readdirSync(cacheDir)).toEqual(['password']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});
