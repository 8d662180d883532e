import { atMost, type Gate, notJudged } from './gate.ts';

export const consistency: Gate<'consistency'> = {
  name: 'consistency',
  asks: 'were the features that it learned from what their declarations say?',
  evaluate({ consistency }, { disagreement, values }) {
    if (!consistency) return [];
    const { compared, different, overtaken = 0 } = consistency;
    const but =
      overtaken > 0 ? ` (${overtaken} checks between an erasure and the rebuild behind it are not counted)` : '';
    if (compared < values) {
      const reason = `${compared} values of features were compared while the examples came${but}; ${values} are needed to judge`;
      return [notJudged('features_agree', disagreement, reason)];
    }
    const what = `of ${compared} values as served, the share that the declared SQL makes otherwise${but}`;
    return [atMost('features_agree', different / compared, disagreement, what)];
  },
};
