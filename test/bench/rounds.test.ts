import { expect, it } from 'vitest';
import { inTurns, ratiosOf, spreadOf } from '../../bench/rounds.ts';

it('sides are measured in turns, so that a machine that grows slower slows none more than the others', async () => {
  const order: string[] = [];
  let speed = 100;
  const measure = async (side: string) => {
    order.push(side);
    return speed--;
  };
  const measured = await inTurns(['a', 'b', 'c'], 4, measure, () => {});
  expect(order.join('')).toBe('abccbaabccba');
  expect(measured).toEqual({ a: [100, 95, 94, 89], b: [99, 96, 93, 90], c: [98, 97, 92, 91] });
  const mean = (values: number[]) => values.reduce((sum, each) => sum + each) / values.length;
  expect(mean(measured.a)).toBe(mean(measured.c));
});

it('ratios are those within a round, and a spread has their middle, least and greatest', () => {
  expect(ratiosOf([10, 30, 20], [5, 10, 20])).toEqual([2, 3, 1]);
  expect(spreadOf([2, 3, 1])).toEqual({ median: 2, low: 1, high: 3 });
  expect(spreadOf([1, 2.26], 1)).toEqual({ median: 1.6, low: 1, high: 2.3 });
});
