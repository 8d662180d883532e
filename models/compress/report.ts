import { encode } from '../graph/file/encode.ts';
import type { Graph, Tensor } from '../graph/tensor.ts';

/** A smaller graph with the same inputs and outputs, and what was done to it. */
export interface Compressed {
  readonly graph: Graph;
  readonly report: CompressionReport;
}

export interface CompressionReport {
  /** Sizes of the ONNX files. */
  readonly bytes: { readonly before: number; readonly after: number };
  /** How many weights were changed, and how many there are. */
  readonly weights: { readonly touched: number; readonly all: number };
  /** Names of the constants whose weights those are. */
  readonly tensors: readonly string[];
}

/** Of what was done to constants of a graph. */
export function compressed(before: Graph, after: Graph, touched: ReadonlySet<Tensor>, weights?: number): Compressed {
  const all = before.tensors.filter(isWeight);
  return {
    graph: after,
    report: {
      bytes: { before: encode(before).length, after: encode(after).length },
      weights: { touched: weights ?? elementsOf([...touched]), all: elementsOf(all) },
      tensors: [...touched].map(nameOf),
    },
  };
}

/** A constant that was learned, or could have been. */
export function isWeight({ dtype, origin }: Tensor): boolean {
  return dtype === 'float32' && origin.kind === 'constant';
}

/** Whether a constant is one of those that are meant: all, where nothing is said. */
export function isMeant(tensor: Tensor, patterns: readonly RegExp[] = [/^/]): boolean {
  return patterns.some(pattern => pattern.test(nameOf(tensor)));
}

export function nameOf({ origin }: Tensor): string {
  return origin.kind === 'constant' ? (origin.name ?? '') : '';
}

export function elementsOf(constants: readonly Tensor[]): number {
  return constants.reduce((sum, { origin }) => sum + (origin.kind === 'constant' ? origin.data.length : 0), 0);
}
