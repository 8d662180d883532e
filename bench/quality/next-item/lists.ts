import type { Scorer, Sequences } from '../../../models/controls/scorer.ts';
import { top } from '../../../models/retrieval/top.ts';

/** The best k items for each history, of those that are not in it; fewer where there are no more. */
export async function listsOf(scorer: Scorer, histories: Sequences, k: number, batch = 128): Promise<Int32Array[]> {
  const lists: Int32Array[] = [];
  for (let start = 0; start < histories.length; start += batch) {
    const some = histories.slice(start, start + batch);
    const scores = new Float32Array(some.length * scorer.items);
    await scorer.score(some, scores);
    for (const [place, history] of some.entries()) {
      const row = scores.subarray(place * scorer.items, (place + 1) * scorer.items);
      for (const item of history) row[item] = Number.NEGATIVE_INFINITY;
      const { documents, scores: best } = top(row, k);
      lists.push(documents.filter((_, at) => best[at]! > Number.NEGATIVE_INFINITY));
    }
  }
  return lists;
}
