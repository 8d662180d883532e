import { mkdtemp, readdir, readFile, rm, utimes } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Dataset } from '../../../models/ranker/dataset/dataset.ts';
import { datasetFile, readDataset, writeDataset } from '../../../models/ranker/dataset/dataset-file.ts';
import { Snapshots, snapshotsIn } from '../../../models/registry/snapshots.ts';
import { directoryStore } from '../../../models/registry/store/directory.ts';
import type { ModelStore } from '../../../models/registry/store/store.ts';
import { examples } from '../../sim/examples.ts';

const PIECE_BYTES = 1_000;

let root: string;
let registry: ModelStore;
let created: string[];
let dataset: Dataset;
let sha256: string;
const machine = (name: string) => new Snapshots(path.join(root, name), registry, PIECE_BYTES);

beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'temper-snapshots-'));
  const store = directoryStore(path.join(root, 'registry'));
  created = [];
  registry = {
    ...store,
    create(name, bytes) {
      created.push(name);
      return store.create(name, bytes);
    },
  };
  dataset = examples({ lists: 30 });
  ({ sha256 } = await writeDataset(machine('first').directory, dataset));
  await machine('first').keep(sha256);
});
afterEach(() => rm(root, { recursive: true }));

describe('a snapshot whose registry is elsewhere', () => {
  it('is read on another machine, and leaves nothing there', async () => {
    expect(created.length).toBeGreaterThan(2);
    expect(await machine('second').has(sha256)).toBe(true);
    expect(await machine('second').list()).toEqual([sha256]);
    expect(await machine('second').read(sha256)).toEqual(dataset);
    expect(await readdir(root)).not.toContain('second');
  });

  it('is put into a directory for whoever reads files', async () => {
    const own = await machine('first').file(sha256, path.join(root, 'workbench'));
    expect(own.path).toBe(datasetFile(path.join(root, 'first'), sha256));
    const fetched = await machine('second').file(sha256, path.join(root, 'workbench'));
    expect(fetched.path).toBe(datasetFile(path.join(root, 'workbench'), sha256));
    expect(await readFile(fetched.path)).toEqual(await readFile(own.path));
    const nobodys = machine('second').file('f'.repeat(64), root);
    await expect(nobodys).rejects.toThrow(/^INPUT_INVALID: .*second.*\.snapshots\/fff.*registry/);
  });

  it('is there once all of its pieces are, and what is there is not written again', async () => {
    const [first, ...others] = created.splice(0);
    await rm(path.join(root, 'registry', first!));
    expect(await machine('second').has(sha256)).toBe(false);
    expect(await machine('second').read(sha256)).toBeUndefined();
    expect(await machine('second').list()).toEqual([sha256]);
    await machine('first').keep(sha256);
    expect(created).toEqual([first]);
    expect(await machine('second').has(sha256)).toBe(true);
    await rm(path.join(root, 'registry', others.at(-1)!));
    expect(await machine('second').has(sha256)).toBe(false);
  });

  it('is refused where other examples lie under its name, but to whoever takes what is there', async () => {
    const other = await writeDataset(machine('first').directory, examples({ lists: 30, seed: 2 }));
    await registry.remove(`.snapshots/${sha256}`);
    const bytes = await readFile(other.path);
    await registry.create(`.snapshots/${sha256}/0001-of-0001`, bytes);
    const whole = new Snapshots(path.join(root, 'second'), registry);
    await expect(whole.read(sha256)).rejects.toThrow(`got others, ${other.sha256}`);
    expect(await whole.read(sha256, null)).toEqual((await readDataset(other)).dataset);
  });

  it('goes from everywhere', async () => {
    await machine('first').remove(sha256);
    for (const name of ['first', 'second']) {
      expect(await machine(name).list()).toEqual([]);
      expect(await machine(name).lastUsed_ms(sha256)).toBeUndefined();
    }
  });

  it('was used when it was put there, or when its file was touched last', async () => {
    const then = new Date(1_700_000_000_000);
    await utimes(datasetFile(path.join(root, 'first'), sha256), then, then);
    expect(await machine('first').lastUsed_ms(sha256)).toBe(then.getTime());
    expect(await machine('second').lastUsed_ms(sha256)).toBeGreaterThan(then.getTime());
  });

  it('is told by its place', async () => {
    expect(await machine('first').where(sha256)).toBe(`first/${sha256}.dataset`);
    expect(await machine('second').where(sha256)).toBe(`.snapshots/${sha256} in ${path.join(root, 'registry')}`);
  });
});

it('a snapshot beside its registry is written once', async () => {
  const snapshots = snapshotsIn({ dataDir: root, registry: undefined });
  const written = await writeDataset(snapshots.directory, dataset);
  await snapshots.keep(sha256);
  expect(await snapshots.read(sha256)).toEqual(dataset);
  expect(await readdir(root)).not.toContain('models');
  await rm(written.path);
  expect([await snapshots.has(sha256), await snapshots.read(sha256)]).toEqual([false, undefined]);
});
