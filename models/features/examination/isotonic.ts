/**
 * The falling curve that is nearest to quotients above / below, weighted by what stands below: neighbours that rise are
 * pooled until none does (pool adjacent violators; Barlow, Bartholomew, Bremner and Brunk, "Statistical inference under
 * order restrictions", 1972, section 1.2).
 */
export function falling(above: ArrayLike<number>, below: ArrayLike<number>): Float64Array {
  const pools: { above: number; below: number; end: number }[] = [];
  const quotient = (pool: { above: number; below: number }) => (pool.below === 0 ? 0 : pool.above / pool.below);
  for (let at = 0; at < above.length; at++) {
    let pool = { above: above[at]!, below: below[at]!, end: at + 1 };
    for (let last = pools.at(-1); last && quotient(last) < quotient(pool); last = pools.at(-1)) {
      pools.pop();
      pool = { above: last.above + pool.above, below: last.below + pool.below, end: pool.end };
    }
    pools.push(pool);
  }
  const curve = new Float64Array(above.length);
  let start = 0;
  for (const pool of pools) {
    curve.fill(quotient(pool), start, pool.end);
    start = pool.end;
  }
  return curve;
}
