import { usualLook } from '../../../models/ads/click-rates.ts';
import { calibrated } from '../../../models/calibrate/calibrate.ts';
import { trainingParts } from '../../../models/ranker/dataset/dataset.ts';
import { openFeatureRanker } from '../../../models/ranker/feature-model.ts';
import type { RankerModel } from '../../../models/ranker/model.ts';
import { trainRanker } from '../../../models/ranker/train.ts';
import type { Campaign } from '../../../schemas/topics/ads.ts';
import { Market } from '../../../streams/ads/market.ts';
import { history, OPENED_MS } from '../../../test/sim/history.ts';
import { createWorld, type World } from '../../../test/sim/world.ts';
import { examplesOf } from '../../modalities/examples.ts';
import { ShopState } from '../../modalities/shop-state.ts';
import { recordOf } from './billing.ts';

/** A shop whose ranker has learned, and that begins to sell ads. */
export interface AdShop {
  world: World;
  /** What its jobs know. */
  state: ShopState;
  market: Market;
  ranker: RankerModel;
  usual_look: number;
}

const ITEMS_PER_CAMPAIGN = 8;

export interface Opening {
  seed: number;
  /** Lists by which the ranker learns, in random order. */
  learned: number;
  /** The share of these with items of kinds that the user comes for; the others have items of any kind, as ads are. */
  browsing: number;
  listsPerSecond: number;
}

export async function openAdShop({ seed, learned, browsing, listsPerSecond }: Opening): Promise<AdShop> {
  const world = createWorld({ seed });
  const state = new ShopState(world.items, OPENED_MS);
  const shown = history(world, { seed, lists: learned, browsing, listsPerSecond });
  const parts = trainingParts({ ...examplesOf(shown, world.items, state), contents: {} });
  const features = parts.train.featureNames.length;
  const { model } = await trainRanker(parts, { seed });
  const file = { kind: 'mlp', model, items: [], contents: {}, features } as const;
  const ranker = await openFeatureRanker((await calibrated(file, parts.calibration, {})).model, features);
  const usual_look = usualLook(Array.from(parts.train.position, position => ({ position, rows: 1 })));
  return { world, state, market: marketOf(world), ranker, usual_look };
}

/** A campaign for each category, which bids for clicks on some items of it, without end. */
function marketOf(world: World): Market {
  const market = new Market();
  const categories = [...new Set(world.items.map(({ category }) => category))];
  for (const [n, category] of categories.entries()) {
    const items = world.items.filter(item => item.category === category).slice(0, ITEMS_PER_CAMPAIGN);
    const bid_micros = 200_000 + 60_000 * ((5 * n) % categories.length);
    const terms = { status: 'running', pays_for: 'click', currency: 'EUR', zone: 'UTC', label: 'Sponsored' } as const;
    const budget = { bid_micros, daily_micros: 1e12 };
    const campaign: Campaign = {
      ...{ v: 1, campaign: category, at_ms: OPENED_MS, items: items.map(({ item }) => item), ...terms, ...budget },
    };
    market.apply('shop.campaigns', recordOf(campaign, category));
  }
  return market;
}
