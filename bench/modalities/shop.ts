import { bootstrap, type Interval } from '../../models/evaluate/bootstrap.ts';
import { auc, ndcg } from '../../models/evaluate/metrics.ts';
import { type LearnedPooling, learnPooling } from '../../models/images/learn-pooling.ts';
import { listsOf } from '../../models/ranker/dataset/dataset.ts';
import type { RankerBatch } from '../../models/ranker/model.ts';
import { Modality } from '../../schemas/topics/vectors.ts';
import { named, sample } from '../../test/sim/draws.ts';
import { createWorld } from '../../test/sim/world.ts';
import {
  beyondAccuracy,
  type Catalogue,
  cosineBy,
  countsOf,
  type ListFigures,
  meanOf,
} from '../quality/beyond-accuracy.ts';
import { type Audience, earned, firstItems } from './audience.ts';
import { contentsOf, pooledContents, videoPairs } from './contents.ts';
import { type Probes, probe } from './probes.ts';
import {
  byChance,
  byConcatenation,
  byFeatures,
  byFusion,
  byPopularity,
  type Trained,
  without,
  withVideos,
} from './rankers.ts';
import { type ShopLog, shopLog } from './shop-log.ts';

export interface ShopOptions {
  /** The runs' seeds follow this one, which is the first. */
  first: number;
  seeds: number;
  lists: number;
  /** Rankers whose names have this in them; all, if it is empty. */
  only: string;
  /** No training begins later than this, by `performance.now()`. */
  until: number;
}

const WORLD = { seed: 1, items: 600, users: 400 };
const COLD_SHARE = 0.1;
const K = 10;

/** What is compared, in the order of the table. */
const RANKERS: Readonly<Record<string, Trained>> = {
  'in any order': byChance,
  popularity: byPopularity,
  'features alone': byFeatures,
  'features and contents, concatenated': byConcatenation,
  'fusion: id': byFusion({ modalities: ['id'] }),
  'fusion: text': byFusion({ modalities: ['text'] }),
  'fusion: image': byFusion({ modalities: ['image'] }),
  'fusion: video': byFusion({ modalities: ['video'] }),
  'fusion: text, image': byFusion({ modalities: ['text', 'image'] }),
  'fusion: text, image, video': byFusion({ modalities: ['text', 'image', 'video'] }),
  'fusion: all': byFusion({}),
  'fusion: all, no modality dropout': byFusion({ modalityDropout: 0 }),
};
/** How the fusion rankers that see videos do where frames are pooled by a query that was learned. */
const ATTENDED: Readonly<Record<string, Trained>> = {
  'fusion: video, frames by attention': byFusion({ modalities: ['video'] }),
  'fusion: all, frames by attention': byFusion({}),
};
/** These are also judged where something is missing when they serve. */
const MASKED = ['fusion: all'];
/** One list for each user that nobody can better: by what the simulation alone knows. */
const ORACLE = 'who knows all tastes';

/** What a learned query is worth in one deal of held-out videos. */
export type LearnedVideos = { seed: number } & Omit<LearnedPooling, 'pooling'>;

/** What one ranker did in one run. */
interface Judged {
  ndcg: number;
  auc: number;
  clicks: Float64Array;
  cold_clicks: Float64Array;
  cold_auc: number;
  /** Of the first ten of all items for each user of the audience. */
  lists: ListFigures;
}

/** Means over runs with their deviations, and 95 % intervals over users of all runs. */
export interface Row {
  runs: number;
  ndcg: Spread;
  auc: Spread;
  cold_auc: Spread;
  clicks: Interval;
  cold_clicks: Interval;
  lists: ListFigures;
}
export interface Spread {
  mean: number;
  sd: number;
}

