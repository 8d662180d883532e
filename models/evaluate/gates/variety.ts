import type { Check } from '../../../schemas/models/models.ts';
import { atLeast, type Gate, notJudged } from './gate.ts';

export const variety: Gate<'variety'> = {
  name: 'variety',
  asks: 'do the first places still show much of what there is, and unlike things beside each other?',
  evaluate({ variety }, limits) {
    if (!variety) return [];
    const { candidate, champion } = variety;
    const left = (figure: 'coverage' | 'diversity'): Check => {
      const [own, before] = [candidate[figure], champion[figure]];
      if (own === null || before === null || before === 0) {
        return notJudged(figure, limits[figure], `no ${figure} of first places to compare; not judged`);
      }
      return atLeast(
        figure,
        own / before,
        limits[figure],
        `${figure} of the first places, as a share of the champion's`,
      );
    };
    return [left('coverage'), left('diversity')];
  },
};
