import { expect, it } from 'vitest';
import { Registered } from '../../../console/reads/models.ts';
import type { ModelStore } from '../../../models/registry/store/store.ts';
import { TemperError } from '../../../schemas/errors.ts';
import type { Manifest } from '../../../schemas/models/models.ts';

function manifest(id: string): Manifest {
  return {
    ...{ v: 1, id, kind: 'popularity', created_ms: 1_700_000_000_000, files: { 'model.onnx': 'a'.repeat(64) } },
    ...{ features: ['item.clicks'], features_version: 'abc', training: null, verdict: null },
    lineage: { parent: null, snapshot: null, seed: null, code: '0.1.0', provider: null },
  };
}

/** A registry far away that has these, and what was asked of it. */
function farAway(there: Set<string>, read: (name: string) => Uint8Array | undefined) {
  const asked: string[] = [];
  let [now, most] = [0, 0];
  const store = {
    list: async () => [...there],
    read: async (file: string) => {
      const name = file.split('/')[0]!;
      asked.push(name);
      now++;
      most = Math.max(most, now);
      await new Promise(resolve => setTimeout(resolve, 1));
      now--;
      return read(name);
    },
  } as unknown as ModelStore;
  return { store, asked, most: () => most };
}

it('a name without a model is not asked for again at once; later it is, and then it may be there', async () => {
  const there = new Set<string>();
  const bytes = (name: string) => (there.has(name) ? Buffer.from(JSON.stringify(manifest(name))) : undefined);
  const { store, asked } = farAway(new Set(), bytes);
  let now_ms = 0;
  const registered = new Registered(store, () => now_ms);
  for (let poll = 0; poll < 5; poll++) expect(await registered.newest(['home-2b91c06d1e'])).toEqual([]);
  expect(asked).toEqual(['home-2b91c06d1e']);
  there.add('home-2b91c06d1e');
  now_ms += 60_001;
  expect((await registered.newest(['home-2b91c06d1e'])).map(({ id }) => id)).toEqual(['home-2b91c06d1e']);
  await registered.newest(['home-2b91c06d1e']);
  expect(asked.length).toBe(2);
});

it('some are asked for at a time, each once', async () => {
  const names = Array.from({ length: 40 }, (_, n) => `home-${String(n).padStart(10, '0')}`);
  const { store, asked, most } = farAway(new Set(names), name => Buffer.from(JSON.stringify(manifest(name))));
  expect(await new Registered(store).newest([])).toHaveLength(40);
  expect([...asked].sort()).toEqual(names);
  expect(most()).toBeGreaterThan(1);
  expect(most()).toBeLessThanOrEqual(8);
});

it('a registry that can’t be asked now is told as such, and is no absence', async () => {
  let isDown = true;
  const { store } = farAway(new Set(['home-2b91c06d1e']), name => {
    if (isDown) throw new TemperError('UNREACHABLE', { where: 's3://models' });
    return Buffer.from(JSON.stringify(manifest(name)));
  });
  const registered = new Registered(store);
  await expect(registered.newest([])).rejects.toThrow(/UNREACHABLE.*s3:\/\/models/);
  isDown = false;
  expect(await registered.newest([])).toHaveLength(1);
});

it('says from which model a training began, or why from none, where that was told', async () => {
  const sha256 = 'a'.repeat(64);
  const starts = { warm: { model: 'home-1', sha256, snapshots: [sha256] }, cold: { cold: 'it was asked for' } };
  const { store } = farAway(new Set(['warm', 'cold', 'before']), name => {
    const { lineage, ...rest } = manifest(name);
    const start = starts[name as keyof typeof starts];
    return Buffer.from(JSON.stringify({ ...rest, lineage: { ...lineage, ...(start && { start }) } }));
  });
  const told = (await new Registered(store).newest([])).map(({ id, start }) => [id, start]);
  expect(Object.fromEntries(told)).toEqual({
    warm: 'warm from home-1',
    cold: 'cold: it was asked for',
    before: null,
  });
});

it('what is something else is left out', async () => {
  const refused = new TemperError('MODEL_REFUSED', { where: 'README' });
  const { store } = farAway(new Set(['README', 'text', 'other', 'home-2b91c06d1e']), name => {
    if (name === 'README') throw refused;
    if (name === 'text') return Buffer.from('{');
    return Buffer.from(JSON.stringify(name === 'other' ? {} : manifest(name)));
  });
  expect((await new Registered(store).newest([])).map(({ id }) => id)).toEqual(['home-2b91c06d1e']);
});
