import { random } from '../../random.ts';
import type { Dataset } from '../../ranker/dataset/dataset.ts';
import { HISTORY } from '../../ranker/model.ts';

/**
 * Examples whose users took items of the catalogue last that have nothing to do with them, as at a shared device.
 *
 * @param clicks how many, each another item than those of the history; what is too old for it falls out
 */
export function estranged(examples: Dataset, clicks: number, seed: number): Dataset {
  const history = new Int32Array(examples.history.length);
  for (let from = 0; from < history.length; from += HISTORY) {
    const own = examples.history.subarray(from, from + HISTORY);
    const draws = random(seed, from);
    const others = new Set<number>();
    for (let tries = 0; others.size < clicks && tries < 10 * clicks; tries++) {
      const item = draws.below(examples.items.length);
      if (!own.includes(item)) others.add(item);
    }
    history.set([...others, ...own].slice(0, HISTORY), from);
  }
  return { ...examples, history };
}
