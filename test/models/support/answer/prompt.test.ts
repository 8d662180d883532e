import { describe, expect, it } from 'vitest';
import { statementsIn } from '../../../../models/support/answer/prompt.ts';
import type { Passage } from '../../../../models/support/passages/passage.ts';

const PASSAGES: Passage[] = [
  { id: 'policy:a', kind: 'policy', title: 'A', sentences: ['One.'] },
  { id: 'policy:b', kind: 'policy', title: 'B', sentences: ['Two.'] },
];

describe('what a language model says', () => {
  it('is nothing where it says so', () => {
    expect(statementsIn('NONE', PASSAGES)).toEqual([]);
    expect(statementsIn(' "NONE." ', PASSAGES)).toEqual([]);
  });

  it('cites all sources where it names none, and none that is not there', () => {
    expect(statementsIn('So it is.', PASSAGES)).toEqual([{ text: 'So it is.', sources: ['policy:a', 'policy:b'] }]);
    expect(statementsIn('So it is [7] [2].', PASSAGES)).toEqual([{ text: 'So it is.', sources: ['policy:b'] }]);
  });

  it('is what it quotes, where it says no more', () => {
    const texts = (text: string) => statementsIn(text, PASSAGES).map(each => each.text);
    expect(texts('The answer is: "So it is." [2]')).toEqual(['So it is.']);
    expect(texts('“So it is.”')).toEqual(['So it is.']);
    expect(texts('It is "so", and "so".')).toEqual(['It is "so", and "so".']);
    expect(texts('The "best" kettle is red.')).toEqual(['The "best" kettle is red.']);
  });
});
