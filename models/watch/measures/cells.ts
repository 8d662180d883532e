import type { Estimate } from '../../evaluate/sequential/sequence.ts';

/**
 * What users had in several groups of lists, as sums over users: of each group and user n, his lists, and y, what they
 * brought. The products of a user's numbers in different groups say how alike the groups are because the same users are
 * in them.
 */
export interface Cells {
  /** Who had a list in any group. */
  users: number;
  /** Of each group who had a list in it. */
  present: readonly number[];
  /** [2 x groups]: Σ n and Σ y of each group. */
  sums: readonly number[];
  /** [2 x groups, 2 x groups]: Σ of the products of each two of a user's numbers. */
  products: readonly number[];
}

/** Of one group: who had lists, how many, and what they brought. */
export interface Group {
  users: number;
  lists: number;
  sum: number;
}

export function groupIn({ present, sums }: Cells, group: number): Group {
  return { users: present[group]!, lists: sums[2 * group]!, sum: sums[2 * group + 1]! };
}

/**
 * Σ sign x ln(Σ y / Σ n) over groups, with the variance of the delta method over users. A user moves it by
 * Σ sign (y / Σ y − n / Σ n); so whatever makes a user easy or hard to please in two groups with opposite signs cancels
 * out of the error, as it does out of the value.
 *
 * @param signs of each group: 1, -1, or 0 where it does not take part
 */
export function logContrast({ users, sums, products }: Cells, signs: readonly number[]): Estimate {
  let value = 0;
  const weights = new Float64Array(sums.length);
  for (const [group, sign] of signs.entries()) {
    if (sign === 0) continue;
    const [n, y] = [sums[2 * group]!, sums[2 * group + 1]!];
    if (!(n > 0 && y > 0)) return { value: 0, variance: Number.POSITIVE_INFINITY };
    value += sign * Math.log(y / n);
    weights[2 * group] = -sign / n;
    weights[2 * group + 1] = sign / y;
  }
  if (users < 2) return { value, variance: Number.POSITIVE_INFINITY };
  let squares = 0;
  for (const [row, weight] of weights.entries()) {
    for (const [column, other] of weights.entries())
      squares += weight * other * products[row * weights.length + column]!;
  }
  return { value, variance: (users / (users - 1)) * Math.max(0, squares) };
}
