import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { factOf } from '../../../models/features/aggregates/facts.ts';
import { noCells, placeOf, REDUCERS } from '../../../models/features/aggregates/reducer.ts';
import { FEATURE_NAMES, FEATURES_VERSION } from '../../../models/features/vector.ts';
import { openStore } from '../../../schemas/clickhouse.ts';
import type { ShopEvent } from '../../../schemas/topics/events.ts';
import { ByteWriter } from '../../../streams/features/log/bytes.ts';
import { ITEMS } from '../../../streams/features/log/entities.ts';
import { writeSnapshot } from '../../../streams/features/log/snapshot.ts';
import { eventRows } from '../../../streams/sinks/rows.ts';
import { testConfig } from '../../job-process.ts';
import { naive } from './aggregates/naive.ts';
import { T0 } from './events.ts';

const root = path.resolve(import.meta.dirname, '../../..');
let copy: string;

/** The row that the recipe "Add a feature" shows, and its name. */
async function rowOfRecipe(): Promise<{ row: string; name: string }> {
  const recipes = await readFile(path.join(root, 'docs/recipes.md'), 'utf8');
  const recipe = recipes.split('\n## ').find(section => section.startsWith('Add a feature\n'))!;
  const row = recipe.match(/```ts\n\s*(row\(.*\),)\n/)![1]!;
  return { row, name: row.match(/row\('([^']+)'/)![1]! };
}

/** A copy of the features' sources, with the row in AGGREGATES. */
beforeAll(async () => {
  copy = await mkdtemp(path.join(os.tmpdir(), 'temper-recipe-'));
  await mkdir(path.join(copy, 'models'));
  await symlink(path.join(root, 'schemas'), path.join(copy, 'schemas'));
  for (const name of await readdir(path.join(root, 'models'))) {
    const [from, to] = [root, copy].map(place => path.join(place, 'models', name)) as [string, string];
    await (name === 'features' ? cp(from, to, { recursive: true }) : symlink(from, to));
  }
  await cp(path.join(root, 'streams/features/log'), path.join(copy, 'streams/features/log'), { recursive: true });
  const defaults = path.join(copy, 'models/features/aggregates/defaults.ts');
  const text = await readFile(defaults, 'utf8');
  const { row } = await rowOfRecipe();
  await writeFile(defaults, text.replace(/(export const AGGREGATES: [^\n]*\n)/, `$1  ${row}\n`));
});
afterAll(() => rm(copy, { recursive: true, force: true }));

const inCopy = <M>(file: string): Promise<M> =>
  import(/* @vite-ignore */ path.join(copy, 'models/features', file)) as Promise<M>;

interface Logs {
  entities: typeof import('../../../streams/features/log/entities.ts');
  snapshot: typeof import('../../../streams/features/log/snapshot.ts');
}
type Log<N extends keyof Logs> = Logs[N];

/** A snapshot as it was before the recipe, of an item with one count. */
function snapshotOf(feature: string, value: number, at_ms: number): Buffer {
  const state = { ...noCells(REDUCERS.item), at_ms };
  state.cells[REDUCERS.item.places[placeOf(REDUCERS.item, feature)]!] = value;
  return writeSnapshot(new ByteWriter(), ITEMS.format, { bucket: 0, log: 0, generation: 0, next: [] }, [
    { key: 'a', state },
  ]);
}

/** What the SQL says as of T0, over an archive of these events alone. */
async function queried(sql: string, events: readonly ShopEvent[], name: string): Promise<number> {
  const config = testConfig(inject('endpoints'), 'temper_recipe');
  const store = await openStore(config.clickhouse!, config.clickhouseDatabase);
  try {
    const source = { topic: 'shop.events', partition: 0, recorded: T0 };
    const rows = events.flatMap((event, offset) => eventRows(event).map(row => ({ ...row, ...source, offset })));
    await store.insert('events', rows);
    const asked = { user: 'nobody', item: 'a', session: 's', query: '', as_of: T0 };
    const [row] = await store.query<Record<string, number>>(sql, asked);
    return row![name]!;
  } finally {
    await store.command(`DROP DATABASE ${config.clickhouseDatabase}`);
    await store.stop();
  }
}

describe('the recipe for a feature', () => {
  it('gives it a reducer, a place in the vector, docs, SQL, and a state that older records fit', async () => {
    const { name } = await rowOfRecipe();
    const { FEATURE_NAMES: names, FEATURES_VERSION: version } =
      await inCopy<typeof import('../../../models/features/vector.ts')>('vector.ts');
    expect(FEATURE_NAMES).not.toContain(name);
    expect(names).toEqual(expect.arrayContaining([...FEATURE_NAMES, name]));
    expect(version).not.toBe(FEATURES_VERSION);

    const { explained } = await inCopy<typeof import('../../../models/features/explain.ts')>('explain.ts');
    expect(explained(name)).toMatchObject({
      of: 'item',
      events: ['share'],
      place: names.indexOf(name),
      state_bytes: 8,
    });
    const { AGGREGATES } =
      await inCopy<typeof import('../../../models/features/aggregates/defaults.ts')>('aggregates/defaults.ts');
    const { apply, REDUCERS, valueAt } =
      await inCopy<typeof import('../../../models/features/aggregates/reducer.ts')>('aggregates/reducer.ts');
    const { ITEMS: items } = await inCopy<Log<'entities'>>('../../streams/features/log/entities.ts');
    const { readSnapshot: read } = await inCopy<Log<'snapshot'>>('../../streams/features/log/snapshot.ts');
    const [, state] = read(snapshotOf('item.clicks.1d', 3, T0 - 9_000_000), items.format).entries[0]!;
    const shares = [-8, -1, -5].map((hours, n): ShopEvent => {
      return { v: 1, id: `e${n}`, type: 'share', at_ms: T0 + hours * 1e6, user: 'u', session: 's', item: 'a' };
    });
    for (const share of shares) apply(REDUCERS.item, state, factOf(share));
    const declared = AGGREGATES.find(each => each.name === name)!;
    const value = naive(declared, shares, T0);
    expect(value).toBeGreaterThan(1);
    expect(valueAt(REDUCERS.item, state, name, T0)).toBeCloseTo(value, 9);
    expect(await queried(explained(name).sql!, [...shares, shares[1]!], name)).toBeCloseTo(Math.log(1 + value), 4);
    expect(valueAt(REDUCERS.item, state, 'item.clicks.1d', T0)).toBeCloseTo(3 * 2 ** (-9e6 / 864e5), 9);
  }, 60_000);
});
