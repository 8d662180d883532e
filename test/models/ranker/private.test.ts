import { describe, expect, it } from 'vitest';
import { auc } from '../../../models/evaluate/metrics.ts';
import { openSession, value } from '../../../models/graph/runtime.ts';
import { epsilonOf } from '../../../models/privacy/differential/accountant.ts';
import { PrivateBatches } from '../../../models/privacy/differential/private-batches.ts';
import { random } from '../../../models/random.ts';
import { type Dataset, splitByTime } from '../../../models/ranker/dataset/dataset.ts';
import { trainRanker } from '../../../models/ranker/train.ts';
import { examples } from '../../sim/examples.ts';

const [train, validation, test] = splitByTime(examples({ lists: 800 })) as [Dataset, Dataset, Dataset];
const options = { seed: 1, epochs: 3, batch: 256, hidden: [16], learningRate: 5e-3 };
const privacy = { noise: 1, clip: 1 };
const fit = (more: Partial<Parameters<typeof trainRanker>[1]> = {}) =>
  trainRanker({ train, validation }, { ...options, privacy, ...more });

describe('a ranker that hides its examples', () => {
  it('learns all the same, and says what it tells of one', async () => {
    const seen: (number | null)[] = [];
    const hooks = { onProgress: ({ loss }: { loss: number | null }) => void seen.push(loss) };
    const all = { ...options, privacy, draws: random(3) };
    const { model, told, metrics } = await trainRanker({ train, validation }, all, hooks);
    expect(metrics).not.toHaveProperty('train_loss'); // the exact loss of the examples would tell of each
    expect(metrics.validation_loss).toBeGreaterThan(0);
    expect(new Set(seen)).toEqual(new Set([null]));
    const session = await openSession(model);
    const features = value('float32', test.features, [test.rows, test.featureNames.length]);
    const { score } = await session.run({ features });
    await session.release();
    expect(auc(score!.data as Float32Array, test.clicked)!).toBeGreaterThan(0.6);
    const rate = options.batch / train.rows;
    const delta = Math.min(1e-5, 1 / (10 * train.rows));
    expect(metrics.steps).toBe(3 * Math.round(1 / rate));
    expect(told).toEqual({ delta, epsilon: epsilonOf({ rate, noise: 1, steps: metrics.steps }, delta) });
    expect(told!.epsilon).toBeGreaterThan(0.5);
    expect(told!.epsilon).toBeLessThan(8);
  });

  it('draws what nobody can draw again, unless a test says how', async () => {
    const once = { epochs: 1 };
    const [one, same] = [await fit({ ...once, draws: random(3) }), await fit({ ...once, draws: random(3) })];
    expect(same!.model).toEqual(one!.model);
    const [two, three] = [await fit(once), await fit(once)];
    expect(two!.model).not.toEqual(three!.model);
  });

  it('is not hardened too, whose changed examples would not be hidden', async () => {
    const hardening = { norm: 'linf', budget: 0.5, steps: 1, share: 0.5 } as const;
    await expect(fit({ hardening })).rejects.toThrow('CONFIG_INVALID');
  });
});

it('a row comes to each batch by chance, whatever the others do', () => {
  const [rows, size] = [400, 50];
  const columns = { row: { data: Float32Array.from({ length: rows }, (_, n) => n), shape: [] } };
  const batches = new PrivateBatches(columns, { rows, size, parameters: 3, draws: random(5) });
  const counts = new Float64Array(rows);
  const sizes: number[] = [];
  let squares = 0;
  for (let epoch = 0; epoch < 50; epoch++) {
    for (const { feeds, rows: count } of batches.of(batches.plan())) {
      sizes.push(count);
      const there = [...(feeds.row!.data as Float32Array)];
      expect(new Set(there).size).toBe(count);
      for (const row of there) counts[row]!++;
      for (const each of feeds.noise!.data as Float32Array) squares += each * each;
    }
  }
  expect(sizes).toHaveLength(400);
  const mean = sizes.reduce((a, b) => a + b) / sizes.length;
  const deviation = Math.sqrt(sizes.reduce((sum, each) => sum + (each - mean) ** 2, 0) / sizes.length);
  expect(Math.abs(mean - size)).toBeLessThan(2);
  expect(Math.abs(deviation - Math.sqrt(size * (1 - size / rows)))).toBeLessThan(1);
  expect(Math.min(...counts)).toBeGreaterThan(20); // 50 expected, deviation 6.6
  expect(Math.max(...counts)).toBeLessThan(80);
  expect(squares / (3 * sizes.length)).toBeCloseTo(1, 0);
});
