import { describe, expect, it } from 'vitest';
import { compareOffPolicy } from '../../../../models/evaluate/off-policy/lists.ts';
import type { Dataset } from '../../../../models/ranker/dataset/dataset.ts';
import { column, examples } from '../../../sim/examples.ts';

const ITEMS = 4;
/** Down to which position each item is clicked. */
const CLICKED_TO = [2, 0, 4, 1];
const ORDERS = permutations([0, 1, 2, 3]);

/** Lists in all orders, each as often as any other, so that nothing is left to chance. */
function allOrders(): Dataset {
  const dataset = examples({ lists: ORDERS.length, items: ITEMS, explored: 1 });
  dataset.propensity.fill(0.1);
  for (const [list, order] of ORDERS.entries()) {
    for (const [position, item] of order.entries()) {
      const row = list * ITEMS + position;
      dataset.item[row] = item;
      dataset.clicked[row] = Number(position < CLICKED_TO[item]!);
      dataset.user[row] = list;
    }
  }
  return dataset;
}

const scoresOf = ({ item }: Dataset, scores: readonly number[]) => Float32Array.from(item, which => scores[which]!);
const clicksOf = (order: readonly number[]) =>
  order.reduce((sum, item, position) => sum + Number(position < CLICKED_TO[item]!), 0) / ITEMS;
const seed = 1;

describe('what a ranker would bring', () => {
  const dataset = allOrders();
  const [best, worst] = [
    [2, 0, 3, 1],
    [1, 3, 0, 2],
  ].map(order =>
    scoresOf(
      dataset,
      [0, 1, 2, 3].map(item => -order.indexOf(item)),
    ),
  );

  it('is exact over all orders', () => {
    const { values, lifts, lists } = compareOffPolicy(dataset, { candidate: best!, champion: worst! }, { seed })!;
    expect(lists).toBe(ORDERS.length);
    expect(values.candidate.snips).toBeCloseTo(clicksOf([2, 0, 3, 1]), 12);
    expect(values.candidate.ips).toBeCloseTo(clicksOf([2, 0, 3, 1]), 12);
    expect(lifts.ips!.value).toBeCloseTo(lifts.snips!.value, 12);
    expect(values.champion.snips).toBeCloseTo(clicksOf([1, 3, 0, 2]), 12);
    // The reward model of each fold is another one, so nothing cancels out exactly.
    expect(values.candidate.dr).toBeCloseTo(clicksOf([2, 0, 3, 1]), 1);
    expect(values.champion.dr).toBeCloseTo(clicksOf([1, 3, 0, 2]), 1);
    expect(lifts.snips!.value).toBeCloseTo(clicksOf([2, 0, 3, 1]) / clicksOf([1, 3, 0, 2]) - 1, 12);
  });

  it('is the mean of all orders where all scores are tied, however the list was logged', () => {
    const tied = new Float32Array(dataset.rows);
    const { values, clicks } = compareOffPolicy(dataset, { candidate: tied, champion: best! }, { seed })!;
    const mean = ORDERS.reduce((sum, order) => sum + clicksOf(order), 0) / ORDERS.length;
    expect(values.candidate.snips).toBeCloseTo(mean, 12);
    expect(clicks).toBe(dataset.clicked.reduce((sum, each) => sum + each, 0));
  });

  it('leaves pins where they stand', () => {
    const pinned = allOrders();
    const kept = ORDERS.map(order => order[1] === 2);
    for (let row = 0; row < pinned.rows; row++) {
      if (pinned.position[row] === 1) pinned.propensity[row] = 1;
      if (!kept[pinned.list[row]!]) pinned.explored[row] = 0;
    }
    const { values, lists } = compareOffPolicy(pinned, { candidate: best!, champion: worst! }, { seed })!;
    expect(lists).toBe(6);
    // Of the places 0, 2 and 3 and the items 0, 1 and 3.
    const clicks = [0, 3, 1].filter((item, place) => [0, 2, 3][place]! < CLICKED_TO[item]!).length;
    expect(values.candidate.snips).toBeCloseTo(clicks / 3, 12);
  });

  it('is unknown without lists in random order, or without their propensities', () => {
    const scores = { candidate: best!, champion: worst! };
    expect(compareOffPolicy({ ...dataset, explored: new Uint8Array(dataset.rows) }, scores, { seed })).toBeNull();
    const propensity = new Float32Array(dataset.rows).fill(Number.NaN);
    expect(compareOffPolicy({ ...dataset, propensity }, scores, { seed })).toBeNull();
    expect(compareOffPolicy(examples({ lists: 0 }), scores, { seed })).toBeNull();
  });

  it('is more for one who knows what users like, by an interval over users', () => {
    const shop = examples({ lists: 3_000 });
    shop.propensity.fill(0.1);
    const scores = { candidate: column(shop, 'taste'), champion: column(shop, 'noise') };
    const { lifts, values } = compareOffPolicy(shop, scores, { seed })!;
    for (const method of ['ips', 'snips', 'dr'] as const) {
      expect(lifts[method]!.low).toBeGreaterThan(0.05);
      expect(values.candidate[method]).toBeGreaterThan(values.champion[method]);
    }
    expect(compareOffPolicy(shop, { ...scores, candidate: scores.champion }, { seed })!.lifts.dr).toMatchObject({
      low: 0,
      high: 0,
    });
  });
});

function permutations(of: readonly number[]): number[][] {
  if (of.length === 0) return [[]];
  return of.flatMap(first => permutations(of.filter(each => each !== first)).map(rest => [first, ...rest]));
}
