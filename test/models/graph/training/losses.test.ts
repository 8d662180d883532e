import { describe, expect, it } from 'vitest';
import * as f from '../../../../models/graph/functions.ts';
import { gradients } from '../../../../models/graph/gradients.ts';
import { graphOf } from '../../../../models/graph/graph.ts';
import { openSession } from '../../../../models/graph/runtime.ts';
import { constant, type Tensor } from '../../../../models/graph/tensor.ts';
import * as losses from '../../../../models/graph/training/losses.ts';
import { random } from '../../../../models/random.ts';

async function numbers(tensor: Tensor): Promise<number[]> {
  const session = await openSession(graphOf({ y: f.identity(tensor) }));
  const { y } = await session.run({});
  await session.release();
  return Array.from(y!.data as Float32Array);
}

const floats = (values: readonly number[], shape: readonly number[] = [values.length]) =>
  constant('float32', Float32Array.from(values), shape);
const near = (values: readonly number[], digits = 5) => values.map(value => expect.closeTo(value, digits));

describe('sampled softmax', () => {
  const draws = random(1);
  const [rows, sample, width] = [5, 7, 3];
  const drawn = (shape: number[], scale: number) =>
    floats(
      Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => scale * draws.normal()),
      shape,
    );
  const ids = { targets: Int32Array.of(3, 1, 4, 1, 5), negatives: Int32Array.of(1, 9, 3, 1, 2, 6, 3) };

  const both = (scale: number, hits = losses.accidentalHits(ids.targets, ids.negatives)) => {
    const [hidden, targets, negatives] = [
      drawn([rows, width], scale),
      drawn([rows, width], scale),
      drawn([sample, width], scale),
    ];
    const logQ = drawn([sample], 1);
    const pairs = constant('int64', hits, [hits.length / 2, 2]);
    const loss = losses.sampledSoftmax({ hidden, targets, negatives, logQ, hits: pairs });

    const away = Array.from({ length: rows * sample }, () => 0);
    for (let k = 0; k < hits.length; k += 2) away[Number(hits[k]!) * sample + Number(hits[k + 1]!)] = -1e30;
    const own = f.sum(f.mul(hidden, targets), [1], { keep: true });
    const others = f.add(f.sub(f.matmul(hidden, f.swap(negatives)), logQ), floats(away, [rows, sample]));
    const plain = f.neg(f.logSoftmax(f.concat([own, others], 1)));
    return { loss, plain: f.squeeze(f.slice(plain, 1, 0, 1), [1]), hidden };
  };

  it('finds each negative that is the target of a row', () => {
    const pairs = losses.accidentalHits(ids.targets, ids.negatives);
    expect([...pairs].map(Number)).toEqual([0, 2, 0, 6, 1, 0, 1, 3, 3, 0, 3, 3]);
  });

  it.each([0.5, 3])('is the log-softmax over target and other negatives, at scale %d', async scale => {
    const { loss, plain } = both(scale);
    expect(await numbers(loss)).toEqual(near(await numbers(plain), 4));
  });

  it('is the same without a hit', async () => {
    const { loss, plain } = both(1, new BigInt64Array(0));
    expect(await numbers(loss)).toEqual(near(await numbers(plain)));
  });

  it('stays finite where exponentials would not, and so do its gradients', async () => {
    const { loss, plain, hidden } = both(100);
    const [found, expected] = [await numbers(loss), await numbers(plain)];
    expect(Math.max(...expected)).toBeGreaterThan(1_000);
    for (const [row, value] of found.entries())
      expect(value / Math.max(expected[row]!, 1)).toBeCloseTo(expected[row]! / Math.max(expected[row]!, 1), 5);
    const slope = await numbers(gradients(f.sum(loss), [hidden])[0]!);
    expect(slope.every(Number.isFinite)).toBe(true);
  });
});

describe('listwise softmax', () => {
  it('pays no attention to places without items, and is 0 for a list without any', async () => {
    const taken = constant('bool', Uint8Array.of(1, 1, 0, 0, 0, 0), [2, 3]);
    const loss = losses.listwiseSoftmax(floats([1, 2, 50, 1, 2, 3], [2, 3]), floats([0, 1, 0, 0, 0, 0], [2, 3]), taken);
    expect(await numbers(loss)).toEqual(near([Math.log(1 + Math.exp(-1)), 0]));
  });
});

describe('delayed feedback', () => {
  it('is the likelihood of a delay, or of none up to now', async () => {
    const [p, rate, delay, elapsed] = [0.3, 0.5, 2, 4];
    const z = Math.log(p / (1 - p));
    const loss = losses.delayedFeedback(
      floats([z, z, 40, -40]),
      floats([Math.log(rate), Math.log(rate), 0, 0]),
      floats([1, 0, 0, 1]),
      floats([delay, elapsed, 60, 1]),
    );
    const came = -Math.log(p * rate * Math.exp(-rate * delay));
    const waiting = -Math.log(1 - p + p * Math.exp(-rate * elapsed));
    expect(await numbers(loss)).toEqual(near([came, waiting, 40, 41]));
  });

  it('by its weights, a stream of negatives that turn positive has the expected loss of the truth', async () => {
    const p = 0.3;
    const [positive, negative] = await numbers(losses.fakeNegativeWeights(floats([1, 0]), floats([p, p])));
    // Every click comes as a negative; a share p of them comes again as a positive.
    expect((p * positive!) / negative!).toBeCloseTo(p / (1 - p), 5);
  });
});

describe('weights', () => {
  it('are 1 over the propensity, up to a bound', async () => {
    expect(await numbers(losses.inversePropensity(floats([1, 0.5, 0.01]), 10))).toEqual(near([1, 2, 10]));
  });

  it('make an example count as often as they say', async () => {
    expect(await numbers(losses.weightedMean(floats([1, 3]), floats([0.5, 1.5])))).toEqual(near([2.5]));
  });
});
