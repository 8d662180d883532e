import { describe, expect, it } from 'vitest';
import { toDeviations } from '../../../models/controls/blend.ts';
import { eachHistory } from '../../../models/controls/scorer.ts';
import { chooseWeights } from '../../../models/next-item/choices.ts';

const ITEMS = 12;
/** Half of the users took what one scorer expects, half what the other does. */
const judges = {
  histories: Array.from({ length: 40 }, () => Int32Array.of(0)),
  targets: Int32Array.from({ length: 40 }, (_, user) => 1 + (user % 2)),
};
const expecting = (item: number) => ({
  scorer: eachHistory(ITEMS, (_, row) => {
    row.fill(0);
    row[item] = 1;
  }),
  scaled: toDeviations,
});
const parts = { first: expecting(1), second: expecting(2) };

describe('the weights of a blend', () => {
  it('are those that find the most', async () => {
    const { first, second } = await chooseWeights(parts, judges, 60);
    expect(first).toBeGreaterThan(0);
    expect(second).toBeGreaterThan(0);
  });

  it('are of the first part alone where no time is left', async () => {
    const tries: number[] = [];
    const weights = await chooseWeights(parts, judges, 0, () => tries.push(1));
    expect(weights.second).toBe(0);
    expect(tries).toHaveLength(1);
  });
});