/** The ablation in the simulated shop: each seed draws other visits, other items to keep out, and other first parameters. */
export async function measureShop(
  { first, seeds, lists, only, until }: ShopOptions,
  onProgress: (line: string) => void,
): Promise<{ videos: LearnedVideos[]; probes: Probes; rankers: Record<string, Row> }> {
  const world = createWorld(WORLD);
  const seenItems = await contentsOf(world.items, WORLD.seed, onProgress);
  const { contents, frames } = seenItems;
  const videos: LearnedVideos[] = [];
  let attended = contents.video;
  for (let seed = first; seed < first + seeds; seed++) {
    const { pooling, ...found } = await learnPooling(videoPairs(seenItems), { seed });
    videos.push({ seed, ...found });
    if (seed === first) attended = pooledContents(frames, pooling, contents.video.encoder);
    onProgress(
      `seed ${seed}: frames by attention find ${found.learned.mrr.toFixed(4)}, by the mean ${found.mean.mrr.toFixed(4)}`,
    );
  }
  const probes = await probe(world.items, { ...contents, 'video, frames by attention': attended });
  const rankers = Object.entries({
    ...RANKERS,
    ...Object.fromEntries(Object.entries(ATTENDED).map(([name, train]) => [name, withVideos(attended, train)])),
  }).filter(([name]) => name.includes(only));
  const judged = new Map<string, Judged[]>();
  const note = (name: string, found: Judged) => {
    judged.set(name, [...(judged.get(name) ?? []), found]);
    onProgress(`${name}: NDCG@10 ${found.ndcg.toFixed(4)}, AUC ${found.auc.toFixed(4)}`);
  };
  for (let seed = first; seed < first + seeds && performance.now() < until; seed++) {
    const places = world.items.map((_, place) => place);
    const cold = new Set(sample(places, Math.round(COLD_SHARE * places.length), named(seed, 'cold')));
    const log = shopLog(world, { seed, lists, contents, cold });
    onProgress(`seed ${seed}: ${log.train.rows} rows to learn from, ${log.later.rows} to judge by`);
    note(ORACLE, judge(log, cold, log.likes, Float32Array.from(log.audience.appeal)));
    for (const [name, train] of rankers) {
      if (performance.now() >= until) break;
      const ranker = await train({ train: log.train, validation: log.validation }, seed);
      const scored = async (seen: (batch: RankerBatch) => RankerBatch) =>
        judge(log, cold, await ranker.score(seen(log.later)), await ranker.score(seen(log.audience.batch)));
      note(name, await scored(batch => batch));
      for (const missing of MASKED.includes(name) ? Modality.options : []) {
        note(`${name}, served without ${missing}`, await scored(batch => without([missing], batch)));
      }
      await ranker.release();
    }
  }
  return { videos, probes, rankers: Object.fromEntries(Array.from(judged, ([name, runs]) => [name, rowOf(runs)])) };
}

/** @param later scores of the later lists' rows, @param before of the audience's */
function judge(log: ShopLog, cold: ReadonlySet<number>, later: Float32Array, before: Float32Array): Judged {
  const { clicked, item } = log.later;
  const gains = Array.from(listsOf(log.later)).flatMap(([start, end]) =>
    end - start < 2 ? [] : (ndcg(later.subarray(start, end), clicked.subarray(start, end), K) ?? []),
  );
  const coldRows = [...item.keys()].filter(row => cold.has(item[row]!));
  const all = log.audience.batch.items.map((_, place) => place);
  return {
    ndcg: mean(gains),
    auc: auc(later, clicked) ?? Number.NaN,
    cold_auc:
      auc(
        Float32Array.from(coldRows, row => later[row]!),
        Uint8Array.from(coldRows, row => clicked[row]!),
      ) ?? Number.NaN,
    clicks: clicksOf(log.audience, before, all),
    cold_clicks: clicksOf(log.audience, before, [...cold]),
    lists: beyondAccuracy(firstItems(log.audience, before, K), catalogueOf(log)),
  };
}

/** Items are alike as their texts are, and known as far as they were clicked in what was learned from. */
function catalogueOf({ train, validation }: ShopLog): Catalogue {
  const clicked = [train, validation].flatMap(({ item, clicked }) => [...item].filter((_, row) => clicked[row] === 1));
  const { vectors, width } = train.contents.text!;
  const items = train.items.length;
  return { items, taken: countsOf(items, clicked), similarity: cosineBy(vectors, width) };
}

function clicksOf(audience: Audience, scores: Float32Array, among: readonly number[]): Float64Array {
  return earned(audience, scores, among, K);
}

function rowOf(runs: readonly Judged[]): Row {
  return {
    runs: runs.length,
    ndcg: spread(runs.map(each => each.ndcg)),
    auc: spread(runs.map(each => each.auc)),
    cold_auc: spread(runs.map(each => each.cold_auc)),
    clicks: overUsers(runs.flatMap(each => [...each.clicks])),
    cold_clicks: overUsers(runs.flatMap(each => [...each.cold_clicks])),
    lists: meanOf(runs.map(each => each.lists)),
  };
}

function overUsers(values: readonly number[]): Interval {
  const share = (times: Uint32Array) =>
    values.reduce((sum, each, user) => sum + each * times[user]!, 0) / values.length;
  return bootstrap(values.length, share, { seed: 1 })!;
}

function spread(values: readonly number[]): Spread {
  const middle = mean(values);
  const squares = values.reduce((sum, each) => sum + (each - middle) ** 2, 0);
  return { mean: middle, sd: Math.sqrt(squares / Math.max(1, values.length - 1)) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}
