import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { examinationOf, printExamination } from '../../cli/features/examination.ts';
import { random } from '../../models/random.ts';
import { openStore, type Store } from '../../schemas/clickhouse.ts';
import { testConfig } from '../job-process.ts';

const config = testConfig(inject('endpoints'), 'temper_examination');
let store: Store;
beforeAll(async () => {
  store = await openStore(config.clickhouse!, config.clickhouseDatabase);
});
afterAll(async () => {
  await store?.command(`DROP DATABASE ${config.clickhouseDatabase}`);
  await store?.stop();
});

const CURVE = [1, 0.5, 0.25];

it('finds how far down items are looked at from lists in random order, without what is pinned', async () => {
  await expect(examinationOf(store, 'home')).rejects.toThrow(/DATA_INSUFFICIENT.*got 0 in 0 lists/);
  const { uniform } = random(2);
  const seen = (list: number, position: number, clicked: boolean, more: object = {}) => ({
    ...{
      list: `l${list}`,
      at: Date.now() - 60_000,
      user: `u${list % 500}`,
      surface: 'home',
      model: 'm',
      arm: 'explore',
    },
    ...{ features_version: 'any', position, item: `i${position}`, propensity: 0.01, features: [], version: 1, clicked },
    ...{ topic: 'rank.examples', partition: 0, offset: 10 * list + position, recorded: Date.now() },
    ...more,
  });
  const told = Array.from({ length: 4_000 }, (_, list) => {
    return CURVE.map((looks, position) => seen(list, position, uniform() < 0.4 * looks));
  }).flat();
  const others = Array.from({ length: 500 }, (_, n) => n + 5_000).flatMap(list => [
    // Of a model, with the best item on top; and with a pin there.
    seen(list, 0, true, { arm: 'champion' }),
    seen(list, 1, false, { arm: 'champion' }),
    seen(list + 1_000, 0, false, { propensity: 1 }),
    seen(list + 1_000, 1, true),
    seen(list + 2_000, 0, true, { surface: 'search' }),
  ]);
  // A later version of a row counts in its place.
  const amended = { ...told[0]!, version: 2 };
  await store.insert('examples', [...told, ...others, amended]);

  const { lists, positions, exponent } = await examinationOf(store, 'home');
  expect(lists).toBe(4_000);
  expect(positions.map(({ position }) => position)).toEqual([0, 1, 2]);
  for (const [position, { measured, clicks, lists: count }] of positions.entries()) {
    expect(count).toBe(4_000);
    expect(clicks).toBe(told.filter(row => row.position === position && row.clicked).length);
    expect(measured!.low).toBeLessThanOrEqual(CURVE[position]!);
    expect(measured!.high).toBeGreaterThanOrEqual(CURVE[position]!);
    expect(measured!.high - measured!.low).toBeLessThan(0.1);
  }
  expect(exponent!.value).toBeCloseTo(1.1, 0);

  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await printExamination(config, { surface: 'home' });
  await printExamination(config, { surface: 'home', json: true });
  const [people, machine] = write.mock.calls.map(([text]) => String(text));
  write.mockRestore();
  expect(people).toMatch(/\n2 +4000 +\d+ +0\.2\d\d +0\.2\d\d to 0\.\d+ +0\.2\d\d +0\.577\n/);
  expect(people).toMatch(/features are made with 0\.5, which is outside: docs\/recipes.md/);
  expect(JSON.parse(machine!)).toMatchObject({ surface: 'home', lists, positions, declared: { exponent: 0.5 } });
});
