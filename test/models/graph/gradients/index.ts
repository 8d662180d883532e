import { ACTIVATIONS } from './activations.ts';
import type { Cases } from './case.ts';
import { COMPOSED } from './composed.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { INDEXING } from './indexing.ts';
import { LAYOUT } from './layout.ts';
import { LOGIC } from './logic.ts';
import { LOSSES } from './losses.ts';
import { MATRIX } from './matrix.ts';
import { NORMALISATION } from './normalisation.ts';
import { REDUCTIONS } from './reductions.ts';
import { WINDOWS } from './windows.ts';

/** A line for each operation, and for each form in which its gradient is another one. */
export const CASES: Cases = {
  ...ELEMENTWISE,
  ...ACTIVATIONS,
  ...LOGIC,
  ...MATRIX,
  ...REDUCTIONS,
  ...NORMALISATION,
  ...LAYOUT,
  ...INDEXING,
  ...WINDOWS,
  ...LOSSES,
  ...COMPOSED,
};
