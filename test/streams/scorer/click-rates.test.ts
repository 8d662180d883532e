import { expect, it } from 'vitest';
import { clickRatesOf } from '../../../streams/scorer/scores.ts';

it('an ad is clicked with a probability, also where its shop tells of more clicks than looks', () => {
  const rates = clickRatesOf({ scores: Float32Array.of(0.25, 1.5), scale: 'rate' });
  expect([...rates]).toEqual([0.25, 1]);
  expect([...clickRatesOf({ scores: Float32Array.of(0) })]).toEqual([0.5]);
});

it('what a ranker promises is corrected by what was learned of it, rates that were counted are not', () => {
  expect([...clickRatesOf({ scores: Float32Array.of(0, 9) }, 0.25)][0]).toBe(0.125);
  expect([...clickRatesOf({ scores: Float32Array.of(0, 9) }, 4)]).toEqual([1, 1]);
  expect([...clickRatesOf({ scores: Float32Array.of(0.25), scale: 'rate' }, 0.25)]).toEqual([0.25]);
});
