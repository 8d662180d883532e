import { describe, expect, it } from 'vitest';
import { random } from '../../../../models/random.ts';
import { ProductValues } from '../../../../models/retrieval/live/product-values.ts';
import { isPersonal, LEAST_USERS, type LoggedSearch } from '../../../../models/search/learned/log.ts';
import { LearnedQueries } from '../../../../models/search/learned/queries.ts';
import { learnSuggestions } from '../../../../models/search/learned/suggestions.ts';
import { learnSynonyms } from '../../../../models/search/learned/synonyms.ts';
import { wordsIn } from '../../../../models/search/phrases.ts';

const T0 = 1_700_000_000_000;
const DAY_MS = 86_400_000;

let serial = 0;
/** One session's searches, a minute apart, each with what was clicked. */
function session(user: string, ...asked: [query: string, ...clicked: string[]][]): LoggedSearch[] {
  const id = `s${serial++}`;
  return asked.map(([query, ...clicked], n) => ({ user, session: id, at_ms: T0 + n * 60_000, query, clicked }));
}

/** The same by different users. */
function by(users: number, ...asked: [query: string, ...clicked: string[]][]): LoggedSearch[] {
  return Array.from({ length: users }, (_, n) => session(`u${n}`, ...asked)).flat();
}

const OTHERS = Array.from({ length: 60 }, (_, n) =>
  session(`o${n}`, [`thing ${'abcdefghij'[n % 10]}x`, `i${n % 10}`]),
).flat();
const pairs = async (searches: LoggedSearch[]) =>
  (await learnSynonyms(searches)).map(({ from, to }) => `${from} > ${to}`);

describe('synonyms', () => {
  it('are learned from who finds nothing by one word and clicks by another, one way', async () => {
    expect(await pairs([...OTHERS, ...by(6, ['red couch'], ['red sofa', 'sofa-1'])])).toEqual(['couch > sofa']);
  });

  it('are put together over queries that have them', async () => {
    const found = [by(2, ['red divan'], ['red sofa', 's1']), by(4, ['divans'], ['sofa', 's2'])].flat();
    const [learned] = await learnSynonyms([...OTHERS, ...found, ...session('v', ['old divan'], ['old sofa', 's3'])]);
    expect(learned).toMatchObject({ from: 'divan', to: 'sofa', users: 5 });
    expect(learned!.lift).toBeCloseTo((5 * 65) / (5 * 5));
  });

  it('are learned from queries that lead to the same products, both ways', async () => {
    const found = [by(7, ['red couch', 's1', 's2']), by(8, ['red sofa', 's1', 's2', 's3'])].flat();
    expect((await pairs([...OTHERS, ...found])).sort()).toEqual(['couch > sofa', 'sofa > couch']);
  });

  it('take enough different users, however often one tries', async () => {
    const one = Array.from({ length: 50 }, () => session('u', ['couch'], ['sofa', 's1'])).flat();
    expect(await pairs([...OTHERS, ...one])).toEqual([]);
    expect(await pairs([...OTHERS, ...by(LEAST_USERS - 1, ['couch'], ['sofa', 's1'])])).toEqual([]);
    const clicks = Array.from({ length: 50 }, (_, n) => session('u', ['couch', `s${n}`])).flat();
    expect(
      await pairs([...OTHERS, ...clicks, ...by(9, ['sofa', ...Array.from({ length: 9 }, (_, n) => `s${n}`)])]),
    ).toEqual([]);
  });

  it.each<[string, ...LoggedSearch[]]>([
    ['a query that found something itself', ...by(9, ['couch', 'c1'], ['sofa', 's1'])],
    ['numbers', ...by(9, ['iphone 12'], ['iphone 13', 'i13'])],
    ['more words of the same', ...by(9, ['shoes'], ['red shoes', 's1'])],
    ['what is typed together', ...by(9, ['leather'], ['sofa', 's1']), ...by(9, ['leather sofa', 's1'])],
    ['another need', ...by(9, ['garden table set'], ['phone case blue', 's1'])],
  ])('are not %s', async (_, ...searches) => {
    expect(await pairs([...OTHERS, ...searches])).toEqual([]);
  });

  it('are not what everybody looks for anyway', async () => {
    const everybody = Array.from({ length: 60 }, (_, n) => session(`o${n}`, ['sofa', 's1'])).flat();
    expect(await pairs([...everybody, ...by(6, ['lamp'], ['sofa', 's1'])])).toEqual([]);
  });

  it('take no notice of bounds of prices, and of who comes back later', async () => {
    expect(await pairs([...OTHERS, ...by(6, ['couch under 500'], ['sofa under 300', 's1'])])).toEqual(['couch > sofa']);
    const later = by(6, ['couch'], ['sofa', 's1']).map(search => ({
      ...search,
      at_ms: search.at_ms + (search.query === 'sofa' ? DAY_MS : 0),
    }));
    expect(await pairs([...OTHERS, ...later])).toEqual([]);
  });

  it('are the same in whatever order the searches come', async () => {
    const log = [...OTHERS, ...by(7, ['red couch'], ['red sofa', 's1'], ['settee', 's1', 's2'])];
    const { below } = random(3);
    const shuffled = log.map(each => ({ each, at: below(1e6) })).sort((a, b) => a.at - b.at);
    expect(await learnSynonyms(shuffled.map(({ each }) => each))).toEqual(await learnSynonyms(log));
  });

  it('are put for words of a query, the strongest first', () => {
    const learned = new LearnedQueries();
    learned.setSynonyms([
      { from: 'divan', to: 'sofa', users: 9, lift: 5 },
      { from: 'divan', to: 'settee', users: 9, lift: 9 },
      { from: 'cell phone', to: 'mobile', users: 9, lift: 7 },
    ]);
    const put = (query: string) => learned.rewritten(wordsIn(query), new ProductValues(), 2).map(({ text }) => text);
    expect(put('Red divans')).toEqual(['Red settee', 'Red sofa']);
    expect(put('case for cell phones')).toEqual(['case for mobile']);
    expect(put('lamp')).toEqual([]);
  });
});

