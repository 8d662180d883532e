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
});
