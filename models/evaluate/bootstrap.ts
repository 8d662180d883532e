import { random } from '../random.ts';

/** A number, such as a difference, and the range in which it lies with 95 % confidence. */
export interface Interval {
  value: number;
  low: number;
  high: number;
}

const CONFIDENCE = 0.95;

export interface BootstrapOptions {
  seed: number;
  resamples?: number;
  /** Of each interval; 0.95, where it is not given. */
  confidence?: number;
}

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
  options: BootstrapOptions,
): Interval | null {
  return bootstrapAll(users, times => [statistic(times)], options)[0]!;
}

/** The same of several statistics, all of them on the same draws. */
export function bootstrapAll(
  users: number,
  statistics: (times: Uint32Array) => readonly number[],
  { seed, resamples = 1_000, confidence = CONFIDENCE }: BootstrapOptions,
): (Interval | null)[] {
  const times = new Uint32Array(users).fill(1);
  const values = statistics(times);
  const drawn: number[][] = values.map(() => []);
  const draws = random(seed);
  for (let resample = 0; resample < resamples; resample++) {
    times.fill(0);
    for (let draw = 0; draw < users; draw++) times[draws.below(users)]!++;
    for (const [which, value] of statistics(times).entries()) if (!Number.isNaN(value)) drawn[which]!.push(value);
  }
  return values.map((value, which) => (Number.isNaN(value) ? null : percentiles(value, drawn[which]!, confidence)));
}

function percentiles(value: number, drawn: number[], confidence: number): Interval {
  drawn.sort((a, b) => a - b);
  const at = (share: number) => drawn[Math.min(drawn.length - 1, Math.floor(share * drawn.length))] ?? value;
  return { value, low: at((1 - confidence) / 2), high: at((1 + confidence) / 2) };
}
