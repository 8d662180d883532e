import { atLeast, type Gate } from './gate.ts';

export const parity: Gate<'parity'> = {
  name: 'parity',
  asks: 'does a compressed model order as the one that it was made from?',
  evaluate: ({ parity }, { rank_correlation }) =>
    parity
      ? [
          atLeast(
            'parity',
            parity.rank_correlation,
            rank_correlation,
            'rank correlation with the model as it was trained',
          ),
        ]
      : [],
};
