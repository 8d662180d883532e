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
    const least = [...this.sums]
      .reverse()
      .sort(([, a], [, b]) => b - a)
      .slice(this.#most);
    for (const [forgotten] of least) this.sums.delete(forgotten);
  }
}
