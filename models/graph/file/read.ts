import type { Attributes, Tensor } from '../tensor.ts';

/** A node of a file, its inputs read. */
export interface Read {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly Tensor[];
  readonly attributes: Attributes;
  /** Attributes that are tensors. */
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** How many outputs the file names. */
  readonly outputs: number;
}

/** What a node of a form that ops/ does not write down computes, in forms that it does. */
export type Rewrite = (node: Read) => Outputs;

/** A node's outputs; undefined stands for one that is not computed. */
export type Outputs = readonly (Tensor | undefined)[];

/** How one form of some operations is said in those of ops/. */
export interface Row {
  ops: readonly string[];
  /** The operator set from which on files have the form of today; where it is not said, none of them does. */
  before?: number;
  /** How many inputs there have to be: 1 if not said. */
  least?: number;
  rewrite: Rewrite;
}
