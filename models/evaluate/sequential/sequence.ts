/** Sums over users, from which a rate for each list and its error follow: of each user his lists n and what they brought, y. */
export interface Moments {
  users: number;
  /** Σ n */
  lists: number;
  /** Σ y */
  sum: number;
  /** Σ n² */
  lists2: number;
  /** Σ n y */
  cross: number;
  /** Σ y² */
  sum2: number;
}

export interface Estimate {
  value: number;
  /** Its squared standard error; infinite where nothing can be said yet. */
  variance: number;
}

/**
 * What a list brings, Σ y / Σ n, with the variance of the delta method over users: lists of one user are alike, and so it
 * is users who count (Deng, Knoblich and Lu, "Applying the delta method in metric analytics", 2018).
 */
export function perList({ users, lists, sum, lists2, cross, sum2 }: Moments): Estimate {
  if (users < 2 || lists === 0) return { value: lists === 0 ? 0 : sum / lists, variance: Number.POSITIVE_INFINITY };
  const value = sum / lists;
  const squares = Math.max(0, sum2 - 2 * value * cross + value ** 2 * lists2);
  return { value, variance: ((users / (users - 1)) * squares) / lists ** 2 };
}

/**
 * As many users as earned it if all of them had earned alike, (Σ y)² / Σ y² (Kish, "Survey sampling", 1965, effective sample
 * size): a few large purchases among many users are nearly normal no sooner than so many users would be.
 */
export function earningUsers({ sum, sum2 }: Moments): number {
  return sum2 === 0 ? 0 : sum ** 2 / sum2;
}

/** One group's less the other's; the groups have different users. */
export function difference(a: Estimate, b: Estimate): Estimate {
  return { value: a.value - b.value, variance: a.variance + b.variance };
}

export interface Interval {
  low: number;
  high: number;
}

/**
 * A confidence sequence: with probability 1 − alpha the true value is within all of the intervals, however often
 * somebody looks and whenever he stops. By the normal mixture (Robbins, "Statistical methods related to the law of the
 * iterated logarithm", 1970), which is the mixture sequential probability ratio test turned round; for estimates whose
 * error is only nearly normal and only estimated, it holds asymptotically (Waudby-Smith, Arbour, Sinha, Kennedy and
 * Ramdas, "Time-uniform central limit theory and asymptotic confidence sequences", 2024, theorem 2.2). With I = 1 / variance
 * and r = 1 / scale²:
 *
 *     value ± √((I + r) ln((I + r) / (r alpha²))) / I
 *
 * @param scale standard deviation of the effects that the mixture expects; any number holds the level, if it stays the
 *   same from look to look; one near the true effect makes the intervals narrow soonest
 */
export function confidence({ value, variance }: Estimate, alpha: number, scale: number): Interval {
  if (!Number.isFinite(variance)) return { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  if (variance === 0) return { low: value, high: value };
  const information = 1 / variance;
  const prior = 1 / scale ** 2;
  const total = information + prior;
  const radius = Math.sqrt(total * Math.log(total / (prior * alpha ** 2))) / information;
  return { low: value - radius, high: value + radius };
}

/** The least that the true value is, but for a chance of alpha: by the one look that was planned, and at no other. */
export function leastAtOneLook({ value, variance }: Estimate, alpha: number): number {
  return value - deviationsBeyond(alpha) * Math.sqrt(variance);
}

/**
 * Beyond how many deviations a normal number lies with this probability, below .5, to within 4.5e-4 (Abramowitz and Stegun,
 * "Handbook of mathematical functions", 1964, 26.2.23).
 */
export function deviationsBeyond(probability: number): number {
  const t = Math.sqrt(-2 * Math.log(probability));
  const [above, below] = [2.515517 + t * (0.802853 + t * 0.010328), 1 + t * (1.432788 + t * (0.189269 + t * 0.001308))];
  return t - above / below;
}
