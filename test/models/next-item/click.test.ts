import { expect, it } from 'vitest';
import { clickLogit, clickRateOf, fitClick } from '../../../models/next-item/click.ts';
import { random } from '../../../models/random.ts';
import type { RankerBatch } from '../../../models/ranker/model.ts';

const ROWS = 20_000;

/** Two features, the second of which is the item's click rate. */
function batchOf(rates: readonly number[]): RankerBatch {
  const features = Float32Array.from(rates.flatMap(rate => [9, rate]));
  const none = new Int32Array(rates.length);
  return { rows: rates.length, features, items: ['a'], item: none, list: none, history: none, contents: {} };
}

it('weights of blend and click rate are found again from clicks that were drawn by them', () => {
  const draws = random(1);
  const truth = { blend: 0.8, rate: 0.6, bias: -0.5, column: 1 };
  const scores = Float32Array.from({ length: ROWS }, () => draws.normal());
  const batch = batchOf(Array.from({ length: ROWS }, () => 0.02 + 0.2 * draws.uniform()));
  const clicked = Uint8Array.from(scores, (score, row) =>
    Number(draws.uniform() < 1 / (1 + Math.exp(-clickLogit(score, clickRateOf(batch, row, 1), truth)))),
  );
  const found = fitClick(scores, batch, clicked, 1);
  for (const name of ['blend', 'rate', 'bias'] as const) expect(Math.abs(found[name] - truth[name])).toBeLessThan(0.1);
});

it('weights stay finite where scores tell all, and rates nothing', () => {
  const scores = Float32Array.of(-1, -2, 3, 4);
  const { blend, rate, bias } = fitClick(scores, batchOf([0, 0, 0, 0]), Uint8Array.of(0, 0, 1, 1), 1);
  expect([blend, rate, bias].every(Number.isFinite)).toBe(true);
  expect(blend).toBeGreaterThan(0.3);
});
