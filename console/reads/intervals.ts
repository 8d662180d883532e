import type { Rate } from '../api.ts';

/** The 0.975 quantile of the normal distribution. */
const Z = 1.959964;

/**
 * Wilson's 95 % interval of a share of independent trials (Wilson, "Probable inference, the law of succession, and
 * statistical inference", 1927): it never leaves 0 to 1, and is right for few trials too.
 */
export function wilson(hits: number, of: number): Rate {
  if (of === 0) return { rate: 0, low: 0, high: 1, of };
  const rate = hits / of;
  const middle = rate + Z ** 2 / (2 * of);
  const half = Z * Math.sqrt((rate * (1 - rate)) / of + Z ** 2 / (4 * of ** 2));
  const whole = 1 + Z ** 2 / of;
  return { rate, low: Math.max(0, (middle - half) / whole), high: Math.min(1, (middle + half) / whole), of };
}

/** Sums over users of what each saw (n) and clicked (c). */
export interface UserSums {
  n: number;
  c: number;
  cc: number;
  cn: number;
  nn: number;
  users: number;
}

/**
 * Clicks per impression with the 95 % interval that holds where lists of one user resemble each other: the variance of
 * the ratio of two sums over users, by the delta method (Deng, Knoblich and Lu, "Applying the delta method in metric
 * analytics", KDD 2018, equation 3). With few users or clicks it is Wilson's, which is the wider one there.
 */
export function clusteredRate({ n, c, cc, cn, nn, users }: UserSums): Rate {
  const plain = wilson(c, n);
  if (users < 2 || c === 0) return plain;
  const rate = c / n;
  const half = (Z / n) * Math.sqrt(Math.max(0, (cc - 2 * rate * cn + rate ** 2 * nn) * (users / (users - 1))));
  return {
    rate,
    low: Math.min(plain.low, Math.max(0, rate - half)),
    high: Math.max(plain.high, Math.min(1, rate + half)),
    of: n,
  };
}
