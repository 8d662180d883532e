import { describe, expect, it } from 'vitest';
import { random } from '../../../../models/random.ts';
import { mostProbable } from '../../../../models/support/intent/classifier.ts';
import { termsOf } from '../../../../models/support/intent/terms.ts';
import { classifyWords, trainWords } from '../../../../models/support/intent/words.ts';

const SUBJECTS = [
  ['refund', 'money', 'return'],
  ['parcel', 'delivery', 'shipping'],
  ['password', 'login', 'account'],
];
const FILLERS = ['please help with the', 'question about my', 'what happens to the', 'i need the', 'when is the'];

function made(seed: number, count: number): { texts: string[]; labels: Int32Array } {
  const { below } = random(seed);
  const labels = Int32Array.from({ length: count }, () => below(SUBJECTS.length));
  const texts = Array.from(labels, label => `${FILLERS[below(5)]} ${SUBJECTS[label]![below(3)]}`);
  return { texts, labels };
}

describe('terms', () => {
  it('are words, pairs of them, and runs of letters that know the ends of words', () => {
    const { words, letters } = termsOf("I can't PAY");
    expect(words).toEqual(['i', "can't", 'pay', "i can't", "can't pay"]);
    expect(letters).toContain(' pay ');
    expect(letters).toContain('ay ');
  });
});

describe('a classifier by words', () => {
  const learn = made(1, 120);
  const test = made(2, 200);

  it('tells what it has not seen, with probabilities', () => {
    const classifier = trainWords(learn.texts, learn.labels, 3, { seed: 1 });
    const found = classifyWords(classifier, test.texts);
    const best = mostProbable(found, 3);
    expect(best.filter((each, row) => each === test.labels[row]).length / 200).toBeGreaterThan(0.97);
    for (let row = 0; row < 200; row++) {
      expect(found[row * 3]! + found[row * 3 + 1]! + found[row * 3 + 2]!).toBeCloseTo(1, 5);
    }
    // Misspelt, it still has most of its letters.
    expect(mostProbable(classifyWords(classifier, ['help with the pasword']), 3)[0]).toBe(2);
  });

  it('is the same for the same texts and seed', () => {
    const [one, other] = [1, 1].map(seed => trainWords(learn.texts, learn.labels, 3, { seed, epochs: 3 }));
    expect(one!.weights).toEqual(other!.weights);
  });

  it('finds no class more likely than another in a text of which it knows nothing', () => {
    const classifier = trainWords(learn.texts, learn.labels, 3, { seed: 1, epochs: 2 });
    expect([...classifyWords(classifier, ['寒い'])]).toEqual([1 / 3, 1 / 3, 1 / 3].map(Math.fround));
  });
});
