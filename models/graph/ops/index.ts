import { ACTIVATIONS } from './activations.ts';
import { CONTROL } from './control.ts';
import { CONVOLUTION } from './convolution.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { LOGIC } from './logic.ts';
import { MATRIX } from './matrix.ts';
import { NORMALISATION } from './normalisation.ts';
import { INDEXING } from './placement/indexing.ts';
import { LAYOUT } from './placement/layout.ts';
import { SLICING } from './placement/slicing.ts';
import { POOLING } from './pooling.ts';
import { QUANTISATION } from './quantisation.ts';
import { REDUCTIONS } from './reductions.ts';
import type { Rows } from './row.ts';

/** The operations by what they do. */
export const FAMILIES = {
  Arithmetic: ELEMENTWISE,
  Activations: ACTIVATIONS,
  Logic: LOGIC,
  'Products of matrices': MATRIX,
  Reductions: REDUCTIONS,
  Normalisation: NORMALISATION,
  'Shape and order': LAYOUT,
  'Parts and margins': SLICING,
  Indexing: INDEXING,
  Convolution: CONVOLUTION,
  Pooling: POOLING,
  'Graphs within graphs': CONTROL,
  'Eight bits': QUANTISATION,
} satisfies Record<string, Rows>;

/**
 * Every operation that a graph may contain: a row says what it takes, what comes out, and how gradients go back.
 * Names, inputs and attributes are those of ONNX, operator set 18. A new operation is a row in the file of its family,
 * a function in functions/, and a line in test/models/graph/gradients/; `npm run docs:ops` puts it
 * into docs/ops.md.
 */
export const OPS: Rows = Object.fromEntries(Object.values(FAMILIES).flatMap(rows => Object.entries(rows)));