describe('suggestions', () => {
  it('are what enough different users typed and found something by, as most of them write it', async () => {
    const log = [
      by(6, ['Red Teapot ', 't']),
      by(1, ['red teapots', 't']),
      by(LEAST_USERS - 1, ['rare wish', 'w']),
      by(9, ['found nothing']),
      Array.from({ length: 9 }, () => session('u', ['mine alone', 'm'])).flat(),
    ].flat();
    expect(await learnSuggestions(log, T0)).toEqual([{ query: 'red teapot', weight: 7 }]);
  });

  it('count less as they grow old', async () => {
    const old = by(5, ['old lamp', 'l']).map(search => ({ ...search, at_ms: T0 - 28 * DAY_MS }));
    expect(await learnSuggestions([...old, ...by(5, ['new lamp', 'l'])], T0)).toEqual([
      { query: 'new lamp', weight: 5 },
      { query: 'old lamp', weight: 1.25 },
    ]);
  });

  it.each([
    'anna@example.org teapot',
    'call +49 30 1234567',
    'www.example.org',
    '4111 1111 1111 1111',
    'order 2024-1234567',
  ])('are nothing personal: %s', async query => {
    expect(isPersonal(query)).toBe(true);
    expect(await learnSuggestions(by(99, [query, 't']), T0)).toEqual([]);
  });

  it('may have numbers of models', () => {
    for (const query of ['iphone 12', 'ddr4-2666', '006R90321', 'hp 301 xl', '15.6 inch laptop']) {
      expect(isPersonal(query)).toBe(false);
    }
  });

  it('complete what is typed: the weightiest first, then what has a word that begins so', () => {
    const learned = new LearnedQueries();
    learned.setSuggestions([
      { query: 'blue laptop', weight: 99 },
      { query: 'laptop sleeve', weight: 3 },
      { query: 'laptop', weight: 9 },
      { query: 'läppli', weight: 1 },
    ]);
    expect(learned.suggest('La', 9)).toEqual(['laptop', 'laptop sleeve', 'läppli', 'blue laptop']);
    expect(learned.suggest('lapt', 2)).toEqual(['laptop', 'laptop sleeve']);
    expect(learned.suggest('laptop', 9)).toEqual(['laptop sleeve', 'blue laptop']);
    expect(learned.suggest('aptop', 9)).toEqual([]);
    expect(learned.suggest(' ', 9)).toEqual([]);
  });
});
