import { expect, test } from 'vitest';
import { measureColdItems, rareTokens } from '../../../bench/modalities/cold-items.ts';
import { random } from '../../../models/random.ts';

/** Users keep to one of ten groups of items, which a token names; another token says nothing. */
function made() {
  const draws = random(1);
  const items = 400;
  const sequences = Array.from({ length: 600 }, () => {
    const group = draws.below(10);
    return Array.from({ length: 6 }, () => group + 10 * draws.below(items / 10));
  });
  const left = (back: number) => ({
    histories: sequences.map(each => Int32Array.from(each.slice(0, 6 - back))),
    targets: Int32Array.from(sequences, each => each[6 - back]!),
  });
  const tokens = Array.from({ length: items }, (_, item) => [`group ${item % 10}`, `noise ${draws.below(10)}`, 'all']);
  return {
    items,
    training: sequences.map(each => Int32Array.from(each.slice(0, 4))),
    validation: left(2),
    test: left(1),
    contents: {
      told: rareTokens(tokens, token => token.startsWith('group') || token === 'all'),
      noise: rareTokens(tokens, token => token.startsWith('noise')),
    },
  };
}

test('contents that tell find items that no training has seen; popularity and noise are no better than chance', async () => {
  const { found, chance, cold_items } = await measureColdItems(made(), 1);
  expect(cold_items).toBe(40);
  expect(chance.cold).toBe(0.25);
  expect(found.told!.cold['hr@10']).toBeGreaterThan(0.8);
  expect(found.told!.cold.interval.low).toBeGreaterThan(0.7);
  expect(found.noise!.cold['hr@10']).toBeLessThan(0.45);
  expect(found.popularity!.all['hr@10']).toBe(0);
});

test('a token that every item has weighs nothing', () => {
  const { values } = rareTokens([['all', 'a'], ['all', 'b'], ['all']], () => true);
  expect([...values[0]!]).toEqual([0, 1]);
  expect([...values[2]!]).toEqual([0]);
});
