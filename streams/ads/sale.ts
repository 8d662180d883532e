import { type Bidder, inMicros, rankBidders, sellSlots } from '../../models/ads/auction.ts';
import { examination } from '../../models/features/aggregates/examination.ts';
import { certainSlate, mixedSlate, type Slate } from '../../models/policy/slate.ts';
import type { Notes } from '../../models/policy/split.ts';
import type { AdPolicy, Treatment } from '../../schemas/policies/policy.ts';
import type { Ad } from '../../schemas/topics/ads.ts';
import type { Arm, RankRequest } from '../../schemas/topics/ranking.ts';
import type { Shares } from '../scorer/policy.ts';
import type { Bid, Market } from './market.ts';

/** An ad for what is not shown above all else is no ad: what would be demoted is removed, and pins are not for sale. */
export function removing(policy: AdPolicy): AdPolicy {
  const [bought, dismissed, clicked] = [policy.bought, policy.dismissed, policy.clicked].map(treatment =>
    treatment === 'demote' ? 'remove' : treatment,
  ) as [Treatment, Treatment, Treatment];
  return { ...policy, bought, dismissed, clicked, pins: [] };
}

export interface Offer {
  arm: Arm;
  request: RankRequest;
  items: readonly string[];
  /** Of each item P(click) at a usual place. */
  clickRates: ArrayLike<number>;
  /** Of each item P(purchase | click). */
  purchaseRates: ArrayLike<number>;
  policy: AdPolicy;
  memory: { readonly market: Market };
  shares: Shares;
}

/** A campaign in the auction of one list, with the item that it shows. */
interface Entrant extends Bidder {
  bid: Bid;
  index: number;
}

/**
 * Sells the places of a list. Each campaign enters with the one of its items that a look at it is worth most to it for,
 * whatever it bids; so it says one number, and what `sellSlots` promises holds. What fewer would click than the floor of
 * the policy is not shown at any price.
 *
 * A list in random order, for exploration, is sold at the reserves: its prices do not follow from bids, as its places don't.
 *
 * @returns the slate, and by candidate its ad
 */
export function sellPlaces(offer: Offer): Slate & { notes: Notes; ads: Map<number, Ad> } {
  const { arm, request, policy } = offer;
  const entrants = uncontested(entrantsOf(offer));
  const order = rankBidders(entrants);
  const count = Math.min(request.count, order.length);
  const choices = { order: order.map(entrant => entrants[entrant]!.index), pinned: new Map<number, number>(), count };
  const isExplored = arm === 'explore';
  const slate =
    arm === 'control' || arm === 'fallback' || count === 0
      ? certainSlate(choices)
      : mixedSlate(choices, offer.shares.exploration, isExplored, request.id);

  const looks = Array.from({ length: count }, (_, position) => examination(position));
  const sold = isExplored
    ? entrants.map(({ reserve }, bidder) => ({ bidder, price: reserve }))
    : sellSlots(entrants, looks, policy.pricing);
  const prices = new Map(sold.map(({ bidder, price }) => [entrants[bidder]!.index, { bidder, price }]));
  const ads = slate.places.map(({ index }): [number, Ad] => {
    const { bidder, price } = prices.get(index)!;
    return [index, adOf(entrants[bidder]!, price, offer)];
  });
  return { ...slate, notes: new Map(), ads: new Map(ads) };
}

/** By campaign, the item that is worth most to it. */
function entrantsOf({ request, items, clickRates, purchaseRates, policy, memory: { market } }: Offer): Entrant[] {
  const bids = new Map<string, Bid | undefined>();
  const bidOf = (name: string) => {
    if (!bids.has(name)) bids.set(name, market.bid(name, request, policy.currency));
    return bids.get(name);
  };
  const best = new Map<string, Entrant>();
  for (const [index, item] of items.entries()) {
    const quality = clickRates[index]!;
    if (quality < policy.least_click_rate) continue;
    for (const name of market.advertising(item)) {
      const bid = bidOf(name);
      if (!bid) continue;
      const share = bid.campaign.pays_for === 'purchase' ? purchaseRates[index]! : 1;
      const known = best.get(name);
      const worth = known ? known.quality * known.value : 0;
      const value = bid.micros * share;
      if (!known || quality * value > worth)
        best.set(name, { value, quality, reserve: policy.reserve_micros, bid, index });
    }
  }
  return [...best.values()];
}

/**
 * An item stands on a list once: of the campaigns that enter with the same one, the others of a list sit out, and the
 * least that would have beaten them is the reserve of the one that is left.
 */
function uncontested(entrants: readonly Entrant[]): Entrant[] {
  const byItem = new Map<number, Entrant>();
  for (const entrant of entrants) {
    const rival = byItem.get(entrant.index);
    const [winner, loser] = !rival || entrant.value > rival.value ? [entrant, rival] : [rival, entrant];
    const reserve = loser && loser.value >= loser.reserve ? Math.max(winner.reserve, loser.value) : winner.reserve;
    byItem.set(entrant.index, { ...winner, reserve });
  }
  return [...byItem.values()];
}

function adOf({ bid, index, quality }: Entrant, price: number, { purchaseRates }: Offer): Ad {
  const { campaign, pays_for, bid_micros, currency, daily_micros, label } = bid.campaign;
  const purchase_rate = purchaseRates[index]!;
  const each = pays_for === 'purchase' ? price / purchase_rate : price;
  return {
    campaign,
    pays_for,
    price_micros: inMicros(each, bid_micros),
    currency,
    day: bid.day,
    daily_micros,
    label,
    bid_micros: bid.micros,
    click_rate: quality,
    ...(pays_for === 'purchase' ? { purchase_rate } : {}),
  };
}
