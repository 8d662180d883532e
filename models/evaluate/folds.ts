import { random } from '../random.ts';

/** Queries that are measured, and the others, by which is chosen. */
export interface Fold {
  readonly measured: Int32Array;
  readonly seen: Int32Array;
}

/** Deals queries into folds at random; each query is measured in one of them. */
export function foldsOf(queries: number, { folds, seed }: { folds: number; seed: number }): Fold[] {
  const order = random(seed).shuffle(Int32Array.from({ length: queries }, (_, query) => query));
  return Array.from({ length: folds }, (_, fold) => ({
    measured: order.filter((_, place) => place % folds === fold),
    seen: order.filter((_, place) => place % folds !== fold),
  }));
}
