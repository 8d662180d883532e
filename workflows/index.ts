/** What the worker bundles: every workflow of Temper. */
export { backfill } from './backfill.ts';
export { checkFeatures } from './check-features.ts';
export { retrain } from './retrain.ts';
