import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { id } from '../topics/events.ts';
import { Currencies, CurrencyCode } from './currencies.ts';
import { Retention } from './retention.ts';

/** An item that the shop puts at a place, 0 = top. A pin beyond the end of a list is not honoured. */
export const Pin = z.object({
  item: id,
  position: z
    .int()
    .nonnegative()
    .max(LIMITS.items_per_list - 1),
});
export type Pin = z.infer<typeof Pin>;

/** Pins of one list: no item twice, no place twice. */
export const Pins = z
  .array(Pin)
  .max(LIMITS.items_per_list)
  .refine(pins => new Set(pins.map(({ item }) => item)).size === pins.length, 'expected each item to be pinned once')
  .refine(
    pins => new Set(pins.map(({ position }) => position)).size === pins.length,
    'expected one item for each pinned position',
  );

export const Excluded = z.array(id).max(LIMITS.candidates_per_request);

/** What becomes of an item: it stays where it is, goes behind all others, or leaves the list. */
export const Treatment = z.enum(['keep', 'demote', 'remove']);
export type Treatment = z.infer<typeof Treatment>;

const most = z.int().positive().nullable().default(null);

/** How the lists of a surface are made from scores. Every field has a default. */
export const ListPolicy = z.strictObject({
  /** Products that are not available. */
  out_of_stock: z.enum(['keep', 'remove']).default('remove'),
  /** Items among the user's recent events, by the strongest that was done: bought, else dismissed or sent back, else clicked. */
  bought: Treatment.default('demote'),
  dismissed: Treatment.default('demote'),
  clicked: Treatment.default('keep'),
  /** How long these count. */
  seen_days: z.number().positive().default(30),
  /** Items of one brand, and of one category, before the others had their turn; null: as many as there are. */
  most_per_brand: most,
  most_per_category: most,
  /** How much unlikeness counts against score, from 0 to 1. */
  diversity: z.number().min(0).max(1).default(0),
  pins: Pins.default([]),
  exclude: Excluded.default([]),
});
export type ListPolicy = z.infer<typeof ListPolicy>;

/**
 * Of the surface `ads`, whose order and prices come from an auction. Of the rules of a list those that remove count there,
 * and what they would demote is removed; pins, caps by brand and category, and diversity do not.
 */
export const AdPolicy = ListPolicy.extend({
  /** `vcg`: to bid the true value is best. `gsp`: the least that keeps the place. */
  pricing: z.enum(['vcg', 'gsp']).default('vcg'),
  /** Of the auction; campaigns of other currencies take no part. */
  currency: CurrencyCode.default('EUR'),
  /** The least that a click costs, in millionths of a unit of the currency. */
  reserve_micros: z.int().nonnegative().max(LIMITS.ad_micros).default(10_000),
  /** What is clicked less often than this, by what is predicted for its user, is not shown at any price. */
  least_click_rate: z.number().min(0).max(1).default(0.005),
});
export type AdPolicy = z.infer<typeof AdPolicy>;

/** The policies of all surfaces, what money is worth, and how long things are kept, as TEMPER_POLICY names their file. What is left out has the defaults. */
export const Policies = z.strictObject({
  home: ListPolicy.prefault({}),
  search: ListPolicy.prefault({}),
  ads: AdPolicy.prefault({}),
  support: ListPolicy.prefault({}),
  currencies: Currencies.prefault({}),
  retention: Retention.prefault({}),
});
export type Policies = z.infer<typeof Policies>;

export const DEFAULT_POLICIES: Policies = Policies.parse({});
