import { describe, expect, it } from 'vitest';
import { listsOf } from '../../../../bench/quality/next-item/lists.ts';
import { measureNextItem } from '../../../../bench/quality/next-item/measure.ts';
import { eachHistory } from '../../../../models/controls/scorer.ts';

const ITEMS = 20;
/** Around a ring, each user from elsewhere, some a step at a time and some two. */
const sequences = Array.from({ length: 80 }, (_, user) =>
  Int32Array.from({ length: 5 + (user % 4) }, (_, at) => (7 * user + at * (1 + (user % 2))) % ITEMS),
);
const leftOut = (back: number) => ({
  histories: sequences.map(each => each.slice(0, -back)),
  targets: Int32Array.from(sequences, each => each.at(-back)!),
});
const data = {
  names: Array.from({ length: ITEMS }, (_, item) => String(item)),
  training: sequences.map(each => each.slice(0, -2)),
  validation: leftOut(2),
  test: leftOut(1),
};
const recipe = {
  shape: { width: 16, length: 8, blocks: 1, heads: 2, forward: 16 },
  dropout: 0.1,
  negatives: 10,
  tokens: 128,
  rate: 1e-2,
  epochs: 30,
  every: 15,
  rankers: { product: {}, cosine: { temperature: 0.1 } },
};
const described = data.names.map((_, item) => [`half ${item % 2}`, `third ${item % 3}`]);

describe('the measurement of the next item', () => {
  it('trains a ranker for each seed, and measures its blend and the controls', async () => {
    const said: string[] = [];
    const result = await measureNextItem(data, described, { recipe, seeds: 2, minutes: 1 }, line => said.push(line));
    expect(result).toMatchObject({ seeds: 2, users: 80, items: ITEMS });
    expect(Object.keys(result.controls)).toEqual(['popularity', 'knn', 'tuned_knn', 'content']);
    for (const name of ['product', 'cosine'])
      expect(result.alone[name]!['ndcg@10']).toBeGreaterThan(result.controls.popularity!['ndcg@10'] + 0.2);
    expect(result.model['ndcg@10']).toBeGreaterThan(result.controls.popularity!['ndcg@10'] + 0.2);
    expect(result.model['ndcg@10_sd']).toBeGreaterThanOrEqual(0);
    for (const weights of result.weights) expect(Math.max(weights.product!, weights.cosine!)).toBeGreaterThan(0);
    for (const lists of result.lists) expect(lists.coverage).toBe(1);
    expect(said.filter(line => line.includes('epoch 30'))).toHaveLength(4);
  });

  it('goes without descriptions, and keeps within its time', async () => {
    const brief = { recipe: { ...recipe, epochs: 1e6, every: 1e6 }, seeds: 1, minutes: 0.005 };
    const none = data.names.map(() => []);
    const result = await measureNextItem(data, none, brief, () => undefined);
    expect(Object.keys(result.weights[0]!)).toEqual(['product', 'cosine', 'together', 'popular']);
    expect(result.lists[0]!.diversity).toBeNull();
    expect(result.minutes).toBeLessThan(0.2);
  });
});

it('lists are of the best items that are not in the history', async () => {
  const scorer = eachHistory(4, (_, row) => row.set([3, 1, 4, 2]));
  const histories = [Int32Array.of(2), Int32Array.of(0, 3), Int32Array.of(0, 1, 2)];
  const lists = await listsOf(scorer, histories, 2, 2);
  expect(lists).toEqual([Int32Array.of(0, 3), Int32Array.of(2, 1), Int32Array.of(3)]);
});
