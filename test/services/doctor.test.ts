import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import getPort from 'get-port';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readConfig } from '../../schemas/settings/config.ts';
import { examine, type Finding, node } from '../../services/doctor.ts';
import { lockDirectory } from '../../services/process/lock.ts';

describe('the doctor', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(os.tmpdir(), 'temper-doctor-'));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(directory, { recursive: true, force: true });
  });
  const config = () => ({
    ...readConfig({}),
    dataDir: path.join(directory, 'data', 'to', 'be'),
    cacheDir: path.join(directory, 'cache'),
  });
  const named = (findings: Finding[], name: string) => findings.find(finding => finding.name === name);

  it('says how to get each tool that an install needs and that is missing', async () => {
    vi.stubEnv('PATH', directory);
    const findings = await examine(config());
    for (const name of ['java', 'maven', 'pip', 'npm']) {
      expect(named(findings, name)).toMatchObject({
        ok: false,
        found: 'not found',
        remedy: expect.stringMatching(/^Install/),
      });
    }
    for (const name of ['kafka', 'temporal', 'clickhouse']) {
      expect(named(findings, name)).toMatchObject({ ok: true, found: 'to be installed at the first start' });
    }
  });

  it('misses no tool where every service runs elsewhere, and says which one does not answer', async () => {
    vi.stubEnv('PATH', directory);
    const port = await getPort({ host: '127.0.0.1' });
    const findings = await examine({
      ...config(),
      kafka: [`127.0.0.1:${port}`],
      temporal: `127.0.0.1:${port}`,
      clickhouse: `http://someone:secret@127.0.0.1:${port}`,
    });
    for (const name of ['java', 'maven', 'pip', 'npm']) expect(named(findings, name)).toMatchObject({ ok: true });
    for (const name of ['kafka', 'temporal', 'clickhouse']) {
      expect(named(findings, name)).toMatchObject({ ok: false, remedy: expect.stringContaining('UNREACHABLE') });
    }
    expect(JSON.stringify(findings)).not.toContain('secret');
  });

  it('names the process that uses the data directory', async () => {
    const { dataDir } = config();
    const lock = await lockDirectory(dataDir);
    expect(named(await examine(config()), 'data directory')?.found).toContain(`in use by process ${process.pid}`);
    lock.release();
  });

  it.skipIf(process.getuid?.() === 0)('sees that the data directory cannot be written', async () => {
    chmodSync(directory, 0o500);
    expect(named(await examine(config()), 'data directory')).toMatchObject({ ok: false });
    chmodSync(directory, 0o700);
  });

  it.each([
    ['20.11.0', true],
    ['22.1.0', true],
    ['20.10.9', false],
    ['18.20.0', false],
  ])('takes Node %s: %s', (version, ok) => {
    expect(node(version)).toMatchObject(ok ? { ok } : { ok, remedy: expect.stringContaining('20.11') });
  });
});
