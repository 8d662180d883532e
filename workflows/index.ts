/** What the worker bundles: every workflow of Temper. */
export { retrain } from './retrain.ts';
