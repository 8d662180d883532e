import { type Exposures, mayShow, merged, shownOnceMore } from '../../models/ads/caps.ts';
import { EVEN_TRAFFIC, pace, passed, type Traffic } from '../../models/ads/pacing.ts';
import { isOn, localTime } from '../../models/ads/schedule.ts';
import { LIMITS } from '../../schemas/limits.ts';
import type { Account, Campaign, LearnedForAds, Shown } from '../../schemas/topics/ads.ts';
import type { ListRecord, RankRequest } from '../../schemas/topics/ranking.ts';
import { admit } from '../admit.ts';
import type { StreamRecord } from '../kafka/bus.ts';

/** What a campaign bids for the ads of one list. */
export interface Bid {
  campaign: Campaign;
  /** Micros for what it pays for: after pacing, and not above what is left of the day's budget. */
  micros: number;
  /** The campaign's own day, which will pay. */
  day: string;
}

/** What a scorer knows of campaigns: what they advertise, what they have spent, and to whom they were shown. */
export class Market {
  readonly #campaigns = new Map<string, Campaign>();
  /** By item, the names of the campaigns that advertise it. */
  readonly #advertising = new Map<string, Set<string>>();
  readonly #accounts = new Map<string, Account>();
  readonly #shown = new Map<string, Exposures>();
  #learned: LearnedForAds | undefined;
  /** How requests fall on the hours of the day. */
  traffic: Traffic = EVEN_TRAFFIC;
  /** When billing was last known to have judged all that is claimed. */
  billed_ms = Number.POSITIVE_INFINITY;

  /** Items that campaigns advertise, whether they are on or not. */
  get items(): Iterable<string> {
    return this.#advertising.keys();
  }

  isAdvertised(item: string): boolean {
    return this.#advertising.has(item);
  }

  /** The names of the campaigns that advertise an item. */
  advertising(item: string): Iterable<string> {
    return this.#advertising.get(item) ?? [];
  }

