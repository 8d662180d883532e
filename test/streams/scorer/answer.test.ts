import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { POPULARITY_FEATURE } from '../../../models/features/aggregates/defaults.ts';
import { FEATURE_NAMES, FEATURES_VERSION } from '../../../models/features/vector.ts';
import type { Pairs } from '../../../models/ranker/dataset/pairs.ts';
import { TemperError } from '../../../schemas/errors.ts';
import { createLog } from '../../../schemas/log.ts';
import type { Promotion } from '../../../schemas/models/models.ts';
import { DEFAULT_POLICIES } from '../../../schemas/policies/policy.ts';
import type { ShopEvent } from '../../../schemas/topics/events.ts';
import { RankedList, type RankRequest, type Surface } from '../../../schemas/topics/ranking.ts';
import { Report } from '../../../streams/report.ts';
import { answer } from '../../../streams/scorer/answer.ts';
import { Champion, type Ranker, type Served } from '../../../streams/scorer/champion/champion.ts';
import { Memory } from '../../../streams/scorer/memory/memory.ts';
import { armOf } from '../../../streams/scorer/policy.ts';
import { Deltas } from '../../sim/deltas.ts';

const T0 = 1_700_000_000_000;
const CHAMPION_ONLY = { exploration: 0, control: 0, policies: DEFAULT_POLICIES };
const request = (more: Partial<RankRequest> = {}): RankRequest => ({
  v: 1,
  id: 'r',
  at_ms: T0,
  user: 'u',
  session: 's',
  surface: 'home',
  count: 3,
  ...more,
});

function shop(...more: ShopEvent[]): Memory {
  const memory = new Memory();
  for (let n = 0; n < 8; n++) {
    const item = `i${n}`;
    const product = { v: 1, item, at_ms: T0, title: item, category: 'c', price: n };
    memory.apply('shop.catalogue', 0, {
      key: item,
      value: Buffer.from(JSON.stringify(product)),
      offset: n,
      timestamp_ms: T0,
    });
  }
  const events = Array.from({ length: 8 }, (_, n) => n).flatMap(n =>
    (['impression', 'click', 'cart'] as const).flatMap(type =>
      Array.from({ length: n }, (_, k) => {
        const of = { user: `u${n}/${k}`, session: 's', item: `i${n}`, list: 'l', position: 0 };
        return { v: 1, id: `${type}/${n}/${k}`, type, at_ms: T0, ...of } as ShopEvent;
      }),
    ),
  );
  for (const [topic, record] of new Deltas().of([...events, ...more], T0)) memory.apply(topic, 0, record);
  return memory;
}

const promotion = (model: string): Promotion => ({
  v: 1,
  surface: 'home',
  model,
  manifest: '0'.repeat(64),
  previous: null,
  at_ms: T0,
  reason: 'a test',
});

const NOTHING: Pairs = { items: [], features: new Float32Array(), history: [], vectors: { vector: () => undefined } };

/** A champion whose rankers score by this function of the row's features. */
async function championOf(score: (row: Float32Array, n: number) => number, id = 'm1', surface: Surface = 'home') {
  const report = new Report('scorer', 'test');
  const width = FEATURE_NAMES.length;
  const ranker: Ranker = {
    id,
    provider: 'cpu',
    score: async ({ features, items }) =>
      Float32Array.from(items, (_, row) => score(features.subarray(row * width, (row + 1) * width), row)),
    release: async () => {},
  };
  const champion = new Champion(async () => ranker, report, createLog('test', 'silent'));
  await champion.take({ ...promotion(id), surface });
  return { champion, report };
}

const PRICE = FEATURE_NAMES.indexOf('item.log_price');
const byPrice = (row: Float32Array) => row[PRICE]!;
const items = (list: RankedList) => list.items.map(({ item }) => item);
/** The list as its readers get it. */
const answered = async (...asked: Parameters<typeof answer>) => RankedList.parse(await answer(...asked));

