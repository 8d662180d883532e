import { afterEach, describe, expect, it } from 'vitest';
import { snapshotExamples } from '../../../activities/snapshot/snapshot-examples.ts';
import { FEATURES_VERSION } from '../../../models/features/vector.ts';
import { readDataset } from '../../../models/ranker/dataset/dataset-file.ts';
import { examples } from '../examples.ts';
import { memoryPorts } from '../ports.ts';

const REQUEST = { surface: 'home', until_ms: Date.UTC(2027, 0, 1) } as const;
let clear: () => Promise<void>;
afterEach(() => clear());

async function snapshotOf(rows: object[]) {
  const room = await memoryPorts({ examples: rows });
  clear = room.clear;
  return snapshotExamples(room.ports, REQUEST);
}

describe('a snapshot', () => {
  it('says what is in its file, and is named by its content', async () => {
    const rows = examples({ seed: 1, lists: 300, clicks: 'taste' });
    const snapshot = await snapshotOf(rows);
    expect(snapshot).toMatchObject({
      rows: 3_000,
      lists: 300,
      clicks: rows.filter(row => row.clicked).length,
      purchases: rows.filter(row => row.purchased).length,
      from_ms: rows[0]!.at_ms,
      to_ms: rows.at(-1)!.at_ms,
      features_version: FEATURES_VERSION,
    });
    expect(snapshot.path).toContain(snapshot.sha256);
    const { dataset, sha256 } = await readDataset(snapshot);
    expect(sha256).toBe(snapshot.sha256);
    expect([...dataset.clicked]).toEqual(rows.map(row => Number(row.clicked)));
  });

  it('of the same examples is the same', async () => {
    const rows = examples({ seed: 1, lists: 300, clicks: 'taste' });
    const { sha256 } = await snapshotOf(rows);
    await clear();
    expect((await snapshotOf(rows)).sha256).toBe(sha256);
  });

  it('of too few examples is refused with both numbers', async () => {
    const rows = examples({ seed: 1, lists: 9, clicks: 'noise' }).map(row => ({ ...row, clicked: false }));
    await expect(snapshotOf(rows)).rejects.toThrow(
      /^DATA_INSUFFICIENT: .* expected at least 200 lists and 20 clicks; got 9 lists and 0 clicks/,
    );
  });

  it('holds the vectors of its items, and of no others', async () => {
    const rows = examples({ seed: 1, lists: 300, clicks: 'taste' });
    const vector = (item: string, values: number[]) => ({
      item,
      values,
      modality: 'text',
      encoder: 'words@1',
      width: 2,
    });
    const vectors = [vector('item-7', [0.6, 0.8]), vector('elsewhere', [1, 0])];
    const room = await memoryPorts({ examples: rows, item_vectors: vectors });
    clear = room.clear;
    const { dataset } = await readDataset(await snapshotExamples(room.ports, REQUEST));
    const { text } = dataset.contents;
    const place = dataset.items.indexOf('item-7');
    expect(text).toMatchObject({ encoder: 'words@1', width: 2 });
    expect([...text!.vectors.subarray(2 * place, 2 * place + 2)]).toEqual([0.6, 0.8].map(Math.fround));
    expect(text!.present.reduce((sum, each) => sum + each, 0)).toBe(1);
    expect(text!.present[place]).toBe(1);
  });
});
