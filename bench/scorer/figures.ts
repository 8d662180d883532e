/** Microseconds are as fine as a clock that is asked in JavaScript is worth. */
export function quantiles(values: readonly number[]): { p50: number; p99: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { p50: rounded(at(0.5), 3), p99: rounded(at(0.99), 3) };
}

export function rounded(value: number, digits = 2): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

/** Least squares: how much y grows for each x. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (of: (point: readonly [number, number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean(point => point[0]), mean(point => point[1])];
  const variance = mean(point => (point[0] - x) ** 2);
  return variance === 0 ? 0 : mean(point => (point[0] - x) * (point[1] - y)) / variance;
}