describe('the answer to a request', () => {
  it("has the champion's order, its name, and the features that were scored", async () => {
    const { champion } = await championOf(byPrice);
    const list = await answered(request(), shop(), champion, CHAMPION_ONLY, 5);
    expect(list).toMatchObject({
      id: 'r',
      user: 'u',
      model: 'm1',
      arm: 'champion',
      features_version: FEATURES_VERSION,
    });
    expect(list).toMatchObject({ candidates: 8, spent_ms: { queue: 5 } });
    expect(items(list)).toEqual(['i7', 'i6', 'i5']);
    for (const { features, score } of list.items) expect(score).toBe(Math.fround(features[PRICE]!));
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('the session is gone');
      },
    ],
    ['gives NaN', () => Number.NaN],
    ['gives NaN for one row', (_: Float32Array, row: number) => (row === 3 ? Number.NaN : row)],
    ['gives infinity', () => Number.POSITIVE_INFINITY],
  ])('falls back to popularity where the champion %s, and says so', async (_name, score) => {
    const { champion, report } = await championOf(score);
    const list = await answered(request(), shop(), champion, CHAMPION_ONLY, 0);
    expect(list).toMatchObject({ arm: 'fallback', model: 'popularity' });
    expect(list.items).toHaveLength(3);
    const popularity = FEATURE_NAMES.indexOf(POPULARITY_FEATURE);
    const scores = list.items.map(item => item.score);
    expect(scores).toEqual(list.items.map(({ features }) => Math.fround(features[popularity]!)));
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(list.items.every(({ propensity }) => propensity === 1)).toBe(true);
    expect(report.snapshot(T0).counts.failed_scores).toBe(1);
  });

  it('falls back before there is a champion', async () => {
    const champion = new Champion(
      () => Promise.reject(new Error('none')),
      new Report('scorer', 't'),
      createLog('t', 'silent'),
    );
    const list = await answered(request(), shop(), champion, CHAMPION_ONLY, 0);
    expect(list).toMatchObject({ arm: 'fallback', model: 'popularity' });
  });

  it('is the same again for the same request, explored or not', async () => {
    const { champion } = await championOf(byPrice);
    const shares = { exploration: 0.5, control: 0.2, policies: DEFAULT_POLICIES };
    const memory = shop();
    const arms = new Set<string>();
    for (let n = 0; n < 40; n++) {
      const asked = request({ id: `r${n}`, user: `u${n}` });
      const [first, second] = [
        await answered(asked, memory, champion, shares, 0),
        await answered(asked, memory, champion, shares, 0),
      ];
      expect({ ...second, spent_ms: first.spent_ms }).toEqual(first);
      arms.add(first.arm);
    }
    expect([...arms].sort()).toEqual(['champion', 'control', 'explore']);
  });

  it('is by popularity for the users of the control group, whatever the champion says', async () => {
    const { champion } = await championOf(row => -byPrice(row));
    const shares = { exploration: 0.5, control: 0.5, policies: DEFAULT_POLICIES };
    const user = Array.from({ length: 50 }, (_, n) => `u${n}`).find(
      each => armOf(request({ user: each }), shares) === 'control',
    )!;
    for (let n = 0; n < 10; n++) {
      const list = await answered(request({ id: `r${n}`, user }), shop(), champion, shares, 0);
      expect(list).toMatchObject({ arm: 'control', model: 'popularity' });
      expect(list.items.every(({ propensity }) => propensity === 1)).toBe(true);
      expect(items(list)).toEqual(items(await answered(request({ user }), shop(), champion, shares, 0)));
    }
  });

  it('is that of one of whom nothing is known, where the user allows no personalisation', async () => {
    const { champion } = await championOf(byPrice);
    const about = { v: 1, at_ms: T0, user: 'u7/1', session: 's' } as const;
    const memory = shop({ ...about, id: 'shared', type: 'share', item: 'i7', to: 'u7/0' });
    const of = async (user: string, consent?: RankRequest['consent']) => {
      const list = await answered(request({ user, count: 8, consent }), memory, champion, CHAMPION_ONLY, 0);
      const { items, history, applied, candidates } = list;
      return { items, history, candidates, hasPositions: applied !== undefined };
    };
    const withheld = { personalisation: false, training: true };
    const stranger = await of('nobody');
    expect(await of('u7/0')).not.toMatchObject({ items: stranger.items, history: stranger.history });
    expect(await of('u7/0', withheld)).toEqual({ ...stranger, hasPositions: false });
  });

  it('says what its user allows, by which all who read it go', async () => {
    const { champion } = await championOf(byPrice);
    const consent = { personalisation: true, training: false };
    const list = await answered(request({ consent }), shop(), champion, CHAMPION_ONLY, 0);
    expect(list.consent).toEqual(consent);
  });

  it('leaves what was shown as it stood, and scores it', async () => {
    const { champion } = await championOf(byPrice);
    const shown = [
      { item: 'i2', position: 5, propensity: 0.25 },
      { item: 'i6', position: 9, propensity: null },
    ];
    const list = await answered(
      request({ shown }),
      shop(),
      champion,
      { ...CHAMPION_ONLY, exploration: 1, control: 1 },
      0,
    );
    expect(list).toMatchObject({ arm: 'recorded', model: 'm1' });
    expect(list.items.map(({ item, position, propensity }) => ({ item, position, propensity }))).toEqual(shown);
    expect(list.items[1]!.score).toBeGreaterThan(list.items[0]!.score);
  });

  it('to a search is by how well items fit the query, whatever the champion says of them', async () => {
    const { champion } = await championOf(byPrice);
    const list = await answered(request({ surface: 'search', query: 'i3' }), shop(), champion, CHAMPION_ONLY, 0);
    expect(list).toMatchObject({ arm: 'champion', model: 'relevance', candidates: 1 });
    expect(list.items).toMatchObject([{ item: 'i3', reason: 'words', propensity: 1 }]);
    const brought = request({ surface: 'search', query: 'i3', candidates: ['i3', 'i5'] });
    expect(await answered(brought, shop(), champion, CHAMPION_ONLY, 0)).toMatchObject({ model: 'm1' });
  });

  describe('to a search that has a champion of its own', () => {
    const pots = () => {
      const memory = new Memory();
      const titles = ['red pot', 'red pot with a lid', 'red kettle for tea and more', 'green pan'];
      for (const [n, title] of titles.entries()) {
        const product = { v: 1, item: `p${n}`, at_ms: T0, title, category: 'c', price: 10 * n };
        const value = Buffer.from(JSON.stringify(product));
        memory.apply('shop.catalogue', 0, { key: `p${n}`, value, offset: n, timestamp_ms: T0 });
      }
      return memory;
    };
    const asked = request({ surface: 'search', query: 'red pot', count: 4 });
    const [RELEVANCE, WORDS, TITLE] = ['relevance', 'words', 'title'].map(name =>
      FEATURE_NAMES.indexOf(`pair.query_${name}`),
    );

    it('is by its scores, and has what it saw of the query', async () => {
      const { champion } = await championOf(byPrice, 's1', 'search');
      const list = await answered(asked, pots(), champion, CHAMPION_ONLY, 0);
      expect(list).toMatchObject({ arm: 'champion', role: 'champion', model: 's1' });
      const [first, second] = list.items;
      expect([first!.item, second!.item]).toEqual(['p1', 'p0']);
      expect([second!.features[RELEVANCE!], second!.features[WORDS!], second!.features[TITLE!]]).toEqual([1, 1, 1]);
      expect(list.items.at(-1)!.features[TITLE!]).toBe(0.5);
      expect(first!.features[RELEVANCE!]).toBeGreaterThan(0.5);
      expect(first!.features[RELEVANCE!]).toBeLessThan(1);
    });

    it('has what hardly fits behind what fits, whatever the champion says of it, and says so', async () => {
      const { champion } = await championOf(byPrice, 's1', 'search');
      const list = await answered(asked, pots(), champion, CHAMPION_ONLY, 0);
      expect(items(list)).toEqual(['p1', 'p0', 'p2']);
      const last = list.items.at(-1)!;
      expect(last.score).toBeGreaterThan(list.items[0]!.score);
      expect(last.policy).toBe('moved down: fits the query little');
    });

    it('is by relevance where it fails, and home has nothing of it', async () => {
      const { champion } = await championOf(() => Number.NaN, 's1', 'search');
      const list = await answered(asked, pots(), champion, CHAMPION_ONLY, 0);
      expect(list).toMatchObject({ arm: 'fallback', role: 'fallback', model: 'relevance' });
      expect(items(list)).toEqual(['p0', 'p1', 'p2']);
      const { champion: home } = await championOf(byPrice);
      const other = await answered(request(), pots(), home, CHAMPION_ONLY, 0);
      const fits = other.items.flatMap(({ features }) => [features[RELEVANCE!], features[WORDS!], features[TITLE!]]);
      expect(fits.every(each => each === 0)).toBe(true);
    });
  });

  it('tells why items do not stand where their scores would put them, and what was removed', async () => {
    const { champion } = await championOf(byPrice);
    const asked = request({ pins: [{ item: 'i0', position: 1 }], exclude: ['i7'] });
    const list = await answered(asked, shop(), champion, CHAMPION_ONLY, 0);
    expect(items(list)).toEqual(['i6', 'i0', 'i5']);
    expect(list.items.map(({ policy }) => policy)).toEqual([undefined, 'pinned', undefined]);
    expect(list).toMatchObject({ candidates: 7, removed: { excluded: 1 }, slate_propensity: 1 });
  });

  it('is an empty list where the shop has no products', async () => {
    const { champion } = await championOf(byPrice);
    const list = await answered(request(), new Memory(), champion, CHAMPION_ONLY, 0);
    expect(list).toMatchObject({ candidates: 0, items: [] });
    expect(RankedList.safeParse(list).success).toBe(true);
  });
});

