/** What the worker bundles: every workflow of Temper. */
export { checkFeatures } from './check-features.ts';
export { retrain } from './retrain.ts';
