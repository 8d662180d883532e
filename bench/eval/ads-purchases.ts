import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import { purchaseRates } from '../../models/ads/purchase-rates.ts';
import type { ClickRatio } from '../../models/evaluate/evidence/reliability.ts';
import { FEATURE_NAMES } from '../../models/features/vector.ts';
import { EVALUATION, runEvaluation, wholeNumber } from '../options.ts';
import { type Predictor, type PurchaseFigures, purchasesOf } from '../quality/ads/purchases.ts';

const HELP = `Whether P(purchase | click), by which ads bid that pay for purchases, is what is bought, in the simulated shop.

npm run eval:ads-purchases -- [--lists 20000] [--seeds 1] [--json]

Purchases that came, sooner or later, for each that was predicted of a click when its list was made, in all and by the
prediction, with 95 % intervals over users; by the feature item.purchase_rate.7d, and as ads are sold.`;

const OPTIONS = z.object({ ...EVALUATION, lists: wholeNumber('lists', 100).default(20_000) });

const DAY_MS = 86_400_000;
/** Half of the buyers take a day, as the feature has it. */
const SLOW_MS = DAY_MS / Math.LN2;
const QUICK_MS = 60_000;
const SHOPS = {
  'four weeks, slow buyers': { age_ms: 28 * DAY_MS, delay_ms: SLOW_MS },
  'four weeks, quick buyers': { age_ms: 28 * DAY_MS, delay_ms: QUICK_MS },
  'two days, slow buyers': { age_ms: 2 * DAY_MS, delay_ms: SLOW_MS },
  'two days, quick buyers': { age_ms: 2 * DAY_MS, delay_ms: QUICK_MS },
};
const RATE = FEATURE_NAMES.indexOf('item.purchase_rate.7d');
const WAYS: Readonly<Record<string, Predictor>> = {
  'the feature': (features, candidates) =>
    Float32Array.from({ length: candidates }, (_, row) => features[row * FEATURE_NAMES.length + RATE]!),
  'as ads are sold': purchaseRates,
};

await runEvaluation({ help: HELP, options: OPTIONS }, async ({ lists, seeds, json }) => {
  const found: ({ seed: number; shop: string; differ: boolean; way: string } & PurchaseFigures)[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    for (const [shop, times] of Object.entries(SHOPS)) {
      for (const differ of [false, true]) {
        progress(`seed ${seed} of ${seeds}: ${shop}, items ${differ ? 'differ' : 'are alike'}`);
        const figures = purchasesOf({ seed, lists, differ, ...times }, WAYS);
        for (const [way, each] of Object.entries(figures)) found.push({ seed, shop, differ, way, ...each });
      }
    }
  }
  printResult({ lists, seeds, found }, json, () =>
    table([
      [
        'SEED',
        'SHOP',
        'ITEMS',
        'BY',
        'CLICKS',
        'BOUGHT FOR EACH PREDICTED',
        'BY PREDICTION, GREATEST FIRST',
        'LOG LOSS',
      ],
      ...found.map(({ seed, shop, differ, way, reliability: { all, bins }, logloss }) => [
        String(seed),
        shop,
        differ ? 'differ' : 'alike',
        way,
        String(all.rows),
        `${all.value.toFixed(2)} (${all.low.toFixed(2)} to ${all.high.toFixed(2)})`,
        bins.map(told).join(', '),
        logloss.toFixed(4),
      ]),
    ]),
  );
});

function told({ value, rows, expected }: ClickRatio): string {
  return `${value.toFixed(2)} of ${(expected / rows).toFixed(3)}`;
}
