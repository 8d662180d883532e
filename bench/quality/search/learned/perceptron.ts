import { random } from '../../../../models/random.ts';
import { type Dataset, UNKNOWN } from '../../../../models/ranker/dataset/dataset.ts';
import { openFeatureRanker } from '../../../../models/ranker/feature-model.ts';
import { HISTORY } from '../../../../models/ranker/model.ts';
import { trainRanker } from '../../../../models/ranker/train.ts';
import type { Graded, Learner } from './learned.ts';

const NAMES = ['relevance', 'words', 'meaning', 'title'] as const;
/** Of the queries that may be learned from, the share by which training stops. */
const HELD = 0.2;

/**
 * The ranker that the surface serves, trained as it is trained: what somebody judged stands in for clicks, with the gain of
 * its grade as their probability.
 */
export const perceptron: Learner = async (queries, seed) => {
  const dealt = random(seed, 1).shuffle(Int32Array.from(queries.keys()));
  const held = Math.round(HELD * dealt.length);
  const part = (places: Int32Array) => examplesOf(Array.from(places, place => queries[place]!).flat());
  const parts = { train: part(dealt.subarray(held)), validation: part(dealt.subarray(0, held)) };
  const ranker = await openFeatureRanker((await trainRanker(parts, { seed })).model, NAMES.length);
  return fits => ranker.score(examplesOf(fits.map(fit => ({ fit, gain: 0 }))));
};

/** Each candidate twice: clicked, and not clicked, with the share of users who would and would not as weights. */
function examplesOf(graded: readonly Graded[]): Dataset {
  const rows = graded.flatMap(({ fit, gain }) => [
    ...(gain > 0 ? [{ fit, clicked: 1, weight: gain }] : []),
    ...(gain < 1 ? [{ fit, clicked: 0, weight: 1 - gain }] : []),
  ]);
  const count = rows.length;
  const unknown = () => new Uint8Array(count).fill(UNKNOWN);
  return {
    featureNames: [...NAMES],
    rows: count,
    features: Float32Array.from(rows.flatMap(({ fit }) => NAMES.map(name => fit[name]))),
    clicked: Uint8Array.from(rows, ({ clicked }) => clicked),
    weight: Float32Array.from(rows, ({ weight }) => weight),
    position: new Float32Array(count),
    propensity: new Float32Array(count).fill(Number.NaN),
    explored: new Uint8Array(count),
    ...{ carted: unknown(), purchased: unknown(), dismissed: unknown() },
    ...{ items: ['a product'], item: new Int32Array(count), user: new Int32Array(count) },
    ...{ list: new Int32Array(count), at_ms: new Float64Array(count) },
    history: new Int32Array(HISTORY).fill(-1),
    contents: {},
  };
}
