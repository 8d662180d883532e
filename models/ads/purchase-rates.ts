import { RATES } from '../features/aggregates/defaults.ts';
import { FEATURE_NAMES } from '../features/vector.ts';

const WIDTH = FEATURE_NAMES.length;
const PURCHASES = FEATURE_NAMES.indexOf('item.purchases.7d');
const CLICKS = FEATURE_NAMES.indexOf('item.clicks.7d');
/** What is believed of an item of which nothing is known, and for how many clicks that counts. */
const PRIOR = RATES.find(({ name }) => name === 'item.purchase_rate.7d')!.prior;

/**
 * Of each candidate P(purchase | click): what its item sold, drawn to what all candidates of the list sold together (the
 * mean of a beta-binomial whose prior is estimated from them: Efron and Morris, "Data analysis using Stein's estimator and
 * its generalizations", JASA 1975), and that to the declared prior, for no shop's purchases are a twentieth of its clicks
 * because nobody has counted them.
 *
 * Clicks count in full, and not as far as their buyers had time, as they do in the feature `item.purchase_rate.7d`: where
 * buyers are quicker than it takes them to be, it counts next to no trials in a young shop, and says more than 1. A rate
 * is too low here while many clicks are younger than their purchases, and right once clicks and purchases keep pace.
 *
 * @param features [candidates, F]
 * @returns above 0, and at most 1: there are purchases without clicks
 */
export function purchaseRates(features: Float32Array, candidates: number): Float32Array {
  const countOf = (row: number, feature: number) => Math.expm1(features[row * WIDTH + feature]!);
  let [purchases, clicks] = [PRIOR.trials * PRIOR.rate, PRIOR.trials];
  for (let row = 0; row < candidates; row++) {
    purchases += countOf(row, PURCHASES);
    clicks += countOf(row, CLICKS);
  }
  const usual = purchases / clicks;
  return Float32Array.from({ length: candidates }, (_, row) =>
    Math.min(1, (countOf(row, PURCHASES) + PRIOR.trials * usual) / (countOf(row, CLICKS) + PRIOR.trials)),
  );
}
