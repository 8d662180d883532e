import { performance } from 'node:perf_hooks';
import type { Interval } from '../../../models/evaluate/bootstrap.ts';
import type { Attributions } from '../../../models/explain/attribution.ts';
import {
  type Coalitions,
  coalitionsOf,
  type Seeing,
  type SeenList,
  shapleyOf,
  sharesOf,
} from '../../../models/explain/shapley.ts';
import { FEATURE_NAMES } from '../../../models/features/vector.ts';
import { openFusionRanker } from '../../../models/fusion/ranker.ts';
import { trainFusionRanker } from '../../../models/fusion/train.ts';
import { openNextItem } from '../../../models/next-item/model.ts';
import { trainBlendRanker } from '../../../models/next-item/train-ranker.ts';
import { type Random, random } from '../../../models/random.ts';
import { type Dataset, listsOf, splitByTime } from '../../../models/ranker/dataset/dataset.ts';
import { batchOf } from '../../../models/ranker/dataset/pairs.ts';
import { HISTORY, type RankerModel } from '../../../models/ranker/model.ts';
import type { Modality } from '../../../schemas/topics/vectors.ts';
import { createWorld } from '../../../test/sim/world.ts';
import { contentsOf } from '../../modalities/contents.ts';
import { snapshotOf } from '../../modalities/journeys.ts';
import { shopLog } from '../../modalities/shop-log.ts';
import { type ExplainOptions, mean } from './measure.ts';
import { alike } from './randomised.ts';

/** Rankers that see more than features, whose explanations are Shapley values. */
export const SEEING = ['sequence', 'fusion'] as const;
export type SeeingRanker = (typeof SEEING)[number];

export interface SeenFigures {
  seeds: number;
  items: number;
  /** The greatest difference of a score and what adds up to it, in logits. */
  error: number;
  falls: Record<keyof SeenFalls, Interval>;
  faster: Interval;
  alike: Record<string, Interval>;
  minutes: number;
}

interface Parts {
  train: Dataset;
  validation: Dataset;
  later: Dataset;
}

interface SeenFalls {
  attributed: number;
  drawn: number;
}

interface Found {
  user: number;
  falls: SeenFalls[];
  alike: Record<string, number[]>;
}

/** Items of the shop of `eval:modalities`, whose vectors are cached. */
const SHOP = { seed: 1, items: 600 };
const DRAWS = 4;
const OTHER = 1_000;

const SHOWN: Record<SeeingRanker, (options: { seed: number; users: number; lists: number }) => Promise<Parts>> = {
  async sequence(options) {
    const [train, validation, later] = splitByTime(snapshotOf(options)) as [Dataset, Dataset, Dataset];
    return { train, validation, later };
  },
  async fusion({ seed, users, lists }) {
    const world = createWorld({ ...SHOP, users });
    const { contents } = await contentsOf(world.items, SHOP.seed, () => {});
    const { train, validation, later } = shopLog(world, { seed, lists, contents, cold: new Set() });
    return { train, validation, later };
  },
};

const TRAINED: Record<SeeingRanker, (parts: Parts, seed: number) => Promise<RankerModel>> = {
  sequence: async (parts, seed) => await openNextItem(await trainBlendRanker(parts, { seed })),
  fusion: async (parts, seed) =>
    await openFusionRanker({ ...(await trainFusionRanker(parts, { seed })), features: FEATURE_NAMES.length }),
};

/** The deletion and randomisation tests of `measureExplanations` for rankers that are explained by coalitions of groups. */
export async function measureSeeing(
  ranker: SeeingRanker,
  { first, seeds, judged, ...of }: ExplainOptions,
  say: (line: string) => void,
): Promise<SeenFigures> {
  const started = performance.now();
  const found: Found[] = [];
  let error = 0;
  for (let seed = first; seed < first + seeds; seed++) {
    const parts = await SHOWN[ranker]({ ...of, seed });
    const own = await TRAINED[ranker](parts, seed);
    const others = {
      'learned from shuffled clicks': await TRAINED[ranker](withoutSense(parts, seed), seed),
      'learned anew with another seed': await TRAINED[ranker](parts, seed + OTHER),
    };
    say(`seed ${seed}: trained`);
    for (const { user, list } of chosenLists(parts.later, judged)) {
      const seen =
        (by: RankerModel): Seeing =>
        pairs =>
          by.score(batchOf(pairs, specsOf(parts.later)));
      const coalitions = await coalitionsOf(list, seen(own));
      const shares = sharesOf(coalitions);
      error = Math.max(error, ...shares.items.map(each => each.error));
      const like: Record<string, number[]> = {};
      for (const [name, other] of Object.entries(others))
        like[name] = alike(shares, await shapleyOf(list, seen(other)));
      const draws = random(seed, found.length);
      const falls = shares.items.map((_, item) => fallsOf(coalitions, shares, item, draws));
      found.push({ user: seed * of.users + user, falls, alike: like });
    }
    for (const each of [own, ...Object.values(others)]) await each.release();
    say(`seed ${seed}: explained`);
  }
  const falls = (of: (falls: SeenFalls) => number) => mean(found, ({ falls }) => falls.map(of));
  const names = Object.keys(found[0]?.alike ?? {});
  return {
    seeds,
    items: found.reduce((sum, { falls }) => sum + falls.length, 0),
    error,
    falls: { attributed: falls(({ attributed }) => attributed), drawn: falls(({ drawn }) => drawn) },
    faster: falls(({ attributed, drawn }) => attributed - drawn),
    alike: Object.fromEntries(names.map(name => [name, mean(found, ({ alike }) => alike[name]!)])),
    minutes: (performance.now() - started) / 60_000,
  };
}

