import { describe, expect, it } from 'vitest';
import { bucketed, inOrder, type Plan, shuffled } from '../../../../models/graph/training/plans.ts';
import { random } from '../../../../models/random.ts';
import fc from '../../../properties.ts';

const batchesOf = ({ order, ends }: Plan) =>
  Array.from(ends, (end, batch) => [...order.subarray(batch === 0 ? 0 : ends[batch - 1], end)]);
const sorted = (rows: readonly number[]) => [...rows].sort((a, b) => a - b);
const numbers = (rows: number) => Array.from({ length: rows }, (_, row) => row);
const longestOf = (lengths: readonly number[], rows: readonly number[]) =>
  Math.max(1, ...rows.map(row => lengths[row]!));

const sizes = fc.tuple(fc.nat(200), fc.integer({ min: 1, max: 50 }), fc.nat());
const sequences = fc.record({
  lengths: fc.array(fc.nat(40), { maxLength: 150 }),
  tokens: fc.integer({ min: 40, max: 200 }),
  bucket: fc.integer({ min: 1, max: 40 }),
  seed: fc.nat(),
});

describe('a plan of batches', () => {
  it('in order has every row at its place', () => {
    expect(batchesOf(inOrder(7, 3))).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(batchesOf(inOrder(6, 3))).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(batchesOf(inOrder(0, 3))).toEqual([]);
  });

  it('shuffled has every row once, in batches of the size, the same for the same seed', () => {
    fc.assert(
      fc.property(sizes, ([rows, size, seed]) => {
        const plan = shuffled(rows, size, random(seed, 0));
        const batches = batchesOf(plan);
        expect(sorted(batches.flat())).toEqual(numbers(rows));
        expect(batches.slice(0, -1).every(batch => batch.length === size)).toBe(true);
        expect(batches.length).toBe(Math.ceil(rows / size));
        expect(shuffled(rows, size, random(seed, 0))).toEqual(plan);
      }),
    );
    expect(shuffled(50, 5, random(1, 1))).not.toEqual(shuffled(50, 5, random(1, 0)));
  });

  it('by lengths has every sequence once, within the budget and with its like, the same for the same seed', () => {
    fc.assert(
      fc.property(sequences, ({ lengths, tokens, bucket, seed }) => {
        const plan = bucketed(lengths, tokens, random(seed, 0), bucket);
        const batches = batchesOf(plan);
        expect(sorted(batches.flat())).toEqual(numbers(lengths.length));
        for (const rows of batches) expect(rows.length * longestOf(lengths, rows)).toBeLessThanOrEqual(tokens);
        expect(bucketed(lengths, tokens, random(seed, 0), bucket)).toEqual(plan);
        expect(bucketed(lengths, tokens, random(seed, 1), bucket).ends.length).toBe(batches.length);
      }),
    );
  });

  it('by lengths fills up little, and brings other sequences together in each epoch', () => {
    const draws = random(5);
    const lengths = Array.from({ length: 4_000 }, () => 1 + Math.min(49, Math.floor(-9 * Math.log(draws.uniform()))));
    const real = lengths.reduce((a, b) => a + b);
    const padded = (plan: Plan) =>
      batchesOf(plan).reduce((sum, rows) => sum + rows.length * longestOf(lengths, rows), 0);
    const plans = [0, 1].map(epoch => bucketed(lengths, 2_048, random(1, epoch), 4));
    expect(real / padded(plans[0]!)).toBeGreaterThan(0.8);
    expect(real / padded(shuffled(lengths.length, 128, random(1, 0)))).toBeLessThan(0.4);
    const first = plans.map(plan => new Set(batchesOf(plan).find(rows => rows.includes(7))));
    expect([...first[0]!].filter(row => first[1]!.has(row)).length).toBeLessThan(first[0]!.size / 2);
  });

  it('refuses a sequence that no batch can hold', () => {
    expect(() => bucketed([3, 99, 4], 50, random(1))).toThrow(/INPUT_INVALID.*sequence 1; expected at most 50.*got 99/);
  });
});
