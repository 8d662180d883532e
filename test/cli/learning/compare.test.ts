import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { compareModels } from '../../../cli/learning/compare.ts';
import { registerModel } from '../../../models/registry/registry.ts';
import { modelsIn } from '../../../models/registry/store/place.ts';
import { accede } from '../../../models/registry/succession.ts';
import type { Accession } from '../../../schemas/models/models.ts';
import { readConfig } from '../../../schemas/settings/config.ts';
import { good, parts } from '../../models/registry/contract.ts';

const AT_MS = Date.UTC(2026, 0, 2);
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-compare-'));
});
afterAll(() => rm(directory, { recursive: true }));

it('two models differ by who let them serve, as the history tells it', async () => {
  const config = readConfig({}, { TEMPER_DATA: directory });
  const models = modelsIn(config);
  const served = async (model: string, number: number, more: { approved_by?: string }, requested_by: string) => {
    const signature = { algorithm: 'ed25519', key: 'k', at_ms: AT_MS, signature: Buffer.alloc(64).toString('base64') };
    const promotion = { v: 1, surface: 'home', model, manifest: 'a'.repeat(64), previous: null, at_ms: AT_MS } as const;
    const accession = { kind: 'promotion', workflow: 'retrain-home/run', experiment: '', requested_by } as const;
    await accede(models, {
      ...accession,
      promotion: { ...promotion, reason: 'a test', number, signature, ...more },
    } as Accession);
  };
  for (const id of ['one', 'other', 'third']) await registerModel(models, parts(id), good);
  await served('one', 1, { approved_by: 'anna' }, 'bert');
  await served('other', 2, {}, '');

  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const told = async (...[one, other]: [string, string]) => {
    await compareModels(config, one, other, true);
    return JSON.parse(String(written.mock.lastCall![0])).differences as { name: string }[];
  };
  try {
    expect(await told('one', 'other')).toEqual([
      { name: 'home by', one: 'bert', other: 'retrain-home' },
      { name: 'home approved by', one: 'anna', other: null },
    ]);
    const served = ['home promotion', 'home by', 'home approved by', 'home why'];
    expect((await told('one', 'third')).map(({ name }) => name)).toEqual(served);
  } finally {
    written.mockRestore();
  }
});