/** How far an item's score falls on the mean of the steps in which one group after the other is taken away. */
export function fallsOf(
  { players, scores }: Coalitions,
  { items }: Attributions,
  item: number,
  draws: Random,
): SeenFalls {
  const whole = scores.at(-1)![item]!;
  const falls = (order: Iterable<number>) => {
    let [left, sum] = [scores.length - 1, 0];
    for (const player of order) {
      left &= ~(1 << player);
      sum += whole - scores[left]![item]!;
    }
    return players.length > 0 ? sum / players.length : 0;
  };
  const places = [...players.keys()];
  const worth = (place: number) => items[item]!.groups[players[place]!]!;
  const drawn = Array.from({ length: DRAWS }, () => falls(draws.shuffle(Int32Array.from(places))));
  return {
    attributed: falls(places.toSorted((a, b) => worth(b) - worth(a))),
    drawn: drawn.reduce((a, b) => a + b, 0) / DRAWS,
  };
}

/** The same lists with clicks that say nothing, and what users did dealt anew among them. */
function withoutSense(parts: Parts, seed: number): Parts {
  const shuffled = (data: Dataset, part: number): Dataset => {
    const deal = <A extends Uint8Array | Int32Array>(values: A): A => {
      const order = random(seed, 91, part).shuffle(Int32Array.from(values.keys()));
      return values.map((_, at) => values[order[at]!]!) as A;
    };
    const { clicked, journeys } = data;
    return {
      ...data,
      clicked: deal(clicked),
      ...(journeys && { journeys: { ...journeys, item: deal(journeys.item) } }),
    };
  };
  return { ...parts, train: shuffled(parts.train, 1), validation: shuffled(parts.validation, 2) };
}

/** Every n-th of the lists, so that there are as many. */
function* chosenLists(data: Dataset, count: number): Iterable<{ user: number; list: SeenList }> {
  const lists = [...listsOf(data)].filter(([start, end]) => end - start > 1);
  const every = Math.max(1, Math.floor(lists.length / count));
  for (const [n, [start, end]] of lists.entries()) {
    if (n % every > 0 || n >= every * count) continue;
    yield { user: data.user[start]!, list: listOf(data, start, end) };
  }
}

function listOf(
  { items, item, list, features, history, contents, describe }: Dataset,
  start: number,
  end: number,
): SeenList {
  const width = FEATURE_NAMES.length;
  const places = new Map(items.map((name, place) => [name, place]));
  const rows = Array.from({ length: end - start }, (_, n) => start + n);
  const taken = history.subarray(list[start]! * HISTORY, (list[start]! + 1) * HISTORY);
  return {
    items: rows.map(row => items[item[row]!]!),
    rows: rows.map(row => features.slice(row * width, (row + 1) * width)),
    featureNames: FEATURE_NAMES,
    modalities: Object.keys(contents) as Modality[],
    history: [...taken].filter(place => place >= 0).map(place => items[place]!),
    vectors: {
      vector: (name, modality) => {
        const place = places.get(name);
        const content = contents[modality];
        if (place === undefined || !content || content.present[place] !== 1) return undefined;
        return content.vectors.subarray(place * content.width, (place + 1) * content.width);
      },
    },
    ...(describe && { describe }),
  };
}

function specsOf({ contents }: Dataset) {
  return Object.fromEntries(
    Object.entries(contents).map(([modality, { encoder, width }]) => [modality, { encoder, width }]),
  );
}
