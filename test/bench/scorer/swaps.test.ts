import { expect, it } from 'vitest';
import { brokenIn, type SwapFigures } from '../../../bench/scorer/swaps.ts';

const GOOD: SwapFigures = {
  ...{ swaps: 200, failed: 0, p99_ratio: 1.2, rss_slope_mb_per_swap: 0.1 },
  ...{ p50_between_ms: 5, p99_between_ms: 10, p50_during_ms: 6, p99_during_ms: 12 },
  ...{ promotion_to_list_ms: { p50: 50, p99: 90 }, rss_mb: { first: 200, last: 220 } },
  ...{ requests: 9_000, requests_during: 900, requests_between: 900, requests_per_second: 100, load: 0.8 },
};

it.each<[string, Partial<SwapFigures>]>([
  ['a failed request', { failed: 1 }],
  ['a swap that did not come', { swaps: 199 }],
  ['a tail that is longer during swaps', { p99_ratio: 1.21 }],
  ['a tail of which nothing is known', { p99_ratio: Number.NaN }],
  ['a wait that is longer than swaps are apart', { p99_between_ms: 500 }],
  ['memory that grows', { rss_slope_mb_per_swap: 0.11 }],
])('%s fails the benchmark of swaps', (_, worse) => {
  const wanted = { swaps: 200, every_ms: 1_000 };
  expect(brokenIn(GOOD, wanted)).toEqual([]);
  expect(brokenIn({ ...GOOD, ...worse }, wanted)).toHaveLength(1);
});
