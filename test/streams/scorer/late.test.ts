import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICIES } from '../../../schemas/policies/policy.ts';
import { RankedList, type RankRequest } from '../../../schemas/topics/ranking.ts';
import { answerLate } from '../../../streams/scorer/late.ts';
import { Memory } from '../../../streams/scorer/memory/memory.ts';
import { Deltas } from '../../sim/deltas.ts';

const T0 = 1_700_000_000_000;
const ITEMS = ['cup', 'pot', 'pan', 'jug', 'bowl'];
const SETTINGS = { exploration: 0.5, control: 0.5, policies: DEFAULT_POLICIES };

/** The items' popularity is in this order; a pan is out of stock, and anna has bought the cup. */
function shop(): Memory {
  const memory = new Memory();
  for (const [n, item] of ITEMS.entries()) {
    const product = { v: 1, item, at_ms: T0, title: item, category: 'c', available: item !== 'pan' };
    const value = Buffer.from(JSON.stringify(product));
    memory.apply('shop.catalogue', 0, { key: item, value, offset: n, timestamp_ms: T0 });
  }
  const click = (item: string, n: number, type: 'click' | 'purchase' = 'click', user = `u${n}`) =>
    ({ v: 1, id: `${type}/${item}/${n}`, type, at_ms: T0, user, session: 's', item }) as const;
  const clicks = ITEMS.flatMap((item, n) => Array.from({ length: 10 - n }, (_, k) => click(item, k)));
  for (const [topic, record] of new Deltas().of([...clicks, click('cup', 99, 'purchase', 'anna')], T0)) {
    memory.apply(topic, 0, record);
  }
  return memory;
}

const late = (more: Partial<RankRequest> = {}, memory = shop()) => {
  const request: RankRequest = {
    ...{ v: 1, id: 'r', at_ms: T0, user: 'ben', session: 's', surface: 'home', count: 3 },
    ...more,
  };
  return RankedList.parse(answerLate(request, memory, SETTINGS, 6_000));
};
const itemsOf = (list: RankedList) => list.items.map(({ item }) => item);

describe('a request that came too late', () => {
  it('gets what is popular, marked as a fallback, and says how long it waited', () => {
    const list = late();
    expect(itemsOf(list)).toEqual(['cup', 'pot', 'jug']);
    expect(list).toMatchObject({ id: 'r', user: 'ben', arm: 'fallback', role: 'fallback', model: 'popularity' });
    expect(list).toMatchObject({ slate_propensity: 1, spent_ms: { queue: 6_000 } });
    expect(list.items.map(({ position, propensity }) => [position, propensity])).toEqual([0, 1, 2].map(at => [at, 1]));
  });

  it('has no features, and says another layout than models have, so that nobody learns from it', () => {
    const list = late();
    expect(list.items.every(({ features }) => features.length === 0)).toBe(true);
    expect(list.features_version).toBe('none');
  });

  it("has its own candidates in the shop's order, each once, without what no list may have", () => {
    const list = late({ candidates: ['bowl', 'pan', 'bowl', 'jug', 'cup', 'pot'], exclude: ['jug'], count: 2 });
    expect(itemsOf(list)).toEqual(['bowl', 'cup']);
    expect(list.removed).toEqual({ out_of_stock: 1, excluded: 1 });
  });

  it('has pins at their places, and behind all others what the user has bought', () => {
    expect(itemsOf(late({ pins: [{ item: 'bowl', position: 0 }] }))).toEqual(['bowl', 'cup', 'pot']);
    const anna = late({ user: 'anna', count: 4 });
    expect(itemsOf(anna)).toEqual(['pot', 'jug', 'bowl', 'cup']);
    expect(anna.items.at(-1)!.policy).toBe('moved down: bought lately');
  });

  it('leaves what the user has bought where he allows no personalisation, and says what he allows', () => {
    const consent = { personalisation: false, training: false };
    expect(itemsOf(late({ user: 'anna' }))).toEqual(['pot', 'jug', 'bowl']);
    const list = late({ user: 'anna', consent });
    expect([itemsOf(list), list.consent]).toEqual([itemsOf(late()), consent]);
  });

  it('sells nothing, and does not answer a search by what is popular', () => {
    expect(itemsOf(late({ surface: 'ads' }))).toEqual([]);
    expect(itemsOf(late({ surface: 'search', query: 'tea' }))).toEqual([]);
  });

  it('gets an empty list where the shop has nothing', () => {
    expect(itemsOf(late({}, new Memory()))).toEqual([]);
  });
});
