import { describe, expect, it } from 'vitest';
import { encode } from '../../../models/graph/file/encode.ts';
import { type Random, random } from '../../../models/random.ts';
import { type Dataset, splitByTime } from '../../../models/ranker/dataset/dataset.ts';
import { frequenciesOf, looksOf, positionsOf, standardOf } from '../../../models/ranker/dataset/statistics.ts';
import { openFeatureRanker } from '../../../models/ranker/feature-model.ts';
import { initialRanker, rankerParameters, servingRanker, TOWER } from '../../../models/ranker/ranker.ts';
import { trainRanker } from '../../../models/ranker/train.ts';
import { beginning, type Forerunner } from '../../../models/ranker/warm-start.ts';
import { examples } from '../../sim/examples.ts';

const [early, late] = splitByTime(examples({ lists: 200 }), [0.5, 0.5]) as [Dataset, Dataset];
const HIDDEN = [6, 4];
const END_MS = early.at_ms.at(-1)!;

function sizesFor(train: Dataset, hidden: readonly number[] = HIDDEN) {
  const shape = { features: train.featureNames.length, hidden, positions: positionsOf(train) };
  return { shape, standard: standardOf(train), frequencies: frequenciesOf(train, shape.positions) };
}

/** A model with weights that differ from those with which any other begins. */
function modelOf(train: Dataset): Forerunner {
  const { shape, standard, frequencies } = sizesFor(train);
  const values = initialRanker(shape, 0.2, random(7)).map((each, k) => 2 * each + 0.01 * (k % 5));
  return {
    ...{ model: 'home-1', sha256: 'a'.repeat(64), snapshots: ['b'.repeat(64)], items: [], contents: {} },
    graph: encode(servingRanker(shape, standard, values, frequencies)),
    features: train.featureNames,
    learned_until_ms: END_MS,
    kept: 1,
  };
}

function begin(train: Dataset, from: Forerunner | undefined, hidden?: readonly number[]) {
  const { shape, standard, frequencies } = sizesFor(train, hidden);
  const first = (draws: Random) => initialRanker(shape, 0.3, draws, looksOf(train, shape.positions));
  const perceptron = { prefix: '', hidden: shape.hidden.length };
  const begun = beginning(
    { vector: rankerParameters(shape), first, seed: 1, train, standard, frequencies, perceptron },
    from,
  );
  const serving = () => encode(servingRanker(shape, standard, begun.parameters, frequencies));
  return { ...begun, shape, serving };
}

async function scoresOf(model: Uint8Array, part: Dataset): Promise<Float32Array> {
  const ranker = await openFeatureRanker(model, part.featureNames.length);
  const scores = await ranker.score(part);
  await ranker.release();
  return scores;
}

const nearly = (scores: Float32Array) => [...scores].map(each => expect.closeTo(each, 4));

describe('a training that begins from a model', () => {
  const model = modelOf(early);

  it('says at first what that one says, though means, deviations and positions have changed since', async () => {
    const features = late.features.map((x, at) => (at % 4 === 1 ? 3 * x + 2 : x));
    const moved = { ...late, features, position: late.position.map(each => 2 * each) };
    const begun = begin(moved, model);
    expect(begun.start).toEqual({ model: 'home-1', sha256: model.sha256, snapshots: model.snapshots });
    expect(begun.shape.positions).not.toBe(positionsOf(early));
    const [own, was] = [await scoresOf(begun.serving(), late), await scoresOf(model.graph, late)];
    expect([...own]).toEqual(nearly(was));
    expect([...own]).not.toEqual(nearly(await scoresOf(begin(moved, undefined).serving(), late)));
  });

  it('begins with no weight on a feature that has never varied before, and with its own side tower', () => {
    const features = late.features.map((x, at) => (at % 4 === 3 ? x + (at % 3) : x));
    const varying = { ...late, features };
    const { parameters, shape } = begin(varying, model);
    const views = rankerParameters(shape).views(parameters);
    expect([...views['layer0.weight']!.subarray(3 * HIDDEN[0]!, 4 * HIDDEN[0]!)].map(Math.abs)).toEqual(
      Array(HIDDEN[0]).fill(0),
    );
    const tower = rankerParameters(shape).views(begin(varying, undefined).parameters)[TOWER];
    expect(views[TOWER]).toEqual(tower);
  });

  it('learns nothing where it is to learn nothing, and is the same again', async () => {
    const options = { seed: 3, hidden: HIDDEN, epochs: 1, learningRate: 0, from: model };
    const parts = { train: late, validation: early };
    const [one, other] = [await trainRanker(parts, options), await trainRanker(parts, options)];
    expect(one.model).toEqual(other.model);
    expect(one.start).toMatchObject({ model: 'home-1' });
    expect([...(await scoresOf(one.model, late))]).toEqual(nearly(await scoresOf(model.graph, late)));
  });

  it('begins half way between that one and first ones that are others for each', () => {
    const [none, whole] = [0, 1].map(kept => begin(late, { ...model, kept }).parameters) as [
      Float32Array,
      Float32Array,
    ];
    const { kept: _, ...usual } = model;
    const half = [...none].map((x, k) => expect.closeTo((x + whole[k]!) / 2, 5));
    expect([...begin(late, usual).parameters]).toEqual(half);
    const others = [begin(late, undefined), begin(late, { ...model, sha256: 'c'.repeat(64), kept: 0 })];
    for (const { parameters } of others) expect(parameters).not.toEqual(none);
  });

  it.each<[string, Partial<Forerunner>, (readonly number[])?]>([
    ['home-1 reads other features', { features: ['taste', 'noise', 'constant', 'popularity'] }],
    ['home-1 has learned from later lists than these', { learned_until_ms: late.at_ms.at(-1)! + 1 }],
    ['home-1 sees items by other vectors', { contents: { text: { encoder: 'words', width: 8 } } }],
    ['home-1 has layer0.weight of [4,6], not [4,8]', {}, [8, 4]],
    ['home-1 has layer2.weight of [4,1], not [4,3]', {}, [6, 4, 3]],
  ])('is cold where %s', (cold, otherwise, hidden) => {
    const begun = begin(late, { ...model, ...otherwise }, hidden);
    expect(begun.start).toEqual({ cold });
    expect(begun.parameters).toEqual(begin(late, undefined, hidden).parameters);
  });
});
