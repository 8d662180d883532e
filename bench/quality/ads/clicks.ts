import { type AdClicks, adClicksOf } from '../../../models/ads/click-rates.ts';
import { examination } from '../../../models/features/aggregates/examination.ts';
import { random } from '../../../models/random.ts';
import type { RankerModel } from '../../../models/ranker/model.ts';
import { DEFAULT_POLICIES } from '../../../schemas/policies/policy.ts';
import type { RankRequest } from '../../../schemas/topics/ranking.ts';
import { type Offer, sellPlaces } from '../../../streams/ads/sale.ts';
import { clickRatesOf } from '../../../streams/scorer/scores.ts';
import { OPENED_MS } from '../../../test/sim/history.ts';
import { asList } from '../../../test/sim/lists.ts';
import { type Act, browse, toEvent } from '../../../test/sim/shopper.ts';
import { appeal } from '../../../test/sim/world.ts';
import { type AdShop, type Opening, openAdShop } from './ad-shop.ts';
import { byFactor, byScaleAndBias, type Correction, type Row } from './corrections.ts';
import { visitorsOf } from './visitors.ts';

export interface ClickShop extends Opening {
  /** Lists of ads after those. The later half is judged. */
  lists: number;
  /** What share of the clicks that an item would have is left when it stands there as an ad. */
  label: number;
}

/** One way to take P(click), on the same lists. */
export interface ClickFigures {
  clicks: AdClicks;
  /** Of lists in random order alone. */
  explored: AdClicks;
  /** What the lists that it would sell are worth to advertisers, of what those are worth that are sold by true rates. */
  worth: number;
  /** What a click costs on them, of what it costs where lists are sold by true rates. */
  price: number;
}

const SLOTS = 4;
const EXPLORED = 0.1;

interface Sale {
  list: number;
  offer: Offer;
  /** Of each candidate P(click | looked at), as an ad. */
  truth: Float32Array;
}

/** What P(click) is taken from. */
type Way = 'as the ranker says' | 'by a factor' | 'by scale and bias';

/**
 * Clicks for each that the auction counted on, on lists that it sold by a ranker which learned from a shop's other lists: as
 * it says, by the factor that the watch would have learned from the ads' lists before, again and again, and by a scale and
 * a bias of the logit that the earlier half of these has fitted.
 */
export async function adClicksIn(shop: ClickShop): Promise<Record<Way, ClickFigures>> {
  const opened = await openAdShop(shop);
  const { rows, sales } = await sell(shop, opened);
  await opened.ranker.release();
  const isLater = ({ list }: { list: number }) => list >= shop.lists / 2;
  const judged = rows.filter(isLater);
  const figures = (rated: Correction): ClickFigures => ({
    clicks: clicksOf(judged, rated, opened.usual_look),
    explored: clicksOf(
      judged.filter(({ explored }) => explored),
      rated,
      opened.usual_look,
    ),
    ...money(sales.filter(isLater), rated),
  });
  return {
    'as the ranker says': figures(rate => rate),
    'by a factor': figures(byFactor(rows, shop.lists, opened.usual_look)),
    'by scale and bias': figures(
      byScaleAndBias(
        rows.filter(row => !isLater(row)),
        opened.usual_look,
      ),
    ),
  };
}

async function sell(
  shop: ClickShop,
  { world, state, market, ranker }: AdShop,
): Promise<{ rows: Row[]; sales: Sale[] }> {
  const { seed, learned, lists, label, listsPerSecond } = shop;
  const items = [...market.items];
  const draws = random(seed, 11);
  const visitor = visitorsOf(world.users, random(seed, 12));
  const [rows, sales]: [Row[], Sale[]] = [[], []];
  for (let list = 0; list < lists; list++) {
    const at_ms = OPENED_MS + Math.round(((learned + list) * 1_000) / listsPerSecond);
    const { user, number } = visitor();
    const names = { id: `a${list}`, user: user.user, session: `a${list}`, surface: 'ads', at_ms } as const;
    const { features } = state.look(names, items, at_ms);
    const clickRates = await ratesBy(ranker, features, items);
    const arm = draws.uniform() < EXPLORED ? 'explore' : 'champion';
    const request: RankRequest = { v: 1, ...names, count: SLOTS };
    const shares = { exploration: EXPLORED, control: 0 };
    const terms = { policy: DEFAULT_POLICIES.ads, memory: { market }, shares };
    const offer: Offer = { arm, request, items, clickRates, purchaseRates: items.map(() => 0), ...terms };
    const { places } = sellPlaces(offer);
    const shown = asList(
      places.map(({ index }) => ({ item: items[index]! })),
      user,
      { ...names, arm },
    );
    const acts = asAds(browse(world, user, shown, random(seed, 13, list)), label, random(seed, 14, list).uniform());
    const did = (type: Act['type'], place: number) => acts.some(act => act.type === type && act.position === place);
    for (const { index, position } of places) {
      if (!did('impression', position)) continue;
      const clicked = Number(did('click', position));
      rows.push({ list, rate: clickRates[index]!, position, clicked, user: number, explored: arm === 'explore' });
    }
    const truth = Float32Array.from(items, item => label * appeal(user, world.item(item)!));
    if (arm === 'champion') sales.push({ list, offer: { ...offer, shares: { ...shares, exploration: 0 } }, truth });
    state.expect(acts.map(act => toEvent(act, shown, at_ms + act.after_ms)));
  }
  return { rows, sales };
}

async function ratesBy(ranker: RankerModel, features: Float32Array, items: string[]): Promise<Float32Array> {
  const nothing = { history: new Int32Array(), contents: {}, list: new Int32Array(items.length) };
  const scores = await ranker.score({
    rows: items.length,
    features,
    items,
    item: Int32Array.from(items.keys()),
    ...nothing,
  });
  return clickRatesOf({ scores });
}

/** What is not clicked because it is an ad is not bought either. */
function asAds(acts: readonly Act[], label: number, mark: number): Act[] {
  return acts.filter(({ type, position }) => type === 'impression' || (mark + position / SLOTS) % 1 < label);
}

function clicksOf(rows: readonly Row[], rated: Correction, usual_look: number): AdClicks {
  return adClicksOf(
    {
      rate: rows.map(({ rate, list }) => rated(rate, list)),
      position: rows.map(({ position }) => position),
      clicked: Uint8Array.from(rows, ({ clicked }) => clicked),
      user: Int32Array.from(rows, ({ user }) => user),
    },
    usual_look,
  )!;
}

/** Over the same requests, sold by these rates and by the true ones; looked at as the auction takes it. */
function money(sales: readonly Sale[], rated: Correction): Pick<ClickFigures, 'worth' | 'price'> {
  const sums = { sold: { worth: 0, paid: 0, clicks: 0 }, ideal: { worth: 0, paid: 0, clicks: 0 } };
  for (const { list, offer, truth } of sales) {
    const rates = { sold: Float32Array.from(offer.clickRates, rate => rated(rate, list)), ideal: truth };
    for (const way of ['sold', 'ideal'] as const) {
      const { places, ads } = sellPlaces({ ...offer, clickRates: rates[way] });
      for (const { index, position } of places) {
        const [{ bid_micros, price_micros }, clicks] = [ads.get(index)!, examination(position) * truth[index]!];
        sums[way].clicks += clicks;
        sums[way].worth += clicks * bid_micros!;
        sums[way].paid += clicks * price_micros;
      }
    }
  }
  const { sold, ideal } = sums;
  return { worth: sold.worth / ideal.worth, price: sold.paid / sold.clicks / (ideal.paid / ideal.clicks) };
}
