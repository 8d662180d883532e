/** What bench/language/reference.py tells of logits: the greatest ones, and of all of them two figures. */
export interface Logits {
  ids: number[];
  logits: number[];
  mean: number;
  deviation: number;
}

/** How far logits are from those of the reference, at most. */
export function farthest(logits: Float32Array, reference: Logits): number {
  const mean = logits.reduce((sum, each) => sum + each, 0) / logits.length;
  const deviation = Math.sqrt(logits.reduce((sum, each) => sum + (each - mean) ** 2, 0) / logits.length);
  return Math.max(
    ...reference.ids.map((id, n) => Math.abs(logits[id]! - reference.logits[n]!)),
    Math.abs(mean - reference.mean),
    Math.abs(deviation - reference.deviation),
  );
}
