import { expect, it } from 'vitest';
import { fallsOf } from '../../../../bench/quality/explain/seen.ts';
import { type Coalitions, sharesOf } from '../../../../models/explain/shapley.ts';
import { random } from '../../../../models/random.ts';

/** Of one item, by which of price, text and history are shown: 1, 2 and 4, and 3 more where text and history are. */
const coalitions: Coalitions = {
  players: ['price', 'text', 'recent'],
  scores: Array.from({ length: 8 }, (_, shown) => Float32Array.of(shown + ((shown & 6) === 6 ? 3 : 0))),
};

it('scores fall by what is taken away first, the most in the order of the shares', () => {
  const shares = sharesOf(coalitions);
  expect(shares.items[0]).toMatchObject({ score: 10, groups: { price: 1, text: 3.5, recent: 5.5 } });
  const { attributed, drawn } = fallsOf(coalitions, shares, 0, random(1));
  // The history first: 3 are left, then 1, then 0.
  expect(attributed).toBeCloseTo((7 + 9 + 10) / 3, 6);
  // The price first and the history last is the slowest.
  expect(drawn).toBeGreaterThan((1 + 6 + 10) / 3 - 1e-6);
  expect(drawn).toBeLessThan(attributed);
});

it('nothing falls where no group changes a score', () => {
  const none: Coalitions = { players: [], scores: [Float32Array.of(2)] };
  expect(fallsOf(none, sharesOf(none), 0, random(1))).toEqual({ attributed: 0, drawn: 0 });
});
