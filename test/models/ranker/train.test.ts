import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auc } from '../../../models/evaluate/metrics.ts';
import { openSession, value } from '../../../models/graph/runtime.ts';
import { type Dataset, splitByTime } from '../../../models/ranker/dataset/dataset.ts';
import { popularityModel } from '../../../models/ranker/popularity.ts';
import { type TrainHooks, type TrainOptions, trainRanker } from '../../../models/ranker/train.ts';
import { column, examples } from '../../sim/examples.ts';

const [train, validation, test] = splitByTime(examples({ lists: 1_200 })) as [Dataset, Dataset, Dataset];
const parts = { train, validation };
const options: TrainOptions = { seed: 1, epochs: 12, batch: 128 };
const fit = (hooks: TrainHooks = {}, given = options) => trainRanker(parts, given, hooks);

let directory: string;
/** What the options above train, from nothing, in one go. */
let whole: Awaited<ReturnType<typeof fit>>;
beforeAll(async () => {
  whole = await fit();
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-train-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function answer(
  model: Uint8Array,
  { features, rows, featureNames }: Pick<Dataset, 'features' | 'rows' | 'featureNames'>,
) {
  const session = await openSession(model);
  const outputs = await session.run({ features: value('float32', features, [rows, featureNames.length]) });
  await session.release();
  return { score: outputs.score!.data as Float32Array, probability: outputs.probability!.data as Float32Array };
}

/** One row that is usual but for one feature. */
const rowWith = (name: string, x: number) => ({
  featureNames: train.featureNames,
  rows: 1,
  features: Float32Array.from(train.featureNames, each =>
    each === name ? x : ({ taste: 100, constant: 7 }[each] ?? 0),
  ),
});

describe('training a ranker', () => {
  it('learns what is clicked, on raw features, and knows its probabilities', async () => {
    const { model, losses, metrics } = whole;
    const { score, probability } = await answer(model, test);
    expect(auc(score, test.clicked)!).toBeGreaterThan(0.7);
    const rate = test.clicked.reduce((sum, clicked) => sum + clicked, 0) / test.rows;
    expect(Math.abs(probability.reduce((sum, p) => sum + p, 0) / test.rows - rate)).toBeLessThan(0.05);
    expect(Array.from(probability)).toEqual(Array.from(score, logit => expect.closeTo(1 / (1 + Math.exp(-logit)), 5)));
    expect(losses.at(-1)!.train).toBeLessThan(losses[0]!.train);
    expect(metrics).toMatchObject({ parameters: 4 * 64 + 64 + 64 * 32 + 32 + 32 + 1 + 5, resumed_epochs: 0 });
  });

  it('leaves to the position what the position brought', async () => {
    const blind = (part: Dataset): Dataset => ({ ...part, position: new Float32Array(part.rows) });
    const reliance = async (model: Uint8Array) => {
      const [low, high] = [await answer(model, rowWith('noise', -1)), await answer(model, rowWith('noise', 1))];
      return high.score[0]! - low.score[0]!;
    };
    const without = await trainRanker({ train: blind(train), validation: blind(validation) }, options);
    expect(await reliance(without.model)).toBeGreaterThan(0.5);
    expect(Math.abs(await reliance(whole.model))).toBeLessThan((await reliance(without.model)) / 2);
  });

  it('pays no attention to a feature that did not vary', async () => {
    const { model } = await fit({}, { ...options, epochs: 1 });
    const [usual, other] = [await answer(model, rowWith('constant', 7)), await answer(model, rowWith('constant', 1e6))];
    expect(other.score).toEqual(usual.score);
  });

  it('gives the same bytes for the same seed, and others for another', async () => {
    expect((await fit()).model).toEqual(whole.model);
    expect((await fit({}, { ...options, seed: 2 })).model).not.toEqual(whole.model);
  });

  it('stops where validation does not get better, and keeps the best epoch', async () => {
    const { losses, metrics } = await fit({}, { ...options, epochs: 60, learningRate: 0.02, patience: 2 });
    expect(metrics.epochs).toBeLessThan(60);
    expect(metrics.epochs).toBe(metrics.best_epoch + 2);
    expect(metrics.validation_loss).toBe(Math.min(...losses.map(each => each.validation!)));
  });

  it.each([1, 5])('stopped behind epoch %i and resumed, ends with the same bytes', async epoch => {
    const checkpointDir = path.join(directory, `stopped-${epoch}`);
    const stop = new AbortController();
    const hooks: TrainHooks = {
      checkpointDir,
      signal: stop.signal,
      onProgress: progress => progress.epoch > epoch && stop.abort(new Error('killed')),
    };
    await expect(fit(hooks)).rejects.toThrow('killed');
    const resumed = await fit({ checkpointDir });
    // A slow machine tells of an epoch in its middle, too.
    expect([epoch, epoch + 1]).toContain(resumed.metrics.resumed_epochs);
    expect(resumed.model).toEqual(whole.model);
  });

  it('begins anew from a checkpoint that is broken, or of another run', async () => {
    const checkpointDir = path.join(directory, 'foreign');
    await fit({ checkpointDir }, { ...options, seed: 2, epochs: 1 });
    expect((await fit({ checkpointDir }, { ...options, epochs: 1 })).metrics.resumed_epochs).toBe(0);
    await writeFile(path.join(checkpointDir, 'checkpoint'), 'noise');
    expect((await fit({ checkpointDir }, { ...options, epochs: 1 })).metrics.resumed_epochs).toBe(0);
  });

  it('stops at a loss that is not finite, with the step', async () => {
    await expect(fit({}, { ...options, learningRate: 1e30 })).rejects.toThrow(/TRAINING_DIVERGED.*step \d+/);
  });

  it.each([0, 1])('refuses examples that are all %i', async label => {
    const same = { ...train, clicked: new Uint8Array(train.rows).fill(label) };
    await expect(trainRanker({ train: same, validation }, options)).rejects.toThrow(
      /DATA_INSUFFICIENT.*the train part/,
    );
  });
});

describe('the popularity model', () => {
  it('scores by its feature', async () => {
    const model = popularityModel(train.featureNames, 'popularity');
    expect((await answer(model, test)).score).toEqual(column(test, 'popularity'));
  });

  it('refuses a feature that is not there', () => {
    expect(() => popularityModel(train.featureNames, 'fame')).toThrow(/INPUT_INVALID.*taste, noise.*got fame/);
  });
});
