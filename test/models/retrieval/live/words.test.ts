import { describe, expect, it } from 'vitest';
import { random } from '../../../../models/random.ts';
import { analyse } from '../../../../models/retrieval/analyse.ts';
import { LiveWords } from '../../../../models/retrieval/live/words.ts';
import { analyseAll, indexWords } from '../../../../models/retrieval/words.ts';

const FIELDS = { title: { weight: 2, b: 0.7 }, brand: { weight: 1, b: 0.3 }, text: { weight: 0.5, b: 0.8 } };
type Document = Partial<Record<keyof typeof FIELDS, string>>;

const { below } = random(3);
const WORDS = Array.from({ length: 60 }, (_, n) => `word${n}x`);
const words = (most: number) =>
  Array.from({ length: 1 + below(most) }, () => WORDS[Math.floor((below(60) * below(60)) / 60)]).join(' ');
const made = (): Document => ({ title: words(6), text: words(20), ...(below(2) === 0 ? { brand: words(1) } : {}) });

/** What an index that is made at once finds, by the same names. */
function madeAtOnce(documents: ReadonlyMap<string, Document>) {
  const index = indexWords(analyseAll([...documents.values()], ['title', 'brand', 'text']), FIELDS);
  const names = [...documents.keys()];
  return (query: string) => {
    const scores = index.score(query);
    return new Map(names.flatMap((name, place) => (scores[place]! > 0 ? [[name, scores[place]!] as const] : [])));
  };
}

function expectAlike(live: LiveWords<keyof typeof FIELDS>, documents: ReadonlyMap<string, Document>, digits: number) {
  const other = madeAtOnce(documents);
  for (let n = 0; n < 20; n++) {
    const query = words(4);
    const found = live.search(query, 10_000);
    const wanted = other(query);
    expect(new Set(found.items)).toEqual(new Set(wanted.keys()));
    for (const [place, item] of found.items.entries()) {
      expect(found.scores[place]!).toBeCloseTo(wanted.get(item)!, digits);
    }
    expect([...found.scores]).toEqual([...found.scores].sort((a, b) => b - a));
  }
}

