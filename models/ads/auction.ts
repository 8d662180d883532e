/** Who may get a slot: one campaign, with the item that it shows. */
export interface Bidder {
  /** What a click is worth to it, in micros of the auction's currency; not negative, and no whole number where it bids per purchase. */
  value: number;
  /** P(click) at a usual place, above 0: only its proportion to the others' matters. */
  quality: number;
  /** The least that a click may cost it, in micros. */
  reserve: number;
}

/** What a slot was sold for. */
export interface Sold {
  /** The bidder's place among those that were given. */
  bidder: number;
  /** Micros for a click; at least its reserve, and never above its value. */
  price: number;
}

/**
 * How a click is priced. `gsp`: the least value with which the slot would have been kept (generalised second price).
 * `vcg`: so that to say the true value is best, whatever the others say (Vickrey, Clarke and Groves).
 */
export type Pricing = 'gsp' | 'vcg';

/**
 * A position auction (Edelman, Ostrovsky and Schwarz, "Internet advertising and the generalized second-price auction",
 * AER 2007; Varian, "Position auctions", IJIO 2007) under the separable model P(click) = looks[slot] x quality. Slots go
 * to the greatest value x quality among those that meet their reserve; of equal ones to the first given.
 *
 * @param looks P(looked at) of each slot, not increasing, above 0; their scale does not matter
 * @returns what was sold, by slot
 */
export function sellSlots(bidders: readonly Bidder[], looks: readonly number[], pricing: Pricing): Sold[] {
  const order = rankBidders(bidders);
  const price = pricing === 'gsp' ? secondPrice : truthfulPrice;
  return order.slice(0, looks.length).map((bidder, slot) => {
    const { value, reserve } = bidders[bidder]!;
    const exact = price(bidders, order, slot, looks);
    return { bidder, price: Math.min(Math.max(exact, reserve), value) }; // rounding must not lead out of what is exact
  });
}

/** Bidders that meet their reserves, by what they would pay for a look. */
export function rankBidders(bidders: readonly Bidder[]): number[] {
  const eligible = [...bidders.keys()].filter(bidder => {
    const { value, quality, reserve } = bidders[bidder]!;
    return quality > 0 && value > 0 && value >= reserve;
  });
  return eligible.sort((a, b) => scoreOf(bidders[b]) - scoreOf(bidders[a]) || a - b);
}

function scoreOf(bidder: Bidder | undefined): number {
  return bidder ? bidder.value * bidder.quality : 0;
}

/** The value at which the bidder in a slot would be as good as the next one. */
function secondPrice(bidders: readonly Bidder[], order: readonly number[], slot: number): number {
  return threshold(bidders, order, slot, slot);
}

/**
 * Myerson's payment ("Optimal auction design", 1981) for a step function of the value: with thresholds t_j, the value
 * from which on slot j is reached, the price of a click in slot k is
 *
 *     (1 / looks_k) sum over j >= k of (looks_j - looks_(j+1)) t_j
 */
function truthfulPrice(
  bidders: readonly Bidder[],
  order: readonly number[],
  slot: number,
  looks: readonly number[],
): number {
  let sum = 0;
  for (let below = slot; below < looks.length; below++) {
    sum += (looks[below]! - (looks[below + 1] ?? 0)) * threshold(bidders, order, slot, below);
  }
  return sum / looks[slot]!;
}

/** The least value with which the bidder in one slot would reach another one that is not above it. */
function threshold(bidders: readonly Bidder[], order: readonly number[], slot: number, reached: number): number {
  const { quality, reserve } = bidders[order[slot]!]!;
  const next = order[reached + 1];
  return Math.max(reserve, next === undefined ? 0 : scoreOf(bidders[next]) / quality);
}

/**
 * A price in whole micros: what keeps the slot is not rounded away, and nobody pays above the bid.
 *
 * @param bid whole micros
 */
export function inMicros(price: number, bid: number): number {
  return Math.min(Math.ceil(price), bid);
}
