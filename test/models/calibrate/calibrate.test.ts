import { beforeAll, describe, expect, it } from 'vitest';
import { calibrated } from '../../../models/calibrate/calibrate.ts';
import { fitPlatt } from '../../../models/calibrate/platt.ts';
import { calibrationError, logLoss } from '../../../models/evaluate/metrics.ts';
import { encode } from '../../../models/graph/file/encode.ts';
import { add, matmul } from '../../../models/graph/functions.ts';
import { openSession, value } from '../../../models/graph/runtime.ts';
import { constant } from '../../../models/graph/tensor.ts';
import { random } from '../../../models/random.ts';
import { type Dataset, splitByTime } from '../../../models/ranker/dataset/dataset.ts';
import { PORTS, rankerGraph } from '../../../models/ranker/ranker.ts';
import { openRanker } from '../../../models/registry/open-ranker.ts';
import { examples } from '../../sim/examples.ts';

/** Clicks whose logit is scale x + bias, for logits x. */
function clicks(rows: number, { scale, bias }: { scale: number; bias: number }, seed = 1) {
  const draws = random(seed);
  const logits = Float32Array.from({ length: rows }, () => draws.normal() - 2);
  const labels = Uint8Array.from(logits, x => Number(draws.uniform() < 1 / (1 + Math.exp(-(scale * x + bias)))));
  return { logits, labels };
}

describe("Platt's logit", () => {
  it.each([
    { scale: 1, bias: 0 },
    { scale: 0.4, bias: 0.7 },
    { scale: 2.5, bias: -1 },
  ])('finds scale $scale and bias $bias again', truth => {
    const { logits, labels } = clicks(60_000, truth);
    const found = fitPlatt(logits, labels);
    expect(found.scale).toBeCloseTo(truth.scale, 1);
    expect(found.bias).toBeCloseTo(truth.bias, 1);
  });

  it('has no better neighbour: the likelihood is at its top', () => {
    const { logits, labels } = clicks(20_000, { scale: 0.5, bias: 0.2 });
    const { scale, bias } = fitPlatt(logits, labels);
    const prior = (a: number, b: number) => (5 * ((a - 1) ** 2 + b ** 2)) / logits.length;
    const loss = (a: number, b: number) =>
      logLoss(
        logits.map(x => a * x + b),
        labels,
      )! + prior(a, b);
    for (const [a, b] of [
      [0.01, 0],
      [-0.01, 0],
      [0, 0.01],
      [0, -0.01],
    ] as const) {
      expect(loss(scale + a, bias + b)).toBeGreaterThan(loss(scale, bias) - 1e-7);
    }
  });

  it('never turns the order around, and is near to nothing where there is hardly anything', () => {
    const { logits, labels } = clicks(5_000, { scale: -1, bias: -4 });
    expect(fitPlatt(logits, labels).scale).toBeGreaterThan(0);
    const { scale, bias } = fitPlatt(Float32Array.of(-2, -1, 0), Uint8Array.of(0, 1, 0));
    expect(Math.abs(scale - 1) + Math.abs(bias)).toBeLessThan(0.3);
    expect(fitPlatt(Float32Array.of(50, -50), Uint8Array.of(0, 1)).scale).toBeGreaterThan(0);
  });
});

describe('a calibrated model', () => {
  const parts = splitByTime(examples({ lists: 4_000 }), [1, 1]) as [Dataset, Dataset];
  const width = parts[0].featureNames.length;
  const file = { kind: 'mlp' as const, features: width, items: [], contents: {} };
  /** Knows taste, and is far too sure of it. */
  const sure = encode(
    rankerGraph(width, features => {
      const weights = constant('float32', Float32Array.of(0.2, 0, 0, 0), [width, 1]);
      return add(matmul(features, weights), -20);
    }),
  );
  let set: Awaited<ReturnType<typeof calibrated>>;
  const scoresOf = async (model: Uint8Array) => {
    const ranker = await openRanker({ ...file, model });
    const scores = await ranker.score(parts[1]);
    await ranker.release();
    return scores;
  };
  beforeAll(async () => {
    set = await calibrated({ ...file, model: sure }, parts[0], {});
  });

  it('is nearer to the click rates of later lists, and orders them as before', async () => {
    const [before, after] = [await scoresOf(sure), await scoresOf(set.model)];
    expect(calibrationError(before, parts[1].clicked)).toBeGreaterThan(0.1);
    expect(calibrationError(after, parts[1].clicked)).toBeLessThan(0.02);
    const order = (scores: Float32Array) =>
      [...scores.keys()].sort((a, b) => before[a]! - before[b]! || scores[a]! - scores[b]!);
    const sorted = order(after).map(row => after[row]!);
    expect(sorted.every((score, at) => at === 0 || score >= sorted[at - 1]!)).toBe(true);
  });

  it('says of itself what its score is the logit of', async () => {
    const session = await openSession(set.model);
    const rows = parts[1].features.subarray(0, 5 * width);
    const { score, probability } = await session.run({ [PORTS.features]: value('float32', rows, [5, width]) });
    await session.release();
    for (const [row, logit] of (score!.data as Float32Array).entries()) {
      expect((probability!.data as Float32Array)[row]).toBeCloseTo(1 / (1 + Math.exp(-logit)), 6);
    }
  });

  it('is the same file for the same clicks, and says what was done', async () => {
    const again = await calibrated({ ...file, model: sure }, parts[0], {});
    expect(again).toEqual(set);
    expect(set.metrics).toMatchObject({ calibration_rows: parts[0].rows, calibration_scale: expect.any(Number) });
    expect(set.metrics.calibration_scale).toBeLessThan(0.8);
  });

  it('stays as it is where there are hardly any clicks', async () => {
    const [few] = splitByTime(examples({ lists: 10, items: 2 }), [1]) as [Dataset];
    const { metrics } = await calibrated({ ...file, model: sure }, few, {});
    expect(metrics).toMatchObject({ calibration_scale: 1, calibration_bias: 0 });
  });
});
