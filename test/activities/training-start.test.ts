import { mkdir, rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startOf } from '../../activities/training-start.ts';
import { datasetFile } from '../../models/ranker/dataset/dataset-file.ts';
import { registerModel } from '../../models/registry/registry.ts';
import { snapshotsIn } from '../../models/registry/snapshots.ts';
import { modelsIn } from '../../models/registry/store/place.ts';
import type { Manifest } from '../../schemas/models/models.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { features, good, parts } from '../models/registry/contract.ts';
import { memoryPorts } from './ports.ts';

const [ITS_OWN, BEFORE, GONE] = ['a', 'b', 'c'].map(each => each.repeat(64)) as [string, string, string];
const SETTINGS = { threads: 1 };
const TAUGHT = { snapshot: ITS_OWN, learned_until_ms: 5, settings: SETTINGS };
const from = (...snapshots: string[]) => ({ start: { model: 'home-0', sha256: 'd'.repeat(64), snapshots } });

let room: Awaited<ReturnType<typeof memoryPorts>>;
beforeAll(async () => {
  room = await memoryPorts();
  const { directory } = snapshotsIn(room.ports.config);
  await mkdir(directory, { recursive: true });
  for (const sha256 of [ITS_OWN, BEFORE]) await writeFile(datasetFile(directory, sha256), '');
  const models: Record<string, Partial<Manifest['lineage']>> = {
    'home-1': TAUGHT,
    'home-2': { ...TAUGHT, ...from(BEFORE) },
    'home-3': { ...TAUGHT, snapshot: GONE },
    'home-4': { ...TAUGHT, ...from(GONE, BEFORE) },
    'home-5': { ...TAUGHT, settings: { ...SETTINGS, compress: 'int8' } },
    'home-6': { snapshot: ITS_OWN },
    'home-7': { ...TAUGHT, ...from(...Array<string>(50).fill(BEFORE)) },
  };
  for (const [name, lineage] of Object.entries(models)) await add(name, 'mlp', lineage);
  await add('popularity-1', 'popularity', {});
});
afterAll(() => rm(room.ports.config.dataDir, { recursive: true }));

async function add(name: string, kind: Manifest['kind'], lineage: Partial<Manifest['lineage']>) {
  const said = { ...parts(name), kind, lineage: { ...parts(name).lineage, ...lineage } };
  await registerModel(modelsIn(room.ports.config), said, good);
}

const begin = (champion?: string, more: Partial<Config> = {}, cold = false) =>
  startOf({ ...room.ports.config, ...more }, { champion, cold });

it('a training begins from who serves, whose teachers are its own examples and those of before', async () => {
  const found = await begin('home-2');
  expect(found).toMatchObject({ model: 'home-2', features, learned_until_ms: 5, snapshots: [BEFORE, ITS_OWN] });
  expect('graph' in found && new Uint8Array(found.graph)).toEqual(good);
  expect(await begin('home-1')).toMatchObject({ model: 'home-1', snapshots: [ITS_OWN] });
});

it.each<[string, Parameters<typeof begin>]>([
  ['it was asked for', ['home-1', {}, true]],
  ['TEMPER_WARM_START=off', ['home-1', { warmStart: 'off' }]],
  ['examples are hidden', ['home-1', { dpNoise: 1 }]],
  ['rankers of the kind sequence always do', ['home-1', { ranker: 'sequence' }]],
  ['nobody said who serves', [undefined]],
  ['popularity-1 is of the kind popularity, not mlp', ['popularity-1']],
  ['home-1 is of the kind mlp, not fusion', ['home-1', { ranker: 'fusion' }]],
  ['home-5 is there as int8 alone, not as it was trained', ['home-5']],
  ['home-6 does not say what taught it', ['home-6']],
  ['home-7 is the last of 50 that began from one another', ['home-7']],
])('it is cold where %s', async (cold, asked) => {
  expect(await begin(...asked)).toEqual({ cold });
});

it.each(['home-3', 'home-4'])(
  'nothing begins from %s, whose own or earlier examples an erasure has removed',
  async name => {
    expect(await begin(name)).toEqual({ cold: `examples that taught ${name} are gone: ${GONE}` });
  },
);
