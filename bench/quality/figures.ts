import type { Scorer } from '../../models/controls/scorer.ts';
import { type NextItems, rankFigures, ranks } from '../../models/evaluate/ranks.ts';

export const K = 10;

export interface Figures {
  readonly 'hr@10': number;
  readonly 'ndcg@10': number;
}

/** How well a scorer finds what was taken next, among all items but those of the history. */
export async function figuresOf(scorer: Scorer, moments: NextItems): Promise<Figures> {
  const [found] = await ranks([{ scorer, scaled: () => undefined }], [[1]], moments, { withoutHistory: true });
  const { hr, ndcg } = rankFigures(found!, K);
  return { 'hr@10': hr, 'ndcg@10': ndcg };
}

/** Means, and the standard deviations of a seed; 0 where there is one alone. */
export function spread(each: readonly Figures[]) {
  const [hr, ndcg] = [each.map(one => one['hr@10']), each.map(one => one['ndcg@10'])] as const;
  return { 'hr@10': mean(hr), 'ndcg@10': mean(ndcg), 'hr@10_sd': deviation(hr), 'ndcg@10_sd': deviation(ndcg) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return Math.sqrt(squares / Math.max(1, values.length - 1));
}
