import { expect, it } from 'vitest';
import { drawn } from '../../../../../bench/quality/search/learned/drawn.ts';
import { type LearnedQuery, learnedScores } from '../../../../../bench/quality/search/learned/learned.ts';
import { perceptron } from '../../../../../bench/quality/search/learned/perceptron.ts';
import { random } from '../../../../../models/random.ts';
import { FLOOR } from '../../../../../models/search/search.ts';

const DEALT = { folds: 2, seeds: 1 };

/** Queries whose relevance says nothing, and whose best candidates are those that mean the same. */
function queries(count: number): LearnedQuery[] {
  const dice = random(5);
  return Array.from({ length: count }, () => {
    const fits = Array.from({ length: 60 }, () => {
      const [words, meaning, title] = [dice.uniform(), dice.uniform(), dice.uniform()];
      return { relevance: 0.6 + 0.4 * dice.uniform(), words, meaning, title };
    });
    return { fits, grades: Uint8Array.from(fits, ({ meaning }) => (meaning > 0.6 ? 3 : 0)) };
  });
}

it.each([
  ['a perceptron', perceptron, 0.8],
  ['a ranker that is drawn to relevance', drawn, 0.5],
] as const)('%s learns from the judgements of other queries what makes a candidate good', async (_, learn, least) => {
  const asked = queries(40);
  const [scores] = await learnedScores(asked, learn, DEALT);
  const hits = asked.map(({ grades }, query) => {
    const best = [...scores![query]!.keys()].sort((a, b) => scores![query]![b]! - scores![query]![a]!).slice(0, 10);
    return best.filter(at => grades[at]! > 0).length / best.length;
  });
  expect(hits.reduce((sum, each) => sum + each, 0) / hits.length).toBeGreaterThan(least); // .4 by chance
});

it.each([
  ['a perceptron', perceptron],
  ['a ranker that is drawn to relevance', drawn],
] as const)(
  "%s never learns from a query's own, and keeps what hardly fits, or was not found, behind what fits",
  async (_, learn) => {
    const asked = queries(8);
    const [first, ...others] = asked as [LearnedQuery, ...LearnedQuery[]];
    const far = { relevance: FLOOR * 0.5, words: 1, meaning: 1, title: 1 };
    const own = { fits: [...first.fits, far, undefined], grades: Uint8Array.of(...first.grades, 3, 3) };
    const other = { ...own, grades: own.grades.map(grade => 3 - grade) };
    const [one, two] = await Promise.all([own, other].map(query => learnedScores([query, ...others], learn, DEALT)));
    const [scores, again] = [one![0]![0]!, two![0]![0]!];
    expect(again).toEqual(scores);
    const [hardly, notFound] = scores.slice(-2);
    expect(hardly).toBeLessThan(Math.min(...scores.slice(0, -2)));
    expect(notFound).toBeLessThan(hardly!);
  },
);
