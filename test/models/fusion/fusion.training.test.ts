import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auc } from '../../../models/evaluate/metrics.ts';
import { openFusionRanker } from '../../../models/fusion/ranker.ts';
import { type FusionOptions, type TrainedFusion, trainFusionRanker } from '../../../models/fusion/train.ts';
import { type Dataset, splitByTime } from '../../../models/ranker/dataset/dataset.ts';
import { openFeatureRanker } from '../../../models/ranker/feature-model.ts';
import { HISTORY, type RankerBatch, type RankerModel } from '../../../models/ranker/model.ts';
import { type TrainHooks, trainRanker } from '../../../models/ranker/train.ts';
import { tastes } from './tastes.ts';

/** Who knew every taste would reach 0.73. */
const GOOD = 0.68;

const whole = tastes();
const [train, validation, known, fresh] = splitByTime(whole, [0.6, 0.1, 0.1, 0.2]) as [
  Dataset,
  Dataset,
  Dataset,
  Dataset,
];
const options: FusionOptions = {
  seed: 1,
  width: 16,
  epochs: 10,
  lists: 16,
  learningRate: 3e-3,
  idRate: 1,
  modalityDropout: 0.2,
};
const fit = (hooks: TrainHooks = {}, given = options) => trainFusionRanker({ train, validation }, given, hooks);

const open = ({ model, items, contents }: TrainedFusion): Promise<RankerModel> =>
  openFusionRanker({ model, features: whole.featureNames.length, items, contents });

async function aucOf(trained: TrainedFusion, part: Dataset): Promise<number> {
  const ranker = await open(trained);
  const scores = await ranker.score(part);
  await ranker.release();
  return auc(scores, part.clicked)!;
}

let directory: string;
let trained: TrainedFusion;
let ranker: RankerModel;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-fusion-'));
  trained = await fit();
  ranker = await open(trained);
}, 60_000);
afterAll(async () => {
  await ranker.release();
  await rm(directory, { recursive: true });
});

const without = (part: RankerBatch): RankerBatch => ({ ...part, contents: {} });

