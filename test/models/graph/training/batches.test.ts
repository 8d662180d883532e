import { describe, expect, it } from 'vitest';
import { Batches, type Columns } from '../../../../models/graph/training/batches.ts';
import { bucketed, inOrder, shuffled } from '../../../../models/graph/training/plans.ts';
import { random } from '../../../../models/random.ts';
import fc from '../../../properties.ts';

const ROWS = 7;
const columns = {
  features: { data: Float32Array.from({ length: ROWS * 2 }, (_, k) => k / 2), shape: [2] },
  square: { data: Float32Array.from({ length: ROWS * 4 }, (_, k) => -k), shape: [2, 2] },
  clicked: { data: Uint8Array.from({ length: ROWS }, (_, row) => row % 2), shape: [1] },
  item: { data: Int32Array.from({ length: ROWS }, (_, row) => 10 * row), shape: [] },
  user: { data: BigInt64Array.from({ length: ROWS }, (_, row) => BigInt(row) << 40n), shape: [] },
} as const satisfies Columns;
/** Copies of the batches, since each is valid only until the next. */
const all = (batches: Batches, ...of: Parameters<Batches['of']>) =>
  Array.from(batches.of(...of), batch => structuredClone({ ...batch, feeds: plain(batch.feeds) }));
const plain = (feeds: Record<string, { type: string; data: ArrayLike<unknown>; dims: readonly number[] }>) =>
  Object.fromEntries(
    Object.entries(feeds).map(([name, { type, data, dims }]) => [name, { type, data, dims: [...dims] }]),
  );

describe('batches of columns', () => {
  it('have the rows of the plan, in the type and shape of their column', () => {
    const plan = { order: Uint32Array.of(6, 0, 3), ends: Uint32Array.of(2, 3) };
    const [first, last] = all(new Batches(columns), plan);
    expect(first).toEqual({
      place: 0,
      rows: 2,
      feeds: {
        features: { type: 'float32', data: Float32Array.of(6, 6.5, 0, 0.5), dims: [2, 2] },
        square: { type: 'float32', data: Float32Array.of(-24, -25, -26, -27, -0, -1, -2, -3), dims: [2, 2, 2] },
        clicked: { type: 'float32', data: Float32Array.of(0, 0), dims: [2, 1] },
        item: { type: 'int32', data: Int32Array.of(60, 0), dims: [2] },
        user: { type: 'int64', data: BigInt64Array.of(6n << 40n, 0n), dims: [2] },
      },
    });
    expect(last!.feeds.features).toEqual({ type: 'float32', data: Float32Array.of(3, 3.5), dims: [1, 2] });
  });

  it('of sequences are as long as their longest, and filled up', () => {
    const starts = Uint32Array.of(0, 3, 3, 4);
    const sequences = new Batches({
      items: { data: Int32Array.of(1, 2, 3, 4), starts },
      targets: { data: BigInt64Array.of(1n, 2n, 3n, 4n), starts, fill: -100 },
    });
    const [batch, empty] = all(sequences, { order: Uint32Array.of(2, 0, 1), ends: Uint32Array.of(2, 3) });
    expect(batch!.feeds.items).toEqual({ type: 'int32', data: Int32Array.of(4, 0, 0, 1, 2, 3), dims: [2, 3] });
    expect(batch!.feeds.targets!.data).toEqual(BigInt64Array.of(4n, -100n, -100n, 1n, 2n, 3n));
    expect(empty!.feeds.items).toEqual({ type: 'int32', data: Int32Array.of(0), dims: [1, 1] });
  });

  it('have the numbers of their rows whatever the width and the type, short and long', () => {
    const types = [
      (numbers: number[]) => Float32Array.from(numbers),
      (numbers: number[]) => Int32Array.from(numbers),
      (numbers: number[]) => Uint8Array.from(numbers),
      (numbers: number[]) => Float64Array.from(numbers),
    ];
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.constantFrom(...types), fc.nat(), (width, arrayOf, seed) => {
        const data = arrayOf(Array.from({ length: ROWS * width }, (_, k) => k % 251));
        const starts = Uint32Array.from({ length: ROWS + 1 }, (_, row) => row * width);
        const plan = shuffled(ROWS, ROWS, random(seed));
        const [batch] = all(new Batches({ rows: { data, shape: [width] }, sequences: { data, starts } }), plan);
        const expected = [...plan.order].flatMap(row => [...data.subarray(row * width, (row + 1) * width)]);
        expect([...(batch!.feeds.rows!.data as Float32Array)]).toEqual(expected);
        expect([...(batch!.feeds.sequences!.data as Float32Array)]).toEqual(expected);
      }),
    );
  });

  it('share their memory, which is made again only for a larger batch', () => {
    const batches = new Batches(columns);
    const buffers = Array.from(batches.of(inOrder(ROWS, 3)), ({ feeds }) => feeds.features!.data.buffer);
    expect(new Set(buffers).size).toBe(1);
    const [larger] = batches.of(inOrder(ROWS, 5));
    expect(larger!.feeds.features!.data.buffer).not.toBe(buffers[0]);
  });

  it.each([
    ['shuffled', (seed: number) => shuffled(ROWS, 2, random(seed))],
    ['by lengths', (seed: number) => bucketed([1, 2, 3, 1, 2, 3, 1], 6, random(seed))],
  ])('go on from any place with the ones that would have come, %s', (_, planOf) => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(5), (seed, from) => {
        const whole = all(new Batches(columns), planOf(seed));
        expect(all(new Batches(columns), planOf(seed), from)).toEqual(whole.slice(from));
      }),
    );
  });

  it('refuse columns of different lengths', () => {
    const short = { data: new Float32Array(ROWS - 1), shape: [1] };
    expect(() => new Batches({ ...columns, short })).toThrow(
      /the column short; expected 7 rows, as features has; got 6/,
    );
    expect(() => new Batches({ odd: { data: new Float32Array(5), shape: [2] } })).toThrow(/whole rows/);
  });
});
