import { expect, it } from 'vitest';
import { DEFAULT_POLICIES } from '../../../schemas/policies/policy.ts';
import { RankedList, type RankRequest } from '../../../schemas/topics/ranking.ts';
import { answerLate } from '../../../streams/scorer/late.ts';
import { LateLists } from '../../../streams/scorer/late-records.ts';
import { Memory } from '../../../streams/scorer/memory/memory.ts';
import { Deltas } from '../../sim/deltas.ts';

const T0 = 1_700_000_000_000;
const ITEMS = ['cup', 'pot "blue"', 'pan', 'jug', 'bowl'];
const HOME = { ...DEFAULT_POLICIES.home, pins: [{ item: 'bowl', position: 1 }], exclude: ['jug'] };
const SETTINGS = { exploration: 0.5, control: 0.5, policies: { ...DEFAULT_POLICIES, home: HOME } };

function setProduct(memory: Memory, item: string, available = true, offset = 0): void {
  const product = { v: 1, item, at_ms: T0, title: item, category: 'c', available };
  const value = Buffer.from(JSON.stringify(product));
  memory.apply('shop.catalogue', 0, { key: item, value, offset, timestamp_ms: T0 });
}

/** The items' popularity is in this order; anna has bought the cup, eve has looked at it, which moves nothing. */
function shop(deltas = new Deltas()): Memory {
  const memory = new Memory();
  for (const [n, item] of ITEMS.entries()) setProduct(memory, item, true, n);
  const did = (type: 'click' | 'purchase' | 'view', item: string, user: string) =>
    ({ v: 1, id: `${type}/${item}/${user}`, type, at_ms: T0, user, session: 's', item }) as const;
  const clicks = ITEMS.flatMap((item, n) => Array.from({ length: 9 - n }, (_, k) => did('click', item, `u${k}`)));
  const deeds = [did('purchase', 'cup', 'anna'), did('view', 'cup', 'eve')];
  for (const [topic, record] of deltas.of([...clicks, ...deeds], T0)) memory.apply(topic, 0, record);
  return memory;
}

const request = (more: Partial<RankRequest> = {}): RankRequest => {
  return { v: 1, id: 'r', at_ms: T0, user: 'ben', session: 's', surface: 'home', count: 3, ...more };
};
const itemsOf = (record: string) => RankedList.parse(JSON.parse(record)).items.map(({ item }) => item);

it.each([
  ['nothing of its own', {}],
  ['another length', { count: 2 }],
  ['a user who bought what is popular', { user: 'anna' }],
  ['one who allows nothing', { user: 'anna', consent: { personalisation: false, training: false } }],
  ['candidates', { candidates: ['pan', 'cup'] }],
  ['pins and exclusions', { pins: [{ item: 'pan', position: 0 }], exclude: ['cup'] }],
  ['a search', { surface: 'search', query: 'a "blue" pot' }],
  ['ads', { surface: 'ads' }],
  ['letters that JSON escapes', { id: '"\\', session: '\n' }],
] satisfies [string, Partial<RankRequest>][])(
  'a request with %s gets the record that is made for it alone',
  (_, more) => {
    const memory = shop();
    const lates = new LateLists(memory, SETTINGS);
    for (const [id, queue_ms] of [
      ['first', 6_000],
      ['second', 7_001],
    ] as const) {
      const asked = request({ id, ...more });
      expect(lates.recordFor(asked, queue_ms)).toBe(JSON.stringify(answerLate(asked, memory, SETTINGS, queue_ms)));
    }
  },
);

it('who only looked at what is popular gets what all others get', () => {
  const memory = shop();
  const lates = new LateLists(memory, SETTINGS);
  const eve = lates.recordFor(request({ user: 'eve' }), 6_000);
  expect(eve).toBe(lates.recordFor(request(), 6_000).replace('"ben"', '"eve"'));
});

it('a product that goes is on no list from then on', () => {
  const memory = shop();
  const lates = new LateLists(memory, SETTINGS);
  expect(itemsOf(lates.recordFor(request(), 6_000, T0))).toEqual(['cup', 'bowl', 'pot "blue"']);
  setProduct(memory, 'cup', false, ITEMS.length);
  expect(itemsOf(lates.recordFor(request(), 6_000, T0))).toEqual(['pot "blue"', 'bowl', 'pan']);
});

it('what becomes popular is on lists a second later', () => {
  const deltas = new Deltas();
  const memory = shop(deltas);
  const lates = new LateLists(memory, SETTINGS);
  const first = itemsOf(lates.recordFor(request(), 6_000, T0));
  const clicks = Array.from({ length: 30 }, (_, n) => {
    return { v: 1, id: `late/${n}`, type: 'click', at_ms: T0, user: `v${n}`, session: 's', item: 'pan' } as const;
  });
  for (const [topic, record] of deltas.of(clicks, T0)) memory.apply(topic, 0, record);
  expect(itemsOf(lates.recordFor(request(), 6_000, T0 + 999))).toEqual(first);
  expect(itemsOf(lates.recordFor(request(), 6_000, T0 + 1_000))[0]).toBe('pan');
});
