/**
 * The vocabulary that graphs are written in, read as `import * as f from '.../functions.ts'`: a function for each
 * operation of the table, and what is put together from them. A file for each family, as in ops/.
 */
export * from './functions/activations.ts';
export * from './functions/attention.ts';
export * from './functions/convolution.ts';
export * from './functions/dropout.ts';
export * from './functions/einsum.ts';
export * from './functions/elementwise.ts';
export * from './functions/indexing.ts';
export * from './functions/layout.ts';
export * from './functions/logic.ts';
export * from './functions/matrix.ts';
export * from './functions/normalisation.ts';
export type { Operand } from './functions/operand.ts';
export * from './functions/reductions.ts';
