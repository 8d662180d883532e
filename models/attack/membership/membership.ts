/*
 * Membership inference: who sees a model, and an example, guesses whether the model has learned from it. By its loss alone
 * (Yeom et al., "Privacy risk in machine learning", 2018), and by the likelihood ratio of models that had it and models that
 * had not (Carlini et al., "Membership inference attacks from first principles", 2022, algorithm 1, with one variance for all,
 * as they have it where there are few shadow models).
 */

/** What models that were trained on random halves of the same examples say of each example. */
export interface Shadows {
  /** By model, [rows]: the logit of what happened: the score where it was clicked, and minus it where not. */
  confidence: readonly Float64Array[];
  /** By model, [rows]: 1 where it has learned from the row. */
  member: readonly Uint8Array[];
}

/** The logit that a ranker gives to what happened. */
export function confidenceOf(scores: ArrayLike<number>, clicked: ArrayLike<number>): Float64Array {
  return Float64Array.from(scores, (score, row) => (clicked[row] === 1 ? score : -score));
}

/** How much each row looks as if the model had learned from it: minus its loss. */
export function byLoss(confidence: Float64Array): Float64Array {
  return confidence.map(each => -Math.log1p(Math.exp(-each)));
}

/** The same: the logarithm of the ratio of both likelihoods, by all models but the target. 0 where one side has too few. */
export function byRatio({ confidence, member }: Shadows, target: number): Float64Array {
  const rows = confidence[target]!.length;
  const sums = [0, 1].map(() => ({ count: new Float64Array(rows), sum: new Float64Array(rows) }));
  for (const [model, said] of confidence.entries()) {
    if (model === target) continue;
    for (let row = 0; row < rows; row++) {
      const side = sums[member[model]![row]!]!;
      side.count[row]!++;
      side.sum[row]! += said[row]!;
    }
  }
  const [out, inside] = sums as [(typeof sums)[0], (typeof sums)[0]];
  const mean = (side: typeof out, row: number) => side.sum[row]! / side.count[row]!;
  let [squares, freedom] = [0, 0];
  for (const [model, said] of confidence.entries()) {
    if (model === target) continue;
    for (let row = 0; row < rows; row++) squares += (said[row]! - mean(sums[member[model]![row]!]!, row)) ** 2;
  }
  for (let row = 0; row < rows; row++)
    freedom += Math.max(0, out.count[row]! - 1) + Math.max(0, inside.count[row]! - 1);
  const variance = squares / Math.max(1, freedom);
  return confidence[target]!.map((said, row) => {
    if (out.count[row]! < 2 || inside.count[row]! < 2) return 0;
    return ((said - mean(out, row)) ** 2 - (said - mean(inside, row)) ** 2) / (2 * variance);
  });
}

/**
 * The sums of a guess over the rows of each group, such as a list or a user, and whether the group was learned from.
 *
 * @param groups [rows]: the number of each row's group, all of whose rows were learned from, or none
 */
export function ofGroups(
  guess: Float64Array,
  member: Uint8Array,
  groups: Int32Array,
): { guess: Float64Array; member: Uint8Array } {
  const found = new Map<number, { sum: number; is: number }>();
  for (const [row, group] of groups.entries()) {
    const sum = (found.get(group)?.sum ?? 0) + guess[row]!;
    found.set(group, { sum, is: member[row]! });
  }
  const each = [...found.values()];
  return { guess: Float64Array.from(each, ({ sum }) => sum), member: Uint8Array.from(each, ({ is }) => is) };
}

/** The share of members that is found where at most this share of the others is taken for one. */
export function foundAt(guess: Float64Array, member: Uint8Array, falseShare: number): number {
  const others = guess.filter((_, row) => member[row] === 0).sort();
  const members = guess.filter((_, row) => member[row] === 1);
  const threshold = others[others.length - 1 - Math.floor(falseShare * others.length)]!;
  return members.reduce((count, each) => count + Number(each > threshold), 0) / members.length;
}
