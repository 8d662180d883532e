import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { driftOf } from '../../cli/features/features.ts';
import { FEATURE_NAMES, FEATURES_VERSION } from '../../models/features/vector.ts';
import { random } from '../../models/random.ts';
import { openStore, type Store } from '../../schemas/clickhouse.ts';
import { testConfig } from '../job-process.ts';

const config = testConfig(inject('endpoints'), 'temper_features_drift');
let store: Store;
beforeAll(async () => {
  store = await openStore(config.clickhouse!, config.clickhouseDatabase);
});
afterAll(async () => {
  await store?.command(`DROP DATABASE ${config.clickhouseDatabase}`);
  await store?.stop();
});

it('the features of the last hour that have changed stand first, and too little is said', async () => {
  await expect(driftOf(store, 1)).rejects.toThrow(/DATA_INSUFFICIENT.*got 0 before, 0 after/);
  const { normal } = random(1);
  const price = FEATURE_NAMES.indexOf('item.log_price');
  const rows = Array.from({ length: 2_000 }, (_, n) => {
    const isNow = n % 2 === 0;
    const features = FEATURE_NAMES.map((_, f) => normal() + (isNow && f === price ? 2 : 0));
    const at = Date.now() - (isNow ? 60_000 : 7_200_000);
    const of = { surface: 'home', model: 'm', arm: 'champion', features_version: FEATURES_VERSION, version: 1 };
    const source = { topic: 'rank.examples', partition: 0, offset: n, recorded: at };
    return { list: `l${n}`, at, user: 'u', position: 0, item: 'i', features, ...of, ...source };
  });
  await store.insert('examples', [...rows, { ...rows[0], list: 'old', features: [1], features_version: 'another' }]);
  const drifts = await driftOf(store, 1);
  expect(drifts).toHaveLength(FEATURE_NAMES.length);
  expect(drifts[0]).toMatchObject({ name: 'item.log_price' });
  expect(drifts[0]!.psi).toBeGreaterThan(1);
  expect(drifts[0]!.now.mean - drifts[0]!.before.mean).toBeCloseTo(2, 0);
  expect(drifts[1]!.psi).toBeLessThan(0.1);
});
