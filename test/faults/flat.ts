/** Whether something stays flat over time, however much it swings meanwhile. */
export type Point = readonly [hours: number, value: number];

/** A process fills its caches first. */
export function secondHalf(points: readonly Point[]): Point[] {
  if (points.length === 0) return [];
  const middle = (points[0]![0] + points.at(-1)![0]) / 2;
  return points.filter(([hours]) => hours >= middle);
}

/**
 * How much it grows in an hour, and did from the first of these points to the last: by the median of the slopes of all
 * pairs, which a quarter of outliers does not move far (Sen, "Estimates of the regression coefficient based on Kendall's
 * tau", 1968).
 */
export function growth(points: readonly Point[]): { per_hour: number; in_all: number } {
  const slopes: number[] = [];
  for (const [n, [x, y]] of points.entries()) {
    for (let m = 0; m < n; m++) {
      const [before, value] = points[m]!;
      if (x > before) slopes.push((y - value) / (x - before));
    }
  }
  if (slopes.length === 0) return { per_hour: 0, in_all: 0 };
  const per_hour = median(slopes);
  return { per_hour, in_all: per_hour * (points.at(-1)![0] - points[0]![0]) };
}

function median(values: number[]): number {
  values.sort((a, b) => a - b);
  const middle = values.length >> 1;
  return values.length % 2 === 1 ? values[middle]! : (values[middle - 1]! + values[middle]!) / 2;
}
