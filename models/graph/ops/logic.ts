import * as f from '../functions.ts';
import type { Dtype } from '../tensor.ts';
import { type Call, mismatch, type Rows } from './row.ts';
import { broadcast } from './rules/shapes.ts';

const truth = (): Dtype => 'bool';
const comparison = {
  arity: [2, 2],
  takes: 'number',
  shape: ({ a, b }: Call) => broadcast(a.shape, b.shape),
  dtype: truth,
} as const;
const connective = {
  ...comparison,
  takes: 'any',
  dtype: ({ a }: Call) => (a.dtype === 'bool' ? a.dtype : mismatch('truth values', a.dtype)),
} as const;

/** Comparisons, what is made of their answers, and the choice by them. */
export const LOGIC: Rows = {
  Equal: { ...comparison, takes: 'any' },
  Greater: comparison,
  GreaterOrEqual: comparison,
  Less: comparison,
  LessOrEqual: comparison,
  IsNaN: { arity: [1, 1], takes: 'float', shape: ({ a }) => a.shape, dtype: truth },
  And: connective,
  Or: connective,
  Xor: connective,
  Not: { ...connective, arity: [1, 1], shape: ({ a }) => a.shape },
  Where: {
    note: 'not among truth values, for which ONNX Runtime has none',
    arity: [3, 3],
    takes: 'number',
    operands: [1, 2],
    shape: ({ a, b, c }) => broadcast(a.shape, b.shape, c.shape),
    dtype: ({ a, b }) => (a.dtype === 'bool' ? b.dtype : mismatch('a condition of bool', a.dtype)),
    gradient: ({ a, dy }) => [null, f.where(a, dy, 0), f.where(a, 0, dy)],
  },
};
