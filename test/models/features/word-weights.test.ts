import { expect, it } from 'vitest';
import { numbersOf, WordWeights } from '../../../models/features/word-weights.ts';
import fc from '../../properties.ts';

it('gives the mean of the weights of a title, as a map of words would', () => {
  const word = fc.string({ maxLength: 3 });
  const weights = fc.uniqueArray(fc.tuple(word, fc.double({ min: -1, max: 1, noNaN: true })), { selector: ([w]) => w });
  fc.assert(
    fc.property(weights, fc.uniqueArray(word), (entries, title) => {
      const map = new Map(entries);
      const sum = title.reduce((sum, each) => sum + (map.get(each) ?? 0), 0);
      expect(new WordWeights(map).meanOf(numbersOf(title))).toBe(title.length === 0 ? 0 : sum / title.length);
    }),
  );
});

it('gives 0 where nobody has a weight, or the title has no words', () => {
  expect(new WordWeights(new Map()).meanOf(numbersOf(['tea']))).toBe(0);
  expect(new WordWeights(new Map([['tea', 1]])).meanOf(numbersOf([]))).toBe(0);
});
