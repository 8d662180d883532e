import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { beyondAccuracy } from '../../cli/start/beyond-accuracy.ts';
import { openStore, type Store } from '../../schemas/clickhouse.ts';
import { testConfig } from '../job-process.ts';

const at = { at: 1_700_000_000_000, partition: 0, recorded: 1_700_000_000_000 };

let store: Store;
beforeAll(async () => {
  const config = testConfig(inject('endpoints'), 'temper_beyond_accuracy');
  store = await openStore(config.clickhouse!, config.clickhouseDatabase);
});
afterAll(() => store?.stop());

it('lists are described by the archive: of the model that is asked for, and of the control group', async () => {
  expect((await beyondAccuracy(store, 'm')).champion).toEqual({
    ...{ coverage: null, novelty_bits: null, diversity: null, exposure_gini: null },
  });
  const products = ['a', 'b', 'c', 'd'].map((item, offset) => {
    const category = item === 'd' ? 'other' : 'tea';
    return { item, title: item, category, available: true, withdrawn: false, topic: 'shop.catalogue', offset, ...at };
  });
  const gone = { ...products[0]!, item: 'gone', withdrawn: true, offset: 4 };
  await store.insert('catalogue', [...products, gone]);
  // 4 clicks and 1 for each of 4 items: a has half of them, the others an eighth or, for b, a quarter.
  const clicks = ['a', 'a', 'a', 'b', 'b'].map((item, offset) => {
    const id = offset === 4 ? 'e3' : `e${offset}`; // sent twice
    return { id, type: 'click', user: 'u', session: 's', item, topic: 'shop.events', offset, ...at };
  });
  await store.insert('events', clicks);
  const list = (items: string[], arm: string, model: string, offset: number) => {
    const rest = { user: 'u', session: 's', surface: 'home', topic: 'rank.lists', offset, ...at };
    return { list: `l${offset}`, items, arm, model, ...rest };
  };
  await store.insert('ranked_lists', [
    list(['a', 'd'], 'champion', 'm', 0),
    list(['c', 'gone'], 'champion', 'm', 1),
    list(['b'], 'champion', 'other', 2),
    list(['b'], 'explore', 'm', 3),
    list(['a', 'b'], 'control', 'popularity', 4),
  ]);
  expect(await beyondAccuracy(store, 'm')).toEqual({
    champion: { coverage: 0.75, novelty_bits: (1 + 3 + 3) / 3, diversity: 1, exposure_gini: 0.25 },
    popularity: { coverage: 0.5, novelty_bits: 1.5, diversity: 0, exposure_gini: 0.5 },
  });
});
