import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import type { ClickRatio } from '../../models/evaluate/evidence/reliability.ts';
import { EVALUATION, runEvaluation, wholeNumber } from '../options.ts';
import { adClicksIn, type ClickFigures } from '../quality/ads/clicks.ts';

const HELP = `Whether P(click), by which ads are sold, is what is clicked on lists of ads, in the simulated shop.

npm run eval:ads-clicks -- [--lists 4000] [--learned 4000] [--per-hour 6] [--seeds 1] [--json]

A perceptron learns from lists in random order; then lists are sold by it, of all that is advertised. Clicks for each
that the auction counted on, in all with a 95 % interval over users, by the prediction and by place, on the later half of
the lists: as the ranker says, corrected by the factor that the watch would have learned from the lists before, and by a
scale and a bias of the logit that the earlier half fitted. WORTH and PRICE, of a click, are shares of what
they are on lists that are sold by true rates. Lists come so many an hour: 6 for weeks, 216000 for a minute or two.`;

const OPTIONS = z.object({
  ...EVALUATION,
  lists: wholeNumber('lists', 200).default(4_000),
  learned: wholeNumber('learned', 500).default(4_000),
  'per-hour': wholeNumber('per-hour', 1).default(6),
});

const SHOPS = {
  'lists have any items': { browsing: 0, label: 1 },
  'lists have what users come for': { browsing: 0.7, label: 1 },
  'and ads half as many clicks': { browsing: 0.7, label: 0.5 },
};

await runEvaluation({ help: HELP, options: OPTIONS }, async ({ lists, learned, 'per-hour': per_hour, seeds, json }) => {
  const found: ({ seed: number; shop: string; way: string } & ClickFigures)[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    for (const [shop, kind] of Object.entries(SHOPS)) {
      progress(`seed ${seed} of ${seeds}: ${shop}`);
      const ways = await adClicksIn({ seed, lists, learned, listsPerSecond: per_hour / 3_600, ...kind });
      for (const [way, figures] of Object.entries(ways)) found.push({ seed, shop, way, ...figures });
    }
  }
  printResult({ lists, learned, per_hour, seeds, found }, json, () =>
    table([
      ['SEED', 'SHOP', 'BY', 'CLICKS', 'FOR EACH', 'EXPLORED', 'BY PREDICTION', 'BY PLACE', 'ECE', 'WORTH', 'PRICE'],
      ...found.map(({ seed, shop, way, clicks, explored, worth, price }) => [
        ...[String(seed), shop, way, String(clicks.all.clicks), told(clicks.all), told(explored.all)],
        clicks.bins
          .map(({ value, expected, rows }) => `${value.toFixed(2)} of ${(expected / rows).toFixed(3)}`)
          .join(', '),
        clicks.places.map(({ value }) => value.toFixed(2)).join(', '),
        ...[clicks.ece.toFixed(4), worth.toFixed(3), price.toFixed(3)],
      ]),
    ]),
  );
});

function told({ value, low, high }: ClickRatio): string {
  return `${value.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
}
