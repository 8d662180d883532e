import { type Random, random } from '../../models/random.ts';
import type { Dataset } from '../../models/ranker/dataset.ts';
import { HISTORY } from '../../models/ranker/model.ts';

/** Another history that the same user might have had, newest first. */
export type HistoryChange = (history: readonly number[], draws: Random) => number[];

/** The share of histories that are changed; the others stay as they were. */
const CHANGED = 0.5;

/** Contrastive learning for sequential recommendation (Xie et al., "CL4SRec", ICDE 2022, section 3.3) names these three. */
export const HISTORY_CHANGES: Readonly<Record<'crop' | 'mask' | 'reorder', HistoryChange>> = {
  /** A run of half of the items. */
  crop(history, draws) {
    const length = Math.ceil(history.length / 2);
    const start = draws.below(history.length - length + 1);
    return history.slice(start, start + length);
  },
  /** Each third item is left out, at random. */
  mask: (history, draws) => history.filter(() => draws.uniform() >= 1 / 3),
  /** A run of half of the items comes in another order. */
  reorder(history, draws) {
    const length = Math.ceil(history.length / 2);
    const start = draws.below(history.length - length + 1);
    const mixed = draws.shuffle(Int32Array.from(history.slice(start, start + length)));
    return [...history.slice(0, start), ...mixed, ...history.slice(start + length)];
  },
};

/** The same examples with other histories. */
export function withHistories(dataset: Dataset, change: HistoryChange, seed: number): Dataset {
  const draws = random(seed);
  const history = dataset.history.slice();
  for (let start = 0; start < history.length; start += HISTORY) {
    const own = [...history.subarray(start, start + HISTORY)].filter(item => item >= 0);
    if (own.length < 2 || draws.uniform() >= CHANGED) continue;
    history.fill(-1, start, start + HISTORY);
    history.set(change(own, draws), start);
  }
  return { ...dataset, history };
}