describe('a fusion ranker', () => {
  it('learns from histories and items what features do not say', async () => {
    const { model } = await trainRanker({ train, validation }, { seed: 1 });
    const byFeatures = await openFeatureRanker(model, 2);
    expect(auc(await byFeatures.score(known), known.clicked)!).toBeLessThan(0.6);
    await byFeatures.release();
    expect(await aucOf(trained, known)).toBeGreaterThan(GOOD);
  });

  it('ranks items that it has never seen by what they are made of', async () => {
    expect(new Set(trained.items).has(whole.items.at(-1)!)).toBe(false);
    expect(await aucOf(trained, fresh)).toBeGreaterThan(GOOD);
    const byIds = await fit({}, { ...options, modalities: ['id'] });
    expect(byIds.contents).toEqual({});
    expect(await aucOf(byIds, known)).toBeGreaterThan(0.65);
    expect(await aucOf(byIds, fresh)).toBeLessThan(0.6);
  });

  it.each([['text'], ['image'], ['text', 'image']] as const)('can do without ids, by %s', async (...modalities) => {
    const contentOnly = await fit({}, { ...options, modalities });
    expect(contentOnly.items).toEqual([]);
    expect(Object.keys(contentOnly.contents)).toEqual(modalities);
    expect(await aucOf(contentOnly, fresh)).toBeGreaterThan(
      modalities.length === 1 && modalities[0] === 'image' ? 0.6 : GOOD,
    );
  });

  it('does not read a modality of which there is too little to learn from', async () => {
    const image = { ...train.contents.image!, present: Uint8Array.from(whole.items, (_, item) => Number(item === 0)) };
    const few = { ...train, contents: { ...train.contents, image } };
    const { contents } = await trainFusionRanker({ train: few, validation }, { ...options, epochs: 1 });
    expect(Object.keys(contents)).toEqual(['text']);
  });

  it('says at first what that one says from whose parameters it begins', async () => {
    const { model: graph, items, contents } = trained;
    const from = {
      ...{ model: 'home-1', sha256: 'a'.repeat(64), snapshots: [], graph, items, contents },
      ...{ features: whole.featureNames, learned_until_ms: train.at_ms.at(-1)!, kept: 1 },
    };
    const same = await fit({}, { ...options, epochs: 1, learningRate: 0, seed: 2, from });
    expect(same.start).toEqual({ model: 'home-1', sha256: from.sha256, snapshots: [] });
    const other = await open(same);
    const was = await ranker.score(known);
    expect([...(await other.score(known))]).toEqual([...was].map(each => expect.closeTo(each, 3)));
    await other.release();
  });

  it('does not look at a vector that is marked as missing', async () => {
    const { text, image } = known.contents;
    const absent = { ...text!, present: text!.present.map((each, item) => (item % 2 ? each : 0)) };
    const garbled = {
      ...absent,
      vectors: text!.vectors.map((x, at) => (absent.present[Math.floor(at / 8)] ? x : 1e6)),
    };
    const scores = await ranker.score({ ...known, contents: { text: absent, image: image! } });
    expect(await ranker.score({ ...known, contents: { text: garbled, image: image! } })).toEqual(scores);
    expect(scores).not.toEqual(await ranker.score(known));
  });

  it('takes vectors of another encoder, or of another width, for missing ones', async () => {
    const { text, image } = known.contents;
    const scores = await ranker.score(without(known));
    const others = {
      text: { ...text!, encoder: 'words@2' },
      image: { ...image!, width: 4, vectors: image!.vectors.slice(0, 480) },
    };
    expect(await ranker.score({ ...known, contents: others })).toEqual(scores);
  });

  it('gives finite scores to items of which nothing is known, and to users without a history', async () => {
    const strangers = { ...without(known), items: known.items.map(item => `other-${item}`) };
    expect((await ranker.score(strangers)).every(Number.isFinite)).toBe(true);
    const nobody = { ...strangers, history: new Int32Array(known.history.length).fill(-1) };
    expect((await ranker.score(nobody)).every(Number.isFinite)).toBe(true);
    expect(
      (
        await ranker.score({
          ...known,
          rows: 0,
          features: new Float32Array(),
          item: new Int32Array(),
          list: new Int32Array(),
        })
      ).length,
    ).toBe(0);
  });

  it('scores each list by its own history, whatever else is asked in the same run', async () => {
    const scores = await ranker.score(known);
    const [one] = splitByTime({ ...known, rows: 5 }, [1]) as [Dataset];
    expect([...(await ranker.score(one))]).toEqual([...scores.subarray(0, 5)].map(score => expect.closeTo(score, 4)));
  });

  it('knows which item of a history is the newest', async () => {
    const history = Int32Array.from(known.history);
    for (let from = 0; from < history.length; from += HISTORY) {
      const length = history.subarray(from, from + HISTORY).indexOf(-1);
      history.subarray(from, from + length).reverse();
    }
    expect(await ranker.score({ ...known, history })).not.toEqual(await ranker.score(known));
  });

  it('gives the same bytes for the same seed, and others for another', async () => {
    const short = { ...options, epochs: 2 };
    const first = await fit({}, short);
    expect((await fit({}, short)).model).toEqual(first.model);
    expect((await fit({}, { ...short, seed: 2 })).model).not.toEqual(first.model);
  });

  it('stopped and resumed, ends with the same bytes', async () => {
    const short = { ...options, epochs: 4 };
    const checkpointDir = path.join(directory, 'stopped');
    const stop = new AbortController();
    const stopping: TrainHooks = {
      checkpointDir,
      signal: stop.signal,
      onProgress: ({ epoch }) => epoch === 2 && stop.abort(new Error('killed')),
    };
    await expect(fit(stopping, short)).rejects.toThrow('killed');
    const resumed = await fit({ checkpointDir }, short);
    expect(resumed.metrics.resumed_epochs).toBeGreaterThan(0);
    expect(resumed.model).toEqual((await fit({}, short)).model);
  });

  it('is refused where nothing is known of items by the modalities that were asked for', async () => {
    await expect(fit({}, { ...options, modalities: ['video'] })).rejects.toThrow(/INPUT_INVALID.*known by video/);
  });
});
