import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scanFiles } from '../../../activities/erasure/files.ts';
import { recordErasure } from '../../../activities/erasure/record.ts';
import { eraseSnapshots, snapshotsWith } from '../../../activities/erasure/snapshots.ts';
import { trainingIn } from '../../../activities/places.ts';
import { DatasetBuilder } from '../../../activities/snapshot/dataset-builder.ts';
import { inUse } from '../../../activities/snapshot/in-use.ts';
import { FEATURE_NAMES } from '../../../models/features/vector.ts';
import { writeDataset } from '../../../models/ranker/dataset/dataset-file.ts';
import { registerModel } from '../../../models/registry/registry.ts';
import { Snapshots, snapshotsIn } from '../../../models/registry/snapshots.ts';
import { directoryStore } from '../../../models/registry/store/directory.ts';
import { modelsIn } from '../../../models/registry/store/place.ts';
import type { Manifest } from '../../../schemas/models/models.ts';
import { good, parts } from '../../models/registry/contract.ts';
import { examples } from '../examples.ts';
import { MemoryStore } from '../memory-ports.ts';
import { type TestPorts, testPorts } from '../ports.ts';

const ERASURE = 'e'.repeat(32);
const MINUTE_MS = 60_000;
const [FIRST] = examples({ seed: 1, lists: 20, clicks: 'taste' });

/** The user's traces may change; what is deleted is kept. */
class Store extends MemoryStore {
  readonly commands: string[] = [];
  override async command(sql?: string): Promise<void> {
    this.commands.push(sql!);
  }
}

let room: { ports: TestPorts & { store: Store }; clear(): Promise<void> };
let traces: object[];
let goneWithOthers: object[];
let file: string;

beforeEach(async () => {
  traces = [{ at_ms: `${FIRST!.at_ms}`, item: FIRST!.item }];
  goneWithOthers = [];
  const answers = { erasure_traces: traces, erasures_open: [{ user: 'anna' }], erasure_deeds: goneWithOthers };
  room = await testPorts(new Store(answers));
  const { directory } = snapshotsIn(room.ports.config);
  const builder = new DatasetBuilder(FEATURE_NAMES);
  for (const row of examples({ seed: 1, lists: 20, clicks: 'taste' })) builder.add(row);
  ({ path: file } = await writeDataset(directory, builder.build()));
});
afterEach(() => room.clear());

const age = (minutes: number) => {
  const then = new Date(Date.now() - minutes * MINUTE_MS);
  return utimes(file, then, then);
};
const erased = async () => {
  await eraseSnapshots(room.ports, { erasure: ERASURE });
  return !existsSync(file);
};
const found = async () => (await scanFiles(room.ports, { erasure: ERASURE })).length;

describe('a snapshot that has something of an erased user', () => {
  it('goes, but not as long as somebody is about to read it', async () => {
    expect([await found(), await erased()]).toEqual([1, false]);
    await age(2);
    await inUse(file, async () => expect(await erased()).toBe(false));
    await age(2);
    expect([await erased(), await found()]).toEqual([true, 0]);
    expect(room.ports.store.rows.erasure_deeds).toContainEqual(
      expect.objectContaining({ kind: 'snapshot', erasure: ERASURE }),
    );
  });

  it('is found under whatever name it lies', async () => {
    await rename(file, path.join(path.dirname(file), `${'f'.repeat(64)}.dataset`));
    expect(await found()).toBe(1);
  });

  it('goes though a workbench is left, behind which nobody reads it any more', async () => {
    await mkdir(trainingIn(room.ports.config, 'waits-for-approval'), { recursive: true });
    await age(2);
    expect(await erased()).toBe(false); // another attempt may come
    await age(4);
    expect(await erased()).toBe(true);
  });

  it('is judged anew where there are other traces, though as many', async () => {
    traces[0] = { at_ms: `${FIRST!.at_ms}`, item: 'other' };
    expect(await found()).toBe(0);
    traces[0] = { at_ms: `${FIRST!.at_ms}`, item: FIRST!.item };
    expect(await found()).toBe(1);
  });

  it('is read once, however often it is looked for', async () => {
    expect(await found()).toBe(1);
    await rm(file);
    await mkdir(file); // which nobody could read
    expect(await found()).toBe(1);
  });
});

