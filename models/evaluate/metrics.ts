/*
 * How good scores are. Labels are 0 or 1, scores and labels are of one length, and all scores are finite.
 * A metric is null where it has no meaning, such as the AUC of rows without a click.
 */

/** The indices of scores, greatest first; a fixed order for what is measured again and again. */
export function descending(scores: Float32Array): Uint32Array {
  const order = Uint32Array.from(scores, (_, row) => row);
  return order.sort((a, b) => scores[b]! - scores[a]! || a - b);
}

/**
 * The probability that a clicked row has a greater score than one that was not clicked, ties counted by half
 * (Hanley and McNeil, "The meaning and use of the area under a ROC curve", 1982), in [0, 1].
 *
 * @param order `descending(scores)`
 * @param weightOf how often a row counts; once, where it is not given
 */
export function auc(
  scores: Float32Array,
  labels: Uint8Array,
  order = descending(scores),
  weightOf: (row: number) => number = () => 1,
): number | null {
  let [clicked, others, wins] = [0, 0, 0];
  for (let start = 0; start < order.length; ) {
    const score = scores[order[start]!]!;
    let [clickedHere, othersHere] = [0, 0];
    let end = start;
    for (; end < order.length && scores[order[end]!] === score; end++) {
      const row = order[end]!;
      if (labels[row] === 1) clickedHere += weightOf(row);
      else othersHere += weightOf(row);
    }
    wins += othersHere * (clicked + clickedHere / 2);
    clicked += clickedHere;
    others += othersHere;
    start = end;
  }
  return clicked === 0 || others === 0 ? null : wins / (clicked * others);
}

/** The mean of -log p(label), in nats, of scores that are logits. */
export function logLoss(logits: Float32Array, labels: Uint8Array): number | null {
  let total = 0;
  for (const [row, logit] of logits.entries()) {
    total += Math.max(logit, 0) - logit * labels[row]! + Math.log1p(Math.exp(-Math.abs(logit)));
  }
  return logits.length === 0 ? null : total / logits.length;
}

/**
 * Expected calibration error: how far predicted and observed click rates lie apart, over bins of as many rows each
 * (Naeini, Cooper and Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", AAAI 2015).
 */
export function calibrationError(logits: Float32Array, labels: Uint8Array, bins = 10): number | null {
  const order = descending(logits);
  let error = 0;
  for (let bin = 0; bin < bins; bin++) {
    let gap = 0;
    const end = Math.round(((bin + 1) * order.length) / bins);
    for (let at = Math.round((bin * order.length) / bins); at < end; at++) {
      const row = order[at]!;
      gap += 1 / (1 + Math.exp(-logits[row]!)) - labels[row]!;
    }
    error += Math.abs(gap);
  }
  return order.length === 0 ? null : error / order.length;
}

/**
 * Normalised discounted cumulative gain of one list (Jarvelin and Kekalainen, "Cumulated gain-based evaluation of IR
 * techniques", 2002) with gain 2^label - 1 (Burges et al., "Learning to rank using gradient descent", ICML 2005), its
 * expectation over the orders of tied scores (McSherry and Najork, "Computing information retrieval performance measures
 * efficiently in the presence of tied scores", 2008): else a constant score would inherit the order in which the list
 * was logged.
 *
 * @param labels grades of relevance, or 1 for what was clicked
 * @returns in [0, 1], or null where nothing is relevant
 */
export function ndcg(scores: Float32Array, labels: Uint8Array, k = 10): number | null {
  const discountOf = (rank: number) => (rank < k ? 1 / Math.log2(rank + 2) : 0);
  const gainOf = (label: number) => 2 ** label - 1;
  const ideal = labels
    .toSorted((a, b) => b - a)
    .subarray(0, k)
    .reduce((sum, label, rank) => sum + gainOf(label) * discountOf(rank), 0);
  let gain = 0;
  for (const { first, rows } of ties(scores)) {
    if (first >= k) break;
    const gained = rows.reduce((sum, row) => sum + gainOf(labels[row]!), 0);
    const discount = rows.reduce((sum, _, place) => sum + discountOf(first + place), 0);
    gain += (gained / rows.length) * discount;
  }
  return ideal === 0 ? null : gain / ideal;
}

/** 1 / rank of the best clicked item of one list, tied items at their middle rank; null where nothing was clicked. */
export function reciprocalRank(scores: Float32Array, labels: Uint8Array): number | null {
  for (const { first, rows } of ties(scores)) {
    if (rows.some(row => labels[row] === 1)) return 1 / (first + (rows.length + 1) / 2);
  }
  return null;
}

/** The rows of each score, greatest score first, with the rank from 0 at which they begin. */
export function* ties(scores: Float32Array): Iterable<{ first: number; rows: Uint32Array }> {
  const order = descending(scores);
  for (let first = 0, end = 1; end <= order.length; end++) {
    if (end < order.length && scores[order[end]!] === scores[order[first]!]) continue;
    yield { first, rows: order.subarray(first, end) };
    first = end;
  }
}
