import { describe, expect, it } from 'vitest';
import { servingOf } from '../../../models/evaluate/evidence/serving.ts';
import { slicesOf } from '../../../models/evaluate/evidence/slices.ts';
import { varietyOf } from '../../../models/evaluate/evidence/variety.ts';
import { type Dataset, listsOf } from '../../../models/ranker/dataset/dataset.ts';
import { HISTORY, type RankerModel } from '../../../models/ranker/model.ts';
import { column, examples } from '../../sim/examples.ts';

const dataset = examples({ lists: 900 });
const FEW = { requests: 20, repeats: 1 };

describe('what it costs to serve', () => {
  const ranker = (provider: RankerModel['provider']): RankerModel => ({
    provider,
    score: async ({ rows }) => new Float32Array(rows),
    release: async () => {},
  });
  /** On which the n-th run takes n ms, of which it computes a part. */
  const clockOf = (computes: number) => {
    const calls = { passed: 0, computed: 0 };
    const at = (call: number) => (call % 2 === 0 ? 0 : (call + 1) / 2);
    return { passed_ms: () => at(calls.passed++), computed_ms: () => computes * at(calls.computed++) };
  };

  it('is what it computes, and not what it waits for a processor; on CUDA all that passes', async () => {
    const p50_ms = async (provider: RankerModel['provider'], computes: number) =>
      (await servingOf(ranker(provider), dataset, 7, { ...FEW, clock: clockOf(computes) })).p50_ms;
    expect(await p50_ms('cpu', 0.25)).toBe(2.5);
    expect(await p50_ms('cpu', 2)).toBe(10); // two threads
    expect(await p50_ms('cuda', 0.25)).toBe(10);
  });

  it('is the least of several rounds, for neighbours in caches make a run compute for longer', async () => {
    const once = await servingOf(ranker('cpu'), dataset, 7, { ...FEW, clock: clockOf(1) });
    // The n-th of 100 runs takes n ms: rounds after the first are slower throughout.
    const often = await servingOf(ranker('cpu'), dataset, 7, { ...FEW, repeats: 5, clock: clockOf(1) });
    expect(often).toEqual(once);
    expect(once.p99_ms).toBe(20);
  });

  it('is that of requests that differ', async () => {
    const [first, histories]: [number[], string[]] = [[], []];
    const noting = ranker('cpu');
    noting.score = async ({ rows, features, list, history }) => {
      first.push(features[0]!);
      histories.push(history.subarray(list[0]! * HISTORY, (list[0]! + 1) * HISTORY).join());
      return new Float32Array(rows);
    };
    await servingOf(noting, dataset, 7, FEW);
    expect(new Set(first).size).toBe(20);
    // A ranker may answer from memory who asks again for the same history.
    expect(histories.filter((history, at) => history === histories[at - 1])).toEqual([]);
    const { history, list } = dataset;
    const own = history.subarray(list[0]! * HISTORY, (list[0]! + 1) * HISTORY);
    expect(histories[0]!.split(',').map(Number).slice(1, 4)).toEqual([...own.subarray(0, 3)]);
  });

  it('is that of 500 candidates, however few rows there are, and says how large the model is', async () => {
    const seen: number[] = [];
    const counting = ranker('cpu');
    const score = counting.score;
    counting.score = batch => {
      seen.push(batch.rows, batch.features.length / dataset.featureNames.length, batch.item.length);
      return score(batch);
    };
    const found = await servingOf(counting, examples({ lists: 2 }), 7, FEW);
    expect(new Set(seen)).toEqual(new Set([500]));
    expect(found).toMatchObject({ candidates: 500, bytes: 7 });
  });
});

describe('variety', () => {
  it('is that of the first places: a ranker that always puts the same items there covers less', () => {
    const favours = Float32Array.from(dataset.item, item => -item);
    const spreads = column(dataset, 'noise');
    const { candidate, champion } = varietyOf(dataset, { candidate: favours, champion: spreads });
    expect(candidate.exposure_gini!).toBeGreaterThan(champion.exposure_gini! + 0.2);
    expect(champion.coverage).toBe(1);
    expect(champion.diversity).toBeNull();
  });

  it('knows how unlike texts are, where products have vectors', () => {
    const vectors = new Float32Array(2 * dataset.items.length);
    for (let item = 0; item < dataset.items.length; item++) vectors[2 * item + (item % 2)] = 1;
    const present = new Uint8Array(dataset.items.length).fill(1);
    const described: Dataset = { ...dataset, contents: { text: { encoder: 'e', width: 2, vectors, present } } };
    const alike = Float32Array.from(dataset.item, item => item % 2);
    const figures = varietyOf(described, { candidate: alike, champion: column(dataset, 'noise') });
    expect(figures.candidate.diversity!).toBeLessThan(figures.champion.diversity! - 0.1);
  });
});

