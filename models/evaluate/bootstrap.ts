import { random } from '../random.ts';

/** A difference, and the range in which it lies with 95 % confidence. */
export interface Interval {
  value: number;
  low: number;
  high: number;
}

const CONFIDENCE = 0.95;

/**
 * Percentile bootstrap over users (Efron and Tibshirani, "An introduction to the bootstrap", 1993, chapter 13): users
 * are drawn, not rows, because the rows of a user are alike. A statistic that compares two rankers on the same draw is
 * paired: what makes a user easy for both cancels out.
 *
 * @param users how many there are
 * @param statistic of a draw, given how often it contains each user; NaN where it has no meaning
 * @returns null where it has none for the users as they are
 */
export function bootstrap(
  users: number,
  statistic: (times: Uint32Array) => number,
  { seed, resamples = 1_000 }: { seed: number; resamples?: number },
): Interval | null {
  const times = new Uint32Array(users).fill(1);
  const value = statistic(times);
  if (Number.isNaN(value)) return null;

  const draws = random(seed);
  const values: number[] = [];
  for (let resample = 0; resample < resamples; resample++) {
    times.fill(0);
    for (let draw = 0; draw < users; draw++) times[draws.below(users)]!++;
    const drawn = statistic(times);
    if (!Number.isNaN(drawn)) values.push(drawn);
  }
  values.sort((a, b) => a - b);
  const at = (share: number) => values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? value;
  return { value, low: at((1 - CONFIDENCE) / 2), high: at((1 + CONFIDENCE) / 2) };
}
