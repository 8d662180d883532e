import type { WatchPolicy } from '../../../schemas/policies/watch-policy.ts';
import type { ClickFactor } from '../../ads/click-factor.ts';
import type { Interval } from '../../evaluate/bootstrap.ts';
import type { ClickRatio } from '../../evaluate/evidence/reliability.ts';
import { type Figures, type Reading, read, unknown } from '../reading.ts';

/** What was beyond a limit is well within it again below this part of it. */
const CALM = 0.8;

/**
 * Whether ads are clicked as auctions count on. What the same factor for all of them can set right is corrected by what
 * their lists teach, and is told where it is not; parts by the prediction and places are held to what comes of all.
 */
export function adsReading({ ads, factor }: Figures, { ads: { times }, least }: WatchPolicy): Reading {
  if (!ads) return unknown('ads', 'no ads that were sold by this model in the window, or it is not complete yet');
  const { all, bins, places, lists } = ads;
  if (lists < least.lists || all.clicks === 0) return unknown('ads', `${lists} lists of ads: too few to say anything`);
  const parts = [
    { name: 'in all', ...all, away: surely(all) },
    ...bins.map((bin, n) => ({ name: `in part ${n + 1} of ${bins.length} by the prediction`, ...beside(bin, all) })),
    ...places.map(place => ({ name: `at place ${place.position}`, ...beside(place, all) })),
  ];
  const { name, value, low, high, away } = parts.reduce((most, part) => (part.away > most.away ? part : most));
  const limit = Math.log(times);
  const says = away > limit ? 'bad' : away > CALM * limit ? 'between' : 'good';
  const [came, off] = [
    all.value.toFixed(2),
    `${value.toFixed(2)} times as many (${low.toFixed(2)} to ${high.toFixed(2)})`,
  ];
  const words = `${came} clicks for each that auctions counted on; furthest off ${name}: ${off}`;
  return read('ads', says, { value, low, high, limit: times }, `${words}; ${corrected(factor)}`);
}

/** A ratio as a multiple of that of all, and how far it is surely away from 1, as a logarithm. */
function beside({ value, low, high }: ClickRatio, all: ClickRatio) {
  const [least, most] = [low / all.value, high / all.value];
  return { value: value / all.value, low: least, high: most, away: surely({ low: least, high: most }) };
}

function surely({ low, high }: { low: number; high: number }): number {
  return Math.max(Math.log(low), -Math.log(high));
}

function corrected(factor: ClickFactor | null): string {
  if (!factor || factor.says === 'few') return 'too little is known of its ads to correct what it says';
  if (!factor.ece || !factor.change) return 'what it says is not corrected, as the policy wants it';
  const error = `the error of ${factor.ece.value.toFixed(3)} by ${told(factor.change)}`;
  return factor.says === 'used'
    ? `what it says is multiplied by ${factor.factor.toFixed(2)}: that changes ${error}`
    : `what it says is not multiplied by ${factor.learned.toFixed(2)}: that would change ${error}`;
}

function told({ value, low, high }: Interval): string {
  return `${value.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
}
