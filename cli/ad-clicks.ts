import { type AdClicksIn, adClicksIn } from '../activities/watch/ads.ts';
import type { ClickRatio } from '../models/evaluate/evidence/reliability.ts';
import { TemperError } from '../schemas/errors.ts';
import type { Config } from '../schemas/settings/config.ts';
import { printResult, table } from './output.ts';
import { withClient } from './stack/endpoints.ts';

const HOUR_MS = 3_600_000;

/**
 * Whether what the auction of ads takes for P(click) is what is clicked on its lists.
 *
 * @throws DATA_INSUFFICIENT
 */
export async function printAdClicks(
  config: Config,
  { hours, model, json }: { hours: number; model?: string; json?: boolean },
): Promise<void> {
  const until_ms = Date.now();
  const of = { from_ms: Math.max(0, Math.round(until_ms - hours * HOUR_MS)), until_ms, ...(model && { model }) };
  const found = await withClient(config, async ({ store }) => adClicksIn(await store(), of));
  if (!found) {
    throw new TemperError('DATA_INSUFFICIENT', {
      where: `examples of the last ${hours} hours`,
      expected: 'ads that were seen, and items of home to compare their places with',
      got: 'none',
      next: 'Say more --hours, or wait until lists of ads have become examples',
    });
  }
  printResult({ hours, ...(model && { model }), ...found }, json, () => told(found));
}

function told({ lists, all, said, bins, places, ece, explored }: AdClicksIn): string {
  const rows = [
    cells('all', all),
    cells('as the model says', said),
    ...(explored ? [cells('in random order', explored.all)] : []),
    ...bins.map((bin, n) => cells(n === 0 ? 'by prediction' : '', bin)),
    ...places.map(({ position, ...place }) => cells(`place ${position}`, place)),
  ];
  return [
    table([['', 'SEEN', 'CLICKS', 'PREDICTED', 'MEAN', 'CLICKS FOR EACH PREDICTED', '95 %'], ...rows]),
    `${lists} lists; calibration error ${ece.toFixed(4)}`,
    'one factor for all changes neither order nor prices, only what is below least_click_rate: the watch corrects it; what differs by prediction or by place changes both',
  ].join('\n');
}

function cells(name: string, { value, low, high, rows, clicks, expected }: ClickRatio): string[] {
  const numbers = [String(rows), String(clicks), expected.toFixed(1), (expected / rows).toFixed(4), value.toFixed(2)];
  return [name, ...numbers, `${low.toFixed(2)} to ${high.toFixed(2)}`];
}
