import type { Scorer } from './scorer.ts';

/** One voice of a blend: its scores, brought to a scale on which they can be added to those of others. */
export interface Part {
  readonly scorer: Scorer;
  readonly scaled: (row: Float32Array) => void;
}

/** Several scorers as one: the weighted sum of their scaled scores. */
export function blend(parts: readonly Part[], weights: readonly number[]): Scorer {
  const { items } = parts[0]!.scorer;
  return {
    items,
    score: async (histories, into) => {
      const rows = await scaledScores(parts, histories);
      into.fill(0);
      for (const [place, row] of rows.entries()) {
        const weight = weights[place]!;
        for (let k = 0; k < into.length; k++) into[k]! += weight * row[k]!;
      }
    },
  };
}

/** Of each part the scaled scores [histories, items]. */
export async function scaledScores(parts: readonly Part[], histories: readonly Int32Array[]): Promise<Float32Array[]> {
  const all: Float32Array[] = [];
  for (const { scorer, scaled } of parts) {
    const scores = new Float32Array(histories.length * scorer.items);
    await scorer.score(histories, scores);
    for (let at = 0; at < scores.length; at += scorer.items) scaled(scores.subarray(at, at + scorer.items));
    all.push(scores);
  }
  return all;
}

/** The greatest is 1: for scores that are 0 where nothing is known. */
export function toTop(row: Float32Array): void {
  let top = 0;
  for (const score of row) top = Math.max(top, score);
  if (top > 0) for (let k = 0; k < row.length; k++) row[k]! /= top;
}

/** Standard deviations above the mean: for scores that say something of every item. */
export function toDeviations(row: Float32Array): void {
  let [sum, squares] = [0, 0];
  for (const score of row) {
    sum += score;
    squares += score * score;
  }
  const mean = sum / row.length;
  const deviation = Math.sqrt(Math.max(squares / row.length - mean * mean, 0));
  for (let k = 0; k < row.length; k++) row[k] = deviation > 0 ? (row[k]! - mean) / deviation : 0;
}
