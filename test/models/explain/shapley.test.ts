import { describe, expect, it } from 'vitest';
import { type Seeing, type SeenList, shapleyOf } from '../../../models/explain/shapley.ts';
import { FEATURE_NAMES } from '../../../models/features/vector.ts';
import { initialFusion, servingFusion } from '../../../models/fusion/network.ts';
import { openFusionRanker } from '../../../models/fusion/ranker.ts';
import type { FusionShape } from '../../../models/fusion/shape.ts';
import { encode } from '../../../models/graph/file/encode.ts';
import { random } from '../../../models/random.ts';
import { batchOf } from '../../../models/ranker/dataset/pairs.ts';
import { sceneOf, WIDTH } from './scene.ts';

const PRICE = FEATURE_NAMES.indexOf('item.log_price');
const CLICKS = FEATURE_NAMES.indexOf('item.clicks.1d');

function listOf(more: Partial<SeenList> = {}): SeenList {
  const { items, logged } = sceneOf({ seed: 3, items: 5 });
  const vectors = new Map(items.map((item, n) => [item, Float32Array.of(n, 1, 0, 0)]));
  return {
    items,
    rows: logged,
    featureNames: FEATURE_NAMES,
    history: [items[1]!, 'elsewhere'],
    vectors: { vector: (item, modality) => (modality === 'image' ? vectors.get(item) : undefined) },
    modalities: ['image'],
    ...more,
  };
}

describe('Shapley values of what a ranker is shown', () => {
  it('of a sum are its parts, and what changes nothing is left out', async () => {
    const list = listOf();
    const sum: Seeing = async ({ items, features, history, vectors }) =>
      Float32Array.from(items, (item, n) => {
        const of = (place: number) => features[n * WIDTH + place]!;
        const picture = vectors.vector(item, 'image', 'e')?.[0] ?? 0;
        return 2 * of(PRICE) - of(CLICKS) + 0.5 * picture + history.length;
      });
    const { baseline, items } = await shapleyOf(list, sum);
    const mean = (place: number) => list.rows.reduce((all, row) => all + row[place]! / list.rows.length, 0);
    expect(baseline).toBeCloseTo(2 * mean(PRICE) - mean(CLICKS), 4);
    for (const [n, { groups, score, error }] of items.entries()) {
      expect(Object.keys(groups).sort()).toEqual(['picture', 'popularity', 'price', 'recent']);
      expect(groups.price).toBeCloseTo(2 * (list.rows[n]![PRICE]! - mean(PRICE)), 4);
      expect(groups.popularity).toBeCloseTo(mean(CLICKS) - list.rows[n]![CLICKS]!, 4);
      expect(groups.picture).toBeCloseTo(0.5 * n, 4);
      expect(groups.recent).toBeCloseTo(2, 4);
      expect(score).toBeCloseTo(baseline + 2 + groups.price! + groups.popularity! + groups.picture!, 3);
      expect(error).toBeLessThan(1e-4);
    }
  });

  it('share equally what comes of two together', async () => {
    const both: Seeing = async ({ items, history, vectors }) =>
      Float32Array.from(items, item => (history.length > 0 && vectors.vector(item, 'image', 'e') ? 3 : 0));
    const { items } = await shapleyOf(listOf(), both);
    for (const { groups } of items) expect(groups).toEqual({ picture: 1.5, recent: 1.5 });
  });

  it('take an item’s name from it, and not from what the user took', async () => {
    const asked: string[][] = [];
    const list = listOf();
    const byName: Seeing = async ({ items, history }) => {
      asked.push([...history]);
      return Float32Array.from(items, item => (item === list.items[2] ? 1 : 0));
    };
    const { items } = await shapleyOf(list, byName);
    expect(items.map(({ groups }) => groups.itself ?? 0)).toEqual([0, 0, 1, 0, 0]);
    expect(asked.filter(({ length }) => length > 0).every(history => history.join() === list.history.join())).toBe(
      true,
    );
  });

  it('of a fusion ranker add up to its scores', async () => {
    const contents = { image: { encoder: 'e', width: 4 } };
    const shape: FusionShape = {
      ...{ features: WIDTH, items: 3, contents: { image: 4 }, hidden: [16], width: 8, positions: 2 },
    };
    const standard = { mean: new Float32Array(WIDTH), scale: new Float32Array(WIDTH).fill(0.3) };
    const start = initialFusion(shape, [0.1, 0.1, 0.1, 0.1], random(2));
    const graph = servingFusion(shape, { standard, whitenings: {} }, start, [0.6, 0.4]);
    const list = listOf();
    const file = { model: encode(graph), features: WIDTH, items: list.items.slice(0, 3), contents };
    const ranker = await openFusionRanker(file);
    const { baseline, items } = await shapleyOf(list, pairs => ranker.score(batchOf(pairs, contents)));
    const whole = new Float32Array(list.rows.length * WIDTH);
    for (const [n, row] of list.rows.entries()) whole.set(row, n * WIDTH);
    const scores = await ranker.score(batchOf({ ...list, features: whole }, contents));
    await ranker.release();
    for (const [n, { groups, score, error }] of items.entries()) {
      expect(score).toBeCloseTo(scores[n]!, 5);
      expect(Object.values(groups).reduce((sum, each) => sum + each, baseline)).toBeCloseTo(score, 4);
      expect(error).toBeLessThan(1e-4);
    }
    expect(items.some(({ groups }) => Math.abs(groups.popularity ?? 0) > 1e-4)).toBe(true);
  });
});