describe('words of documents that come and go', () => {
  it('score as an index that is made at once', () => {
    const documents = new Map(Array.from({ length: 1_000 }, (_, n) => [`d${n}`, made()]));
    const live = new LiveWords(FIELDS);
    for (const [name, document] of documents) live.set(name, document);
    expectAlike(live, documents, 4);
  });

  it('still do after documents changed, went and came back, as far as mean lengths are known to one per cent', () => {
    const documents = new Map(Array.from({ length: 400 }, (_, n) => [`d${n}`, made()]));
    const live = new LiveWords(FIELDS);
    for (const [name, document] of documents) live.set(name, document);
    for (let step = 0; step < 1_500; step++) {
      const name = `d${below(500)}`;
      if (below(3) === 0) {
        live.delete(name);
        documents.delete(name);
      } else {
        const document = made();
        live.set(name, document);
        live.set(name, document);
        documents.set(name, document);
      }
      if (step % 100 === 0) live.search(words(3), 5);
    }
    expect(live.size).toBe(documents.size);
    expectAlike(live, documents, 1);
  });

  it('find nothing where there is nothing, and no more than asked for', () => {
    const live = new LiveWords(FIELDS);
    expect(live.search('red', 5).items).toEqual([]);
    live.set('a', { title: 'red lamps' });
    live.set('b', { title: 'a lamp', text: 'not red' });
    expect(live.search('Red LAMP', 1).items).toEqual(['a']);
    expect(live.search('...', 5).items).toEqual([]);
    live.delete('a');
    live.delete('b');
    expect(live.search('red', 5).items).toEqual([]);
  });

  it('count the share of the query that a document has, where that is asked for', () => {
    const live = new LiveWords({ title: { weight: 1, b: 0 } });
    live.set('both', { title: 'red lamp with a shade' });
    live.set('one', { title: 'red red red red' });
    live.set('none', { title: 'green chair' });
    const score = (item: string, coverage: number) => {
      const { items, scores } = live.search('red lamp', 9, { coverage });
      return scores[items.indexOf(item)]!;
    };
    expect(score('both', 2)).toBeCloseTo(score('both', 0), 6);
    const idf = (having: number) => Math.log(1 + (3.5 - having) / (having + 0.5));
    const share = idf(2) / (idf(2) + idf(1));
    expect(score('one', 2) / score('one', 0)).toBeCloseTo(share ** 2, 6);
  });

  it('give the scores of items that are named, too', () => {
    const live = new LiveWords(FIELDS);
    live.set('a', { title: 'red lamp' });
    live.set('b', { title: 'red' });
    live.set('c', { title: 'green' });
    const also = Int32Array.from(['c', 'b', 'a'], item => live.slotOf(item)!);
    const { items, scores } = live.search('red lamp', 1, { also });
    expect(items).toEqual(['a', 'c', 'b']);
    expect(scores[1]).toBe(0);
    expect(scores[2]).toBeGreaterThan(0);
  });

  it('find the same where frequent words are added to the best alone', () => {
    const draws = random(8);
    const live = new LiveWords({ title: { weight: 2, b: 0.7 } });
    const often = ['of', 'steel', 'set'].map((word, n) => ({ word, share: 2 + n }));
    for (let n = 0; n < 9_000; n++) {
      const frequent = often.flatMap(({ word, share }) => (draws.below(share) === 0 ? [word] : []));
      live.set(`d${n}`, { title: [...frequent, ...Array.from({ length: 2 }, () => `w${draws.below(40)}`)].join(' ') });
    }
    const isFound = (slot: number) => slot % 3 === 0;
    const also = Int32Array.from({ length: 50 }, (_, n) => 31 * n);
    for (const query of ['w3 of', 'set w1 steel of', 'w1 w2 set', 'of steel', 'w4 w4 of of', 'of']) {
      for (const options of [{}, { isFound }, { also, isFound }, { also, coverage: 0 }]) {
        const asked = { k1: 0.8, coverage: 1, matching: true, ...options };
        const { items, scores, matching } = live.search(query, 30, asked);
        const told = new Set(matching);
        const all = live.search(query, 9_000, asked); // of so many nobody can be settled
        const scoreOf = new Map(all.items.map((item, place) => [item, all.scores[place]!]));
        expect(items.slice(0, 30)).toEqual(all.items.slice(0, 30));
        for (const [place, item] of items.entries()) expect(scores[place]).toBeCloseTo(scoreOf.get(item) ?? 0, 5);
        expect(told).toEqual(new Set(all.matching));
      }
    }
  });

  it('tell the share of the query in a field, as documents come, change and go, whatever other fields have', () => {
    const live = new LiveWords(FIELDS);
    const documents = new Map<string, Document>();
    for (let step = 0; step < 1_200; step++) {
      const name = `d${below(200)}`;
      if (below(3) === 0) {
        live.delete(name);
        documents.delete(name);
      } else {
        documents.set(name, made());
        live.set(name, documents.get(name)!);
      }
      if (step % 40 > 0 || documents.size === 0) continue;
      const names = [...documents.keys()].reverse();
      const slots = Int32Array.from(names, each => live.slotOf(each)!);
      const [query, other] = [`${words(4)} nowhere`, words(3)];
      const { sharesIn } = live.search(query, 5, { rewritten: { texts: [other], share: 0.6 }, isRespelt: false });
      for (const field of ['title', 'brand'] as const) {
        const shares = sharesIn(field, slots);
        for (const [place, each] of names.entries()) {
          const own = new Set(analyse(documents.get(each)![field] ?? ''));
          const shareOf = (text: string) => {
            const terms = [...new Set(analyse(text))];
            return terms.filter(term => own.has(term)).length / terms.length;
          };
          expect(shares[place]).toBeCloseTo(Math.max(shareOf(query), 0.6 * shareOf(other)), 6);
        }
      }
    }
  });

  it('tell no share of a query without words, nor in a field without a weight; a misspelt word is what it is taken for', () => {
    const live = new LiveWords({ title: { weight: 1, b: 0 }, text: { weight: 0, b: 0 } });
    live.set('a', { title: 'red printer', text: 'red' });
    const slots = Int32Array.of(live.slotOf('a')!);
    expect([...live.search('...', 5).sharesIn('title', slots)]).toEqual([0]);
    expect([...live.search('red', 5).sharesIn('text', slots)]).toEqual([0]);
    expect([...live.search('red pritner', 5).sharesIn('title', slots)]).toEqual([1]);
  });

  it('tell how much of the query is in none of them, nor what it may have been meant to be, nor in other words', () => {
    const live = new LiveWords({ title: { weight: 1, b: 0 } });
    live.set('a', { title: 'red printer' });
    const unknown = (query: string, ...texts: string[]) =>
      live.search(query, 5, { rewritten: { texts, share: 0.6 } }).unknown;
    expect(unknown('red pritner')).toBe(0);
    expect(unknown('imprimante red')).toBe(0.5);
    expect(unknown('imprimante red', 'imprimante ancienne rouge', 'printer red')).toBe(0);
    expect(unknown('...')).toBe(0);
    live.delete('a');
    expect(unknown('red')).toBe(1);
  });

  it('keep their slots while texts change', () => {
    const live = new LiveWords(FIELDS);
    live.set('a', { title: 'red lamp' });
    live.set('b', { title: 'red' });
    const { moves } = live;
    const slot = live.slotOf('a');
    live.set('a', { title: 'blue lamp' });
    expect([live.slotOf('a'), live.moves]).toEqual([slot, moves]);
    expect(live.search('red', 5).items).toEqual(['b']);
    live.delete('a');
    live.set('c', { title: 'blue' });
    expect(live.moves).toBe(moves + 2);
    expect(live.search('blue', 5).items).toEqual(['c']);
  });

  it('leave out fields without a weight', () => {
    const live = new LiveWords({ title: { weight: 1, b: 0.7 }, text: { weight: 0, b: 0.7 } });
    live.set('a', { title: 'red lamp', text: 'green green' });
    expect(live.search('green', 5).items).toEqual([]);
    expect(live.search('lamp green red', 5).items).toEqual(['a']);
  });

  it('count a word once more than 255 times as 255', () => {
    const live = new LiveWords(FIELDS);
    live.set('a', { text: 'x '.repeat(300) });
    live.set('b', { text: 'y '.repeat(300) });
    expect(live.search('x', 5).items).toEqual(['a']);
  });

  it('take a word that no document has for the most frequent one that it may have been meant to be', () => {
    const live = new LiveWords(FIELDS);
    live.set('a', { title: 'laser printer' });
    live.set('b', { title: 'photo printer' });
    live.set('c', { title: 'pointer' });
    expect(live.search('prointer', 5).items.toSorted()).toEqual(['a', 'b']);
    expect(live.search('laser pritner', 1).items).toEqual(['a']);
    live.delete('a');
    live.delete('b');
    expect(live.search('prointer', 5).items).toEqual(['c']);
    expect(live.search('pritner', 5).items).toEqual([]);
  });
});
