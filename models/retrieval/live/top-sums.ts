/**
 * Sums by key, of which the greatest are kept: when there are half as many more than wanted, the least are forgotten,
 * of equal ones those that came first.
 */
export class TopSums {
  readonly sums = new Map<string, number>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  add(key: string, amount: number): void {
    this.sums.set(key, (this.sums.get(key) ?? 0) + amount);
    if (this.sums.size <= 1.5 * this.#most) return;
    this.#forget();
  }

  /** Numbers are sorted alone: pairs and a comparison take five times as long, and scorers do this for every few clicks. */
  #forget(): void {
    const sorted = Float64Array.from(this.sums.values()).sort();
    const least = sorted[sorted.length - this.#most]!;
    let equals = sorted.length - this.#most - sorted.indexOf(least);
    for (const [key, sum] of this.sums) {
      if (sum < least || (sum === least && equals-- > 0)) this.sums.delete(key);
    }
  }
}