describe('a snapshot in a registry elsewhere that has something of an erased user', () => {
  const registry = () => path.join(room.ports.config.dataDir, 'elsewhere');
  const sha256 = () => path.basename(file, '.dataset');
  const withUser = (snapshots: Snapshots) => snapshotsWith(snapshots, room.ports.store, ERASURE);
  let snapshots: Snapshots;
  beforeEach(async () => {
    snapshots = new Snapshots(path.dirname(file), directoryStore(registry()), 50_000);
    await snapshots.keep(sha256());
    await rm(file);
  });

  it('is found where nothing of it is on this machine', async () => {
    expect(await withUser(snapshots)).toEqual([sha256()]);
  });

  it('is not found where it has nothing of him', async () => {
    traces[0] = { at_ms: `${FIRST!.at_ms}`, item: 'other' };
    expect(await withUser(snapshots)).toEqual([]);
  });

  it('may be one of which only a part is there, that nobody can read', async () => {
    traces[0] = { at_ms: `${FIRST!.at_ms}`, item: 'other' };
    const pieces = path.join(registry(), '.snapshots', sha256());
    await rm(path.join(pieces, (await readdir(pieces))[0]!));
    expect(await withUser(snapshots)).toEqual([sha256()]);
    traces.length = 0; // who did nothing is in none
    expect(await withUser(snapshots)).toEqual([]);
  });
});

it('an erased user has also taught what began from the parameters of a model that had learned from him', async () => {
  await age(5);
  const sha256 = path.basename(file, '.dataset');
  const add = async (name: string, lineage: Partial<Manifest['lineage']>) => {
    const said = { ...parts(name), lineage: { ...parts(name).lineage, ...lineage } };
    await registerModel(modelsIn(room.ports.config), said, good);
  };
  const other = 'd'.repeat(64);
  await add('home-1', { snapshot: sha256 });
  await add('home-2', { snapshot: other, start: { model: 'home-1', sha256: other, snapshots: [sha256] } });
  await add('home-3', { snapshot: other, start: { cold: 'it was asked for' } });
  expect(await erased()).toBe(true);
  const noted = room.ports.store.rows.erasure_deeds!.filter(row => 'kind' in row && row.kind === 'model');
  expect(noted.map(row => 'name' in row && row.name).sort()).toEqual(['home-1', 'home-2']);
});

it('a model may have been trained on an erased user whose snapshot went with somebody who was erased before', async () => {
  const lineage = (snapshot: string) => ({ ...parts('').lineage, snapshot });
  for (const [name, snapshot] of [
    ['home-1', 'a'.repeat(64)],
    ['home-2', 'b'.repeat(64)],
  ] as const)
    await registerModel(modelsIn(room.ports.config), { ...parts(name), lineage: lineage(snapshot) }, good);
  const models = () => (room.ports.store.rows.erasure_deeds ?? []).filter(row => 'kind' in row && row.kind === 'model');
  await eraseSnapshots(room.ports, { erasure: ERASURE });
  expect(models()).toEqual([]);
  goneWithOthers.push({ name: 'b'.repeat(64) });
  await eraseSnapshots(room.ports, { erasure: ERASURE });
  expect(models()).toEqual([expect.objectContaining({ erasure: ERASURE, name: 'home-2' })]);
});

describe('what an erasure goes by', () => {
  const record = { erasure: ERASURE, asked_ms: 1, until_ms: 2, by: 'anna', reason: 'a test', left: [], at_ms: 3 };

  it('is kept as long as something is left, for whoever asks again', async () => {
    for (const state of ['expiring', 'incomplete'] as const)
      await recordErasure(room.ports.store, { ...record, state });
    expect(room.ports.store.commands).toEqual([]);
    await recordErasure(room.ports.store, { ...record, state: 'erased' });
    expect(room.ports.store.commands).toEqual([
      expect.stringMatching(/^ALTER TABLE erasure_traces DELETE/),
      expect.stringMatching(/^ALTER TABLE erasures_open DELETE/),
    ]);
  });
});
