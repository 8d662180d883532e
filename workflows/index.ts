/** What the worker bundles: every workflow of Temper. */
export { backfill } from './backfill/backfill.ts';
export { canary } from './canary/canary.ts';
export { checkFeatures } from './check-features.ts';
export { erase } from './erasure/erase.ts';
export { learnSearches } from './learn-searches.ts';
export { retain } from './retain.ts';
export { retrain } from './retrain.ts';
export { retrainOn } from './retrain-on.ts';
export { rollback } from './rollback.ts';
export { watch } from './watch/watch.ts';
