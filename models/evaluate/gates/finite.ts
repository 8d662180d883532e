import { type Gate, notJudged } from './gate.ts';

export const finite: Gate<'finite'> = {
  name: 'finite',
  asks: 'does it give each row a score, and a finite one?',
  evaluate({ evaluation: { rankers } }) {
    const { finite: passed } = rankers.candidate;
    const reason = passed ? 'one finite score for each row' : 'some scores are missing, or not finite numbers';
    return [notJudged('finite_scores', null, reason, passed)];
  },
};
