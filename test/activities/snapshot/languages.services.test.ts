import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { snapshotExamples } from '../../../activities/snapshot/snapshot-examples.ts';
import { readDataset } from '../../../models/ranker/dataset/dataset-file.ts';
import { openStore, type Store } from '../../../schemas/clickhouse.ts';
import { testConfig } from '../../job-process.ts';
import { examples, tableRows } from '../examples.ts';
import { testPorts } from '../ports.ts';

const config = testConfig(inject('endpoints'), `temper_languages_${randomUUID().slice(0, 8)}`);
let store: Store;
beforeAll(async () => {
  store = await openStore(config.clickhouse!, config.clickhouseDatabase);
});
afterAll(async () => {
  await store?.command(`DROP DATABASE ${config.clickhouseDatabase}`);
  await store?.stop();
});

it('a snapshot knows in which language a list was asked for, as far as its request said', async () => {
  const rows = examples({ seed: 5, lists: 300, clicks: 'taste' });
  const lists = rows.filter(({ position }) => position === 0);
  const said = (list: number) => ['', 'de', 'pt-BR'][list % 3]!;
  await store.insert('examples', tableRows(rows, 'rank.lists'));
  const asked = lists.map(({ list, at_ms: at, user }, n) => ({ list, at, user, surface: 'home', language: said(n) }));
  await store.insert('ranked_lists', asked);
  await store.insert('ranked_lists', asked); // the archive may have a row twice until it merges
  const { ports, clear } = await testPorts(store, { clickhouseDatabase: config.clickhouseDatabase });
  try {
    const until_ms = lists.at(-1)!.at_ms + 1;
    const { rows: read, ...snapshot } = await snapshotExamples(ports, { surface: 'home', until_ms });
    expect(read).toBe(rows.length);
    const { dataset } = await readDataset(snapshot);
    const languages = Array.from(dataset.language!, place => dataset.languages![place] ?? '');
    expect(languages).toEqual(lists.map((_, n) => said(n)));
  } finally {
    await clear();
  }
});