describe('a swap', () => {
  it('keeps the champion where the promoted model is refused', async () => {
    const report = new Report('scorer', 'test');
    const load = async ({ model }: Served): Promise<Ranker> => {
      if (model === 'bad') throw new Error('not what was promoted');
      return {
        id: model,
        provider: 'cpu',
        score: async ({ items }) => new Float32Array(items.length),
        release: async () => {},
      };
    };
    const champion = new Champion(load, report, createLog('test', 'silent'));
    await champion.take(promotion('good'));
    await champion.take(promotion('bad'));
    expect(champion.id).toBe('good');
    expect(report.snapshot(T0)).toMatchObject({
      counts: { refused_models: 1, swaps: 1 },
      notes: { champion: 'good', refused_model: 'bad: not what was promoted' },
    });
  });

  describe('to a model that can not be loaded now', () => {
    const open = async () => {
      const report = new Report('scorer', 'test');
      const asked: string[] = [];
      let answers = false;
      const load = async ({ model }: Served): Promise<Ranker> => {
        asked.push(model);
        if (model === 'bad') throw new TemperError('MODEL_REFUSED', { where: 'model bad' });
        if (model !== 'good' && !answers) throw new TemperError('UNREACHABLE', { where: 's3://shop/' });
        const score = async ({ items }: Pairs) => new Float32Array(items.length);
        return { id: model, provider: 'cpu', score, release: async () => {} };
      };
      const champion = new Champion(load, report, createLog('test', 'silent'));
      await champion.take(promotion('good'));
      await champion.take(promotion('new'));
      expect(champion).toMatchObject({ id: 'good', isAwaited: true });
      const recover = () => {
        answers = true;
      };
      return { champion, asked, recover, counts: () => report.snapshot(T0).counts };
    };
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());

    it('is made once its registry answers again, with pauses between the tries', async () => {
      const { champion, asked, recover, counts } = await open();
      await vi.advanceTimersByTimeAsync(3_500); // after 1 s, and 2 s more
      expect(asked).toEqual(['good', 'new', 'new', 'new']);
      recover();
      await vi.advanceTimersByTimeAsync(4_000);
      expect(champion).toMatchObject({ id: 'new', isAwaited: false });
      await vi.advanceTimersByTimeAsync(120_000);
      expect(asked).toHaveLength(5);
      expect(counts()).toEqual({ swaps: 2, awaited_models: 3 });
    });

    it.each(['good', 'bad'])('is not made any more when something newer was said: %s', async newer => {
      const { champion, asked, recover } = await open();
      await champion.take(promotion(newer));
      recover();
      await vi.advanceTimersByTimeAsync(120_000);
      expect(champion).toMatchObject({ id: 'good', isAwaited: false });
      expect(asked.filter(model => model === 'new')).toHaveLength(1);
    });

    it('is not made any more where nobody is to answer, or the scorer ends', async () => {
      const dropped = await open();
      await dropped.champion.drop();
      const stopped = await open();
      await stopped.champion.stop();
      for (const { recover } of [dropped, stopped]) recover();
      await vi.advanceTimersByTimeAsync(120_000);
      for (const { asked } of [dropped, stopped]) expect(asked).toEqual(['good', 'new']);
    });
  });

  it('releases the old model only when its last run is over, and once', async () => {
    const released: string[] = [];
    let finish!: () => void;
    const running = new Promise<void>(resolve => {
      finish = resolve;
    });
    const load = async ({ model }: Served): Promise<Ranker> => ({
      id: model,
      provider: 'cpu',
      score: async ({ items }) => {
        if (model === 'old') await running;
        return new Float32Array(items.length);
      },
      release: async () => void released.push(model),
    });
    const champion = new Champion(load, new Report('scorer', 'test'), createLog('test', 'silent'));
    await champion.take(promotion('old'));
    const slow = [champion.score(NOTHING), champion.score(NOTHING)];
    await champion.take(promotion('new'));
    expect((await champion.score(NOTHING))!.model).toBe('new');
    expect(released).toEqual([]);
    finish();
    expect((await Promise.all(slow)).map(scored => scored!.model)).toEqual(['old', 'old']);
    expect(released).toEqual(['old']);
    await champion.stop();
    expect(released).toEqual(['old', 'new']);
  });
});
