import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { at_ms, id } from './events.ts';

/** Money is in whole micros: millionths of a unit of its currency. Sums of a day stay far below 2^53 of them. */
const micros = z.int().nonnegative().max(LIMITS.ad_micros);
const currency = z.string().regex(/^[A-Z]{3}$/, 'expected an ISO 4217 code such as EUR');
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'expected a day such as 2026-11-27');

/** A time zone as IANA's database names it, by which days and hours of a campaign are meant. */
const zone = z.string().max(LIMITS.id_chars).refine(isZone, 'expected a time zone such as Europe/Berlin');

/** For what an advertiser pays. */
export const PaidFor = z.enum(['click', 'purchase']);
export type PaidFor = z.infer<typeof PaidFor>;

/** What a shop publishes to `shop.campaigns`, keyed by campaign; a tombstone ends it. */
export const Campaign = z
  .object({
    v: z.literal(1),
    campaign: id,
    at_ms,
    status: z.enum(['running', 'paused']).default('running'),
    /** The products that it advertises; of these, a list shows the one that fits best. */
    items: z.array(id).min(1).max(LIMITS.items_per_campaign),
    pays_for: PaidFor.default('click'),
    /** The most that it pays for one. */
    bid_micros: micros.positive(),
    /** The most that it pays for the lists of one day. */
    daily_micros: micros.positive(),
    currency,
    zone: zone.default('UTC'),
    starts_ms: at_ms.optional(),
    ends_ms: at_ms.optional(),
    /** 0 = Sunday; absent: all. */
    weekdays: z.array(z.int().min(0).max(6)).min(1).max(7).optional(),
    /** Hours of the day, from the beginning of the first to that of the last, which may be 24; absent: all. */
    hours: z
      .object({ from: z.int().min(0).max(23), to: z.int().min(1).max(24) })
      .refine(({ from, to }) => from < to, 'expected from to be before to')
      .optional(),
    /** At most so many lists with it for one user in so many hours. */
    cap: z
      .object({
        most: z.int().positive().max(LIMITS.exposures_per_campaign),
        hours: z.number().positive().max(LIMITS.cap_hours),
      })
      .optional(),
    /** What stands beside its items, so that people know what they see. */
    label: z.string().min(1).max(LIMITS.label_chars).default('Sponsored'),
  })
  .refine(({ starts_ms = 0, ends_ms = Number.MAX_SAFE_INTEGER }) => starts_ms < ends_ms, {
    path: ['ends_ms'],
    message: 'expected the end to be after the start',
  });
export type Campaign = z.infer<typeof Campaign>;
/** A campaign before the defaults are filled in: what a shop has to write. */
export type CampaignInput = z.input<typeof Campaign>;

/** What a claim, or a charge, has from the list on which the ad stood: later changes of the campaign do not matter to it. */
const terms = {
  campaign: id,
  pays_for: PaidFor,
  /** What one click, or one purchase, costs; set by the auction. */
  price_micros: micros,
  currency,
  /** The campaign's own day of the list, which pays for it whenever the click comes. */
  day,
  /** Its budget. */
  daily_micros: micros,
};

/** An ad as a list shows it. */
export const Ad = z.object({
  ...terms,
  label: z.string(),
  /** What it bid here, after pacing; per what it pays for. */
  bid_micros: z.number().nonnegative(),
  /** P(click) at a usual place, as the auction took it: corrected by what ads' own lists have taught. */
  click_rate: z.number().min(0).max(1),
  /** P(purchase | click), where it pays for purchases. */
  purchase_rate: z.number().min(0).max(1).optional(),
});
export type Ad = z.infer<typeof Ad>;

/** Of `ads.claims`, keyed by campaign: somebody did on a list what its advertiser pays for. It may come more than once. */
export const Claim = z.object({
  v: z.literal(1),
  /** Of list, item and what was done: one is charged once, whatever else is clicked. */
  id: z.string().min(1).max(LIMITS.claim_chars),
  at_ms,
  list: id,
  list_at_ms: at_ms,
  item: id,
  position: z.int().nonnegative(),
  ...terms,
});
export type Claim = z.infer<typeof Claim>;

/**
 * What became of a claim. `billed`: its price. `rest`: what was left of the day's budget, which is less. `spent`: nothing,
 * for nothing was left. `late`: nothing, for it came when nobody could tell any more whether it came before.
 */
export const Verdict = z.enum(['billed', 'rest', 'spent', 'late']);
export type Verdict = z.infer<typeof Verdict>;

/** Of `ads.charges`, keyed by campaign: the verdict on a claim. The same one may be told twice. */
export const Charge = Claim.extend({ verdict: Verdict, billed_micros: micros });
export type Charge = z.infer<typeof Charge>;

/** What a campaign's day has come to. `billed_micros` + `unbilled_micros` is what was claimed in time. */
export const DaySpend = z.object({
  day,
  currency,
  billed_micros: micros,
  /** Clicks, or purchases, that were paid for, some of them in part. */
  billed: z.int().nonnegative(),
  /** What was given away for nothing. */
  unbilled_micros: micros,
  unbilled: z.int().nonnegative(),
});
export type DaySpend = z.infer<typeof DaySpend>;

/** Of the compacted topic `ads.ledger`, keyed by campaign. Of two records, the one with the higher `next` knows more. */
export const Account = z.object({
  v: z.literal(1),
  campaign: id,
  /** All its claims below this offset are in it, and none above. */
  next: z.int().nonnegative(),
  /** No claim below this offset can be repeated and be charged. */
  from: z.int().nonnegative(),
  /** The latest broker's time of its claims. */
  clock_ms: z.int().nonnegative(),
  /** The newest days, oldest first. */
  days: z.array(DaySpend).max(LIMITS.days_per_account),
});
export type Account = z.infer<typeof Account>;

/** Of `ads.shown`, keyed by user: which campaigns with a cap stood on the lists that he was answered with. */
export const Shown = z.object({
  v: z.literal(1),
  user: id,
  at_ms,
  campaigns: z.record(id, z.array(z.object({ list: id, at_ms })).max(LIMITS.exposures_per_campaign)),
});
export type Shown = z.infer<typeof Shown>;

/**
 * Of the compacted topic `ads.learned`, keyed by part: clicks that come on lists of ads for each that a ranker promises. It
 * is of that ranker alone.
 */
export const LearnedForAds = z.object({
  v: z.literal(1),
  part: z.literal('click_factor'),
  at_ms,
  model: id,
  factor: z.number().positive(),
});
export type LearnedForAds = z.infer<typeof LearnedForAds>;

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
