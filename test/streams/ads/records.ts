import type { Ad } from '../../../schemas/topics/ads.ts';
import { Account, Campaign, type CampaignInput } from '../../../schemas/topics/ads.ts';
import type { RankedList } from '../../../schemas/topics/ranking.ts';
import type { StreamRecord } from '../../../streams/kafka/bus.ts';

export const NOON = Date.parse('2026-11-27T12:00:00Z');

export function campaign(name: string, more: Partial<CampaignInput> = {}): Campaign {
  const money = { bid_micros: 500_000, daily_micros: 10_000_000, currency: 'EUR' };
  return Campaign.parse({ v: 1, campaign: name, at_ms: NOON, items: [`${name}-item`], ...money, ...more });
}

export function account(name: string, billed_micros: number, next = 1): Account {
  const spend = { currency: 'EUR', billed_micros, billed: 1, unbilled_micros: 0, unbilled: 0 };
  return Account.parse({
    v: 1,
    campaign: name,
    next,
    from: 0,
    clock_ms: NOON,
    days: [{ day: '2026-11-27', ...spend }],
  });
}

/** A record as it comes from a topic that is keyed by what `key` says. */
export function recordOf(value: object | null, key: string): StreamRecord {
  const bytes = value && Buffer.from(JSON.stringify(value));
  return { key, value: bytes, offset: 0, timestamp_ms: Date.now() };
}

export const ad: Ad = {
  campaign: 'c',
  pays_for: 'click',
  price_micros: 200_000,
  currency: 'EUR',
  day: '2026-11-27',
  daily_micros: 10_000_000,
  label: 'Sponsored',
  bid_micros: 500_000,
  click_rate: 0.1,
};

/** A list with these ads, from the top. */
export function listWith(ads: readonly Ad[], more: Partial<RankedList> = {}): RankedList {
  const items = ads.map((each, position) => ({
    item: `${each.campaign}-item`,
    position,
    score: 0,
    propensity: 1,
    reason: 'category',
    ad: each,
    features: [0],
  }));
  const names = {
    user: 'u',
    session: 's',
    surface: 'ads',
    model: 'm',
    arm: 'champion',
    features_version: 'f',
  } as const;
  const spent_ms = { queue: 0, candidates: 0, features: 0, score: 0 };
  return { v: 1, id: 'l', at_ms: NOON, ...names, candidates: 9, history: [], index: {}, items, spent_ms, ...more };
}
