import type { Contents } from './contents.ts';
import { eachHistory, type Scorer } from './scorer.ts';

export interface ContentOptions {
  /** So many of the newest events of a history count, */
  readonly newest: number;
  /** each this times as much as the one after it. */
  readonly decay: number;
}

/**
 * Items that are described as those of the history are: the cosines of their tokens, each weighted by the logarithm of
 * how few items have it (Salton and Buckley, "Term-weighting approaches in automatic text retrieval", 1988).
 */
export function contentNeighbours(contents: Contents, { newest, decay }: ContentOptions): Scorer {
  const { most, tokens, vocabulary } = contents;
  const items = tokens.length / most;
  const weights = cosineWeights(contents);
  const itemsOf: number[][] = Array.from({ length: vocabulary }, () => []);
  for (const [at, token] of tokens.entries()) if (token > 0) itemsOf[token]!.push(at);
  const wanted = new Float32Array(vocabulary);

  return eachHistory(items, (history, row) => {
    wanted.fill(0);
    let share = 1;
    for (let event = history.length - 1; event >= Math.max(0, history.length - newest); event--) {
      const first = history[event]! * most;
      for (let at = first; at < first + most; at++) wanted[tokens[at]!]! += share * weights[at]!;
      share *= decay;
    }
    for (let token = 1; token < vocabulary; token++) {
      const weight = wanted[token]!;
      if (weight > 0) for (const at of itemsOf[token]!) row[Math.floor(at / most)]! += weight * weights[at]!;
    }
  });
}

/** The cosine of the tokens of two items, weighted likewise. */
export function contentSimilarity(contents: Contents): (a: number, b: number) => number {
  const { most, tokens } = contents;
  const weights = cosineWeights(contents);
  return (a, b) => {
    let sum = 0;
    for (let at = a * most; at < (a + 1) * most && tokens[at]! > 0; at++) {
      for (let other = b * most; other < (b + 1) * most; other++) {
        if (tokens[at] === tokens[other]) sum += weights[at]! * weights[other]!;
      }
    }
    return sum;
  };
}

/** [items, most]: of each item a vector of length 1. */
function cosineWeights({ vocabulary, most, tokens }: Contents): Float32Array {
  const items = tokens.length / most;
  const counts = new Float32Array(vocabulary);
  for (const token of tokens) counts[token]!++;
  const weights = Float32Array.from(tokens, token => (token > 0 ? Math.log(1 + items / counts[token]!) : 0));
  for (let item = 0; item < items; item++) {
    const own = weights.subarray(item * most, (item + 1) * most);
    const length = Math.hypot(...own);
    if (length > 0) for (let k = 0; k < most; k++) own[k]! /= length;
  }
  return weights;
}