describe('slices', () => {
  /** The examples with a feature by which lists are cut, on which the champion alone does well. */
  function cut(bad: (value: number) => boolean) {
    const named: Dataset = { ...dataset, featureNames: ['item.log_price', 'noise', 'user.evidence', 'constant'] };
    const lists = [...listsOf(named)].filter(([start, end]) => named.clicked.subarray(start, end).includes(1));
    const priceOf = ([start]: readonly [number, number]) =>
      named.features[(start + Math.max(0, named.clicked.subarray(start).indexOf(1))) * named.featureNames.length]!;
    const listUser = Int32Array.from(lists, ([start]) => named.user[start]!);
    const champion = new Float64Array(lists.length).fill(0.5);
    const candidate = Float64Array.from(lists, list => (bad(priceOf(list)) ? 0.2 : 0.65));
    return slicesOf(named, { lists, listUser, users: Math.max(...listUser) + 1, candidate, champion }, 1);
  }

  it('show where a candidate that is better on the whole is worse', () => {
    const found = Object.fromEntries(cut(price => price > 115).map(slice => [slice.name, slice]));
    expect(Object.keys(found)).toEqual(['new_users', 'cheap_items', 'middling_items', 'dear_items']);
    expect(found.cheap_items!.difference!.value).toBeCloseTo(0.15, 6);
    expect(found.dear_items!.difference!.high).toBeLessThan(0.05);
    const [small, large] = [found.cheap_items!.lists, found.dear_items!.lists];
    expect(Math.abs(small - large)).toBeLessThan(3);
  });

  it.each<[string, (list: number, lists: number) => number, Record<string, number>]>([
    [
      'nearly half tie at the least',
      (list, lists) => (list < 0.48 * lists ? 0 : list),
      { cheap: 0.48, middling: 0.19 },
    ],
    ['nearly all tie at the least', (list, lists) => (list < 0.9 * lists ? 0 : list), { cheap: 0.9, dear: 0.1 }],
    ['nearly all tie at the greatest', (list, lists) => Math.min(list, 0.1 * lists), { cheap: 0.1, dear: 0.9 }],
    [
      'most tie in the middle',
      (list, lists) => (list < 0.2 * lists ? 0 : list < 0.9 * lists ? 1 : 2),
      { cheap: 0.2, middling: 0.7 },
    ],
  ])('have all who tie, where %s', (_, priceOf, shares) => {
    const lists = [...listsOf(dataset)];
    const named: Dataset = {
      ...dataset,
      featureNames: ['item.log_price', 'a', 'b', 'c'],
      features: Float32Array.from(dataset.features),
    };
    for (const [list, [start, end]] of lists.entries()) {
      for (let row = start; row < end; row++) named.features[4 * row] = priceOf(list, lists.length);
    }
    const gains = new Float64Array(lists.length);
    const known = { lists, listUser: new Int32Array(lists.length), users: 1, candidate: gains, champion: gains };
    const found = Object.fromEntries(
      slicesOf(named, known, 1).map(slice => [slice.name.replace('_items', ''), slice.lists / lists.length]),
    );
    expect(Object.keys(found)).toEqual(expect.arrayContaining(Object.keys(shares)));
    for (const [name, share] of Object.entries(shares)) expect(found[name]).toBeCloseTo(share, 2);
    expect(Object.values(found).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
  });

  it('are languages, where many ask in several of them', () => {
    const lists = [...listsOf(dataset)];
    const tags = ['de', 'pt-BR', 'pt', 'ja'];
    const tagOf = (list: number) => (list % 50 === 0 ? 3 : list % 10 === 1 ? -1 : list % 3);
    const language = Int32Array.from(lists, (_, list) => tagOf(list));
    const spoken: Dataset = { ...dataset, language, languages: tags };
    const isGerman = (list: number) => tagOf(list) === 0;
    const known = {
      ...{ lists, listUser: Int32Array.from(lists, ([start]) => dataset.user[start]!), users: 225 },
      champion: new Float64Array(lists.length).fill(0.5),
      candidate: Float64Array.from(lists, (_, list) => (isGerman(list) ? 0.4 : 0.6)),
    };
    const found = slicesOf(spoken, known, 1);
    expect(found.map(({ name }) => name)).toEqual(['language_pt', 'language_de']); // japanese is rare
    const [portuguese, german] = found;
    expect(german).toMatchObject({ of: 'user', lists: lists.filter((_, list) => isGerman(list)).length });
    expect(german!.difference!.high).toBeLessThan(-0.05);
    expect(portuguese!.difference!.value).toBeCloseTo(0.1, 6);
    const alone: Dataset = { ...spoken, language: language.map(place => (place === 0 ? 0 : -1)) };
    expect(slicesOf(alone, known, 1)).toEqual([]);
  });

  it('are none where nothing tells lists apart', () => {
    const lists = [...listsOf(dataset)];
    const gains = new Float64Array(lists.length);
    const listUser = new Int32Array(lists.length);
    const known = { lists, listUser, users: 1, candidate: gains, champion: gains };
    expect(slicesOf(dataset, known, 1)).toEqual([]);
    const same: Dataset = { ...dataset, featureNames: ['a', 'b', 'c', 'item.log_price'] };
    expect(slicesOf(same, known, 1)).toEqual([]);
  });
});
