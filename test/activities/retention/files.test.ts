import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ports } from '../../../activities/ports.ts';
import { retainCandidates, retainSnapshots } from '../../../activities/retention/files.ts';
import { popularityModel } from '../../../models/ranker/popularity.ts';
import { ensureKey, keysIn } from '../../../models/registry/keys.ts';
import { openModel, registerModel } from '../../../models/registry/registry.ts';
import { signRecord } from '../../../models/registry/signed-record.ts';
import { modelsIn } from '../../../models/registry/store/place.ts';
import { accede } from '../../../models/registry/succession.ts';
import { readConfig } from '../../../schemas/settings/config.ts';

const NOW_MS = Date.now();
const DAY_MS = 86_400_000;
const [SERVES, SERVED, NOBODYS] = ['a', 'b', 'c'].map(each => each.repeat(64)) as [string, string, string];

let directory: string;
let ports: Ports;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-retention-'));
  const config = readConfig({ TEMPER_DATA: directory }, {});
  const champions = {
    of: async (surface: string) => (surface === 'home' ? { model: 'serves' } : undefined),
    trialOn: async (surface: string) => (surface === 'ads' ? { model: 'nobody-knows' } : undefined),
  };
  ports = { config, champions } as unknown as Ports;
  for (const [id, snapshot] of [
    ['serves', SERVES],
    ['served', SERVED],
  ] as const) {
    const features = ['a', 'b'];
    const parts = { id, kind: 'popularity', created_ms: NOW_MS, features, features_version: 'v1' } as const;
    const lineage = { snapshot, parent: null, seed: 1, code: 'test', provider: null };
    const rest = { lineage, training: null, verdict: null };
    await registerModel(modelsIn(config), { ...parts, ...rest }, popularityModel(features, 'b'));
  }
});
afterEach(() => rm(directory, { recursive: true }));

async function written(file: string, days: number): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, 'x');
  const then = new Date(NOW_MS - days * DAY_MS);
  await utimes(file, then, then);
}
const snapshot = (sha256: string) => path.join(directory, 'snapshots', `${sha256}.dataset`);

describe('snapshots', () => {
  it('that nobody has read for so long go, but for those of who serves; models stay, and are named', async () => {
    for (const sha256 of [SERVES, SERVED, NOBODYS]) await written(snapshot(sha256), 40);
    await written(snapshot('d'.repeat(64)), 3);
    const gone = await retainSnapshots(ports, 30, NOW_MS);
    expect(gone).toEqual({ snapshots: [SERVED, NOBODYS], models: ['served'] });
    expect(await readdir(path.join(directory, 'snapshots'))).toEqual(
      [SERVES, 'd'.repeat(64)].map(each => `${each}.dataset`),
    );
    expect((await openModel(modelsIn(ports.config), 'served')).manifest.lineage.snapshot).toBe(SERVED);
  });

  it('of the champion stay where a record of the topic names another one', async () => {
    const store = modelsIn(ports.config);
    const keys = keysIn(ports.config);
    await ensureKey(keys, NOW_MS);
    const named = { v: 1, surface: 'home', model: 'served', manifest: 'e'.repeat(64), previous: null } as const;
    const promotion = await signRecord(keys, { ...named, at_ms: NOW_MS, reason: 'better', number: 1 });
    await accede(store, { promotion, kind: 'promotion', workflow: 'w', experiment: '', requested_by: '' });
    for (const sha256 of [SERVES, SERVED]) await written(snapshot(sha256), 40);
    expect(await retainSnapshots(ports, 30, NOW_MS)).toMatchObject({ snapshots: [SERVES] });
  });

  it('stay where the policy says nothing', async () => {
    await written(snapshot(NOBODYS), 4_000);
    expect(await retainSnapshots(ports, null, NOW_MS)).toEqual({ snapshots: [], models: [] });
    expect(await retainCandidates(ports, null, NOW_MS)).toEqual([]);
  });
});

it('workbenches go when the last of what lies there is so old', async () => {
  const bench = (run: string, file: string) => path.join(directory, 'training', run, file);
  await written(bench('left', 'model.onnx'), 20);
  await written(bench('busy', 'model.onnx'), 20);
  await written(bench('busy', 'checkpoint'), 1);
  for (const run of ['left', 'busy']) {
    const then = new Date(NOW_MS - 20 * DAY_MS);
    await utimes(path.join(directory, 'training', run), then, then);
  }
  expect(await retainCandidates(ports, 15, NOW_MS)).toEqual(['left']);
  expect(await readdir(path.join(directory, 'training'))).toEqual(['busy']);
});
