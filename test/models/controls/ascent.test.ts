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

  it('ends with the best of what was tried where no more is to be', async () => {
    const most = 3;
    let tried = 0;
    const found = await ascend({ a: 0, b: 0 }, { a: [0, 1, 2, 3], b: [0, 1] }, settings => {
      const some = settings.slice(0, most - tried);
      tried += some.length;
      return Promise.resolve(some.map(({ a, b }) => a + b));
    });
    expect(found).toEqual({ a: 2, b: 0 });
    expect(tried).toBe(3);
  });
});
