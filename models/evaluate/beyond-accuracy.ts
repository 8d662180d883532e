/*
 * What lists are like, apart from how good they are. A list holds the numbers of its items, from 0 to items - 1.
 * A figure is null where it has no meaning, such as the diversity of lists of one item.
 */

/** What users were shown, a list each, best first. */
export type Lists = readonly ArrayLike<number>[];

/** The share of the catalogue that appears on any of the lists, in [0, 1]. */
export function coverage(lists: Lists, items: number): number | null {
  return items === 0 ? null : exposure(lists, items).reduce((seen, times) => seen + Number(times > 0), 0) / items;
}

/**
 * The mean self-information of the items, in bits: how little known they are (Vargas and Castells, "Rank and relevance
 * in novelty and diversity metrics for recommender systems", RecSys 2011). Each item counts once more than it was taken,
 * so that one which nobody took is finite.
 *
 * @param taken how often each item of the catalogue was taken
 */
export function novelty(lists: Lists, taken: ArrayLike<number>): number | null {
  let all = taken.length;
  for (let item = 0; item < taken.length; item++) all += taken[item]!;
  return meanOf(lists, item => Math.log2(all / (taken[item]! + 1)));
}

/**
 * The mean over the lists of 1 - mean similarity of two of their items (Ziegler et al., "Improving recommendation lists
 * through topic diversification", WWW 2005); lists of fewer than two items are left out.
 *
 * @param similarity of two items: the cosine of their vectors, or 1 where they share a category and else 0
 */
export function diversity(lists: Lists, similarity: (a: number, b: number) => number): number | null {
  const several = lists.filter(({ length }) => length > 1);
  if (several.length === 0) return null;
  return several.reduce((sum, list) => sum + 1 - meanSimilarity(list, similarity), 0) / several.length;
}

/**
 * The Gini coefficient of how often items appear: 0 where all do alike, 1 - 1 / items where one alone does.
 */
export function exposureGini(lists: Lists, items: number): number | null {
  const times = exposure(lists, items).sort();
  let [all, weighed] = [0, 0];
  for (const [place, count] of times.entries()) {
    all += count;
    weighed += (2 * (place + 1) - items - 1) * count;
  }
  return all === 0 ? null : weighed / (items * all);
}

/** How often each item appears. */
function exposure(lists: Lists, items: number): Float64Array {
  const times = new Float64Array(items);
  for (const list of lists) for (let k = 0; k < list.length; k++) times[list[k]!]!++;
  return times;
}

function meanOf(lists: Lists, value: (item: number) => number): number | null {
  let [sum, count] = [0, 0];
  for (const list of lists) {
    for (let k = 0; k < list.length; k++) sum += value(list[k]!);
    count += list.length;
  }
  return count === 0 ? null : sum / count;
}

function meanSimilarity(list: ArrayLike<number>, similarity: (a: number, b: number) => number): number {
  let sum = 0;
  for (let k = 1; k < list.length; k++) for (let j = 0; j < k; j++) sum += similarity(list[j]!, list[k]!);
  return sum / ((list.length * (list.length - 1)) / 2);
}