  /**
   * What a campaign bids for a list; nothing where it is not on, has spent its budget, or has been shown often enough, or
   * while nobody charges.
   */
  bid(
    name: string,
    { id, user, at_ms }: Pick<RankRequest, 'id' | 'user' | 'at_ms'>,
    currency: string,
  ): Bid | undefined {
    const campaign = this.#campaigns.get(name);
    if (!campaign || campaign.currency !== currency || this.#isUnbilled(at_ms)) return undefined;
    const time = localTime(campaign.zone, at_ms);
    if (!isOn(campaign, at_ms, time)) return undefined;
    if (!mayShow(this.#shown.get(user)?.get(name), campaign.cap, id, at_ms)) return undefined;
    const spent = this.#spent(name, time.day, currency);
    const left = campaign.daily_micros - spent;
    if (left <= 0) return undefined;
    const planned = passed(this.traffic, at_ms, time, campaign.hours);
    const micros = Math.min(campaign.bid_micros * pace(spent / campaign.daily_micros, planned), left);
    return { campaign, micros, day: time.day };
  }

  /** Takes note that a list shows campaigns with a cap. @returns what all scorers should know of it */
  noteShown({ id, user, at_ms, items }: ListRecord): Shown | undefined {
    const capped = items.flatMap(({ ad }) => {
      const cap = ad && this.#campaigns.get(ad.campaign)?.cap;
      return cap ? [{ campaign: ad.campaign, cap }] : [];
    });
    if (capped.length === 0) return undefined;
    const exposures = new Map(this.#shown.get(user));
    for (const { campaign, cap } of capped) {
      const more = shownOnceMore(exposures.get(campaign), cap, { list: id, at_ms });
      exposures.delete(campaign); // shown last, it stands last
      exposures.set(campaign, more);
    }
    const kept = this.#keepShown(user, exposures, at_ms);
    const campaigns = Object.fromEntries([...kept].map(([campaign, shown]) => [campaign, [...shown]]));
    return { v: 1, user, at_ms, campaigns };
  }

  /** A job's report: whether billing is there, and has nothing before it. One that has no claims to read says nothing. */
  hear(record: StreamRecord): void {
    const parsed = admit('job.metrics', record);
    if (!parsed.ok || parsed.value.job !== 'billing') return;
    const { at_ms, lag } = parsed.value;
    if (lag['ads.claims'] === 0) this.billed_ms = Math.max(this.billed_ms, at_ms);
  }

  /** What would be clicked now might be beyond budgets that nobody watches. */
  #isUnbilled(now_ms: number): boolean {
    return now_ms > this.billed_ms + LIMITS.billing_silence_ms;
  }

  /** By what P(click) of a model is multiplied on ads; 1 where nothing was learned of it. */
  clickFactorOf(model: string): number {
    return this.#learned?.model === model ? this.#learned.factor : 1;
  }

  /** Takes a record of one of its topics. */
  apply(topic: 'shop.campaigns' | 'ads.ledger' | 'ads.shown' | 'ads.learned', record: StreamRecord): void {
    if (topic === 'shop.campaigns') this.#takeCampaign(record);
    if (topic === 'ads.ledger') this.#takeAccount(record);
    if (topic === 'ads.shown') this.#takeShown(record);
    if (topic === 'ads.learned') this.#takeLearned(record);
  }

  #takeCampaign(record: StreamRecord): void {
    const parsed = record.value && admit('shop.campaigns', record);
    if (record.key === null || (parsed && !parsed.ok)) return; // the campaign stays as it was; the sink tells of the record
    for (const item of this.#campaigns.get(record.key)?.items ?? []) {
      const names = this.#advertising.get(item);
      names?.delete(record.key);
      if (names?.size === 0) this.#advertising.delete(item);
    }
    this.#campaigns.delete(record.key);
    if (!parsed) return;
    const campaign = parsed.value;
    this.#campaigns.set(campaign.campaign, campaign);
    for (const item of campaign.items) {
      const names = this.#advertising.get(item) ?? new Set();
      this.#advertising.set(item, names.add(campaign.campaign));
    }
  }

  #takeAccount(record: StreamRecord): void {
    const parsed = admit('ads.ledger', record);
    if (!parsed.ok) return;
    const known = this.#accounts.get(parsed.value.campaign);
    if (!known || known.next < parsed.value.next) this.#accounts.set(parsed.value.campaign, parsed.value);
  }

  #takeShown(record: StreamRecord): void {
    if (record.value === null && record.key !== null) this.#shown.delete(record.key); // the user was erased
    const parsed = record.value && admit('ads.shown', record);
    if (!parsed?.ok) return;
    const { user, at_ms, campaigns } = parsed.value;
    const told = new Map(Object.entries(campaigns));
    const known = this.#shown.get(user);
    this.#keepShown(user, known ? merged(known, told, LIMITS.exposures_per_campaign) : told, at_ms);
  }

  #takeLearned(record: StreamRecord): void {
    const parsed = record.value && admit('ads.learned', record);
    if (!parsed || parsed.ok) this.#learned = parsed?.value;
  }

  /** Without campaigns of which nothing can count any more. */
  #keepShown(user: string, exposures: Exposures, now_ms: number): Exposures {
    const since_ms = now_ms - LIMITS.cap_hours * 3_600_000;
    const counting = [...exposures].filter(([, shown]) => (shown.at(-1)?.at_ms ?? 0) > since_ms);
    const kept = new Map(counting.slice(-LIMITS.capped_campaigns_per_user));
    this.#shown.set(user, kept);
    return kept;
  }

  #spent(campaign: string, day: string, currency: string): number {
    const days = this.#accounts.get(campaign)?.days;
    return days?.find(each => each.day === day && each.currency === currency)?.billed_micros ?? 0;
  }
}
