import { describe, expect, it } from 'vitest';
import { ascend } from '../../../models/controls/ascent.ts';

describe('coordinate ascent', () => {
  it('comes to what no single change makes better, and judges the start first', async () => {
    const judged: { a: number; b: number }[] = [];
    const found = await ascend({ a: 0, b: 0 }, { a: [0, 1, 2], b: [0, 5] }, async settings => {
      judged.push(...settings);
      // a pays only once b is 5: the second round finds it.
      return settings.map(({ a, b }) => (b === 5 ? 1 + a : -a));
    });
    expect(found).toEqual({ a: 2, b: 5 });
    expect(judged[0]).toEqual({ a: 0, b: 0 });
  });

  it('stays where nothing is better', async () => {
    const start = { a: 1 };
    expect(await ascend(start, { a: [0, 1, 2] }, settings => Promise.resolve(settings.map(() => 7)))).toBe(start);
  });
});
