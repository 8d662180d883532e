import { describe, expect, it } from 'vitest';
import { random } from '../../../models/random.ts';
import { analyseAll, type Field, indexWords } from '../../../models/retrieval/words.ts';

const K1 = 1.2;
/** An index of documents as they are. */
function indexOf(documents: readonly Record<string, string>[], fields: Record<string, Field>, k1?: number) {
  return indexWords(analyseAll(documents, Object.keys(fields)), fields, k1);
}

const idf = (documents: number, having: number) => Math.log(1 + (documents - having + 0.5) / (having + 0.5));

describe('BM25 of one field', () => {
  const documents = [{ title: 'red lamp' }, { title: 'red red chair with lamp' }, { title: 'table' }];
  const index = indexOf(documents, { title: { weight: 1, b: 0.75 } });
  const mean = (2 + 5 + 1) / 3;
  const saturated = (count: number, length: number) => {
    const tf = count / (0.25 + (0.75 * length) / mean);
    return tf / (K1 + tf);
  };

  it('is what the formula gives by hand', () => {
    const scores = index.score('red table');
    expect(scores[0]).toBeCloseTo(idf(3, 2) * saturated(1, 2), 6);
    expect(scores[1]).toBeCloseTo(idf(3, 2) * saturated(2, 5), 6);
    expect(scores[2]).toBeCloseTo(idf(3, 1) * saturated(1, 1), 6);
    // 0.4700 * 1.2308 / 2.4308, in numbers.
    expect(scores[0]).toBeCloseTo(0.238, 4);
  });

  it('finds only what has a word of the query, best first, and as often as it is asked', () => {
    for (let time = 0; time < 2; time++) {
      const { documents, scores } = index.search('red lamps', 10);
      expect([...documents]).toEqual([0, 1]);
      expect([...scores]).toEqual([...documents].map(document => index.score('red lamp')[document]));
    }
    expect(index.search('nothing of it', 10).documents).toHaveLength(0);
    expect(index.search('red', 1).documents).toHaveLength(1);
  });

  it('takes another saturation', () => {
    const tf = 1 / (0.25 + (0.75 * 2) / mean);
    const slow = indexOf(documents, { title: { weight: 1, b: 0.75 } }, 3);
    expect(slow.score('red')[0]).toBeCloseTo((idf(3, 2) * tf) / (3 + tf), 6);
  });

  it('counts a word of the query as often as it is there', () => {
    expect(index.score('red red')[0]).toBeCloseTo(2 * index.score('red')[0]!, 6);
  });
});

describe('BM25F', () => {
  const documents = [
    { title: 'lamp', text: 'for a chair' },
    { title: 'chair', text: 'lamp lamp' },
  ];

  it('puts counts together over the fields before they saturate', () => {
    const index = indexOf(documents, { title: { weight: 2, b: 0 }, text: { weight: 1, b: 1 } });
    const first = 2 * 1;
    const second = 2 / (2 / 2.5);
    expect(index.score('lamp')[0]).toBeCloseTo((idf(2, 2) * first) / (K1 + first), 6);
    expect(index.score('lamp')[1]).toBeCloseTo((idf(2, 2) * second) / (K1 + second), 6);
    const chair = [1 / (3 / 2.5), 2];
    for (const document of [0, 1]) {
      expect(index.score('chair')[document]).toBeCloseTo((idf(2, 2) * chair[document]!) / (K1 + chair[document]!), 6);
    }
  });

  it('does not see a field without weight, nor one that no document has', () => {
    const fields = { title: { weight: 1, b: 0.5 }, text: { weight: 0, b: 0.5 }, more: { weight: 1, b: 0.5 } };
    const index = indexOf(documents, fields);
    expect([...index.score('chair')].map(score => score > 0)).toEqual([false, true]);
  });
});

it('search and score agree on random documents', () => {
  const draws = random(1);
  const text = (words: number) => Array.from({ length: words }, () => `w${'abcdefgh'[draws.below(8)]}`).join(' ');
  const documents = Array.from({ length: 200 }, () => ({
    title: text(1 + draws.below(5)),
    text: text(draws.below(9)),
  }));
  const index = indexOf(documents, { title: { weight: 2, b: 0.7 }, text: { weight: 1, b: 0.7 } });
  for (let round = 0; round < 20; round++) {
    const query = text(2);
    const scores = index.score(query);
    const order = [...scores.keys()].filter(at => scores[at]! > 0).sort((a, b) => scores[b]! - scores[a]! || a - b);
    expect([...index.search(query, 10).documents]).toEqual(order.slice(0, 10));
  }
});
