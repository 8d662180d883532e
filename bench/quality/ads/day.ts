import { HOURS, passed, type Traffic, trafficOf } from '../../../models/ads/pacing.ts';
import { HOUR_MS } from '../../../models/ads/schedule.ts';
import { FEATURES_VERSION } from '../../../models/features/vector.ts';
import { hash32 } from '../../../models/hash.ts';
import { type Random, random } from '../../../models/random.ts';
import { type AdPolicy, DEFAULT_POLICIES } from '../../../schemas/policies/policy.ts';
import type { Campaign, DaySpend } from '../../../schemas/topics/ads.ts';
import type { RankedList, RankRequest } from '../../../schemas/topics/ranking.ts';
import { Market } from '../../../streams/ads/market.ts';
import { sellPlaces } from '../../../streams/ads/sale.ts';
import { claimOf } from '../../../streams/outcomes/claims.ts';
import { browse, toEvent } from '../../../test/sim/shopper.ts';
import { appeal, createWorld, type User, type World } from '../../../test/sim/world.ts';
import { type Kill, recordOf, SimulatedBilling } from './billing.ts';

export interface DayOptions {
  seed: number;
  requests: number;
  /** Of each campaign, in micros. */
  budgets: (campaign: number) => number;
  policy?: Partial<AdPolicy>;
  /** False: bids stay whole until the budget is spent. */
  paced?: boolean;
  /** From a click to when scorers know what it cost. */
  feedback_ms?: number;
  kill?: Kill;
}

/** What became of a campaign on a simulated day. */
export interface CampaignDay {
  campaign: Campaign;
  spend: DaySpend | undefined;
  /** At the end of each hour: the share of the budget that was spent, less the share of the traffic that had passed. */
  ahead: number[];
  /** Share of the traffic after which 99 % were spent. */
  lasted: number;
}

export const DAY_MS = Date.parse('2026-11-27T00:00:00Z');
const SLOTS = 4;
const FEEDBACK_MS = 2_000;
/** Predictions are off by a factor, in logarithms with this deviation. */
const NOISE = 0.3;
const ITEMS_PER_CAMPAIGN = 8;
/** Night, morning, noon and evening of a shop: lists by hour. */
const SHAPE = [3, 2, 1, 1, 1, 2, 4, 7, 9, 10, 10, 11, 12, 11, 10, 10, 11, 13, 16, 19, 20, 17, 11, 6];

/**
 * A day of a shop's ads, by the code that serves them: each list is sold to the campaigns, the simulated shop's users look
 * and click, clicks are claimed and charged, and scorers hear of it somewhat later. How the day's traffic will fall they
 * know from the day before, which was another draw from the same hours.
 */
export function runDay(options: DayOptions): CampaignDay[] {
  const { seed, requests, budgets, paced = true, feedback_ms = FEEDBACK_MS, kill } = options;
  const world = createWorld({ seed });
  const campaigns = campaignsOf(world, budgets);
  const policy = { ...DEFAULT_POLICIES.ads, ...options.policy };
  const market = new Market();
  for (const each of campaigns) market.apply('shop.campaigns', recordOf(each, each.campaign));
  const traffic = trafficOf(countsOf(momentsOf(requests, random(seed, 1))));
  market.traffic = paced ? traffic : SPEND_AT_ONCE;
  const billing = new SimulatedBilling(market, kill);
  const items = [...market.items];
  const clickRates = ratesOf(world, items);
  const ahead: number[][] = campaigns.map(() => []);
  const endHour = (hour: number) => {
    const share = passed(traffic, DAY_MS + hour * HOUR_MS, { day_starts_ms: DAY_MS });
    for (const [n, { campaign, daily_micros }] of campaigns.entries()) {
      ahead[n]!.push((billing.account(campaign)?.days[0]?.billed_micros ?? 0) / daily_micros - share);
    }
  };

  const visitor = visitorsOf(world, random(seed, 2));
  let hour = 1;
  for (const [n, at_ms] of momentsOf(requests, random(seed, 3)).entries()) {
    billing.advanceTo(at_ms);
    for (; at_ms >= DAY_MS + hour * HOUR_MS; hour++) endHour(hour);
    const user = visitor();
    const list = listFor(
      { user, id: `r${n}`, at_ms: Math.round(at_ms) },
      { items, clickRates: clickRates(user), market, policy },
    );
    for (const act of browse(world, user, list, random(seed, 4, n))) {
      const event = toEvent(act, list, list.at_ms + act.after_ms);
      const claim = claimOf(list, event);
      if (claim) billing.claim(claim, event.at_ms + feedback_ms);
    }
  }
  billing.advanceTo(Number.POSITIVE_INFINITY);
  for (; hour <= HOURS; hour++) endHour(hour);
  return campaigns.map((campaign, n) => {
    const spend = billing.account(campaign.campaign)?.days[0];
    return { campaign, spend, ahead: ahead[n]!, lasted: billing.lasted(campaign, traffic, DAY_MS) };
  });
}

/** All of the day's traffic comes in its first hour: from then on nothing is ahead of the plan. */
const SPEND_AT_ONCE: Traffic = Array.from({ length: HOURS }, (_, hour) => Number(hour === 0));

/** One for each category of the shop: it advertises some items of it. Every fourth pays for purchases. */
function campaignsOf(world: World, budgets: DayOptions['budgets']): Campaign[] {
  const categories = [...new Set(world.items.map(({ category }) => category))];
  return categories.map((category, n) => {
    const items = world.items.filter(item => item.category === category).slice(0, ITEMS_PER_CAMPAIGN);
    const pays_for = n % 4 === 3 ? 'purchase' : 'click';
    return {
      v: 1,
      campaign: category,
      at_ms: DAY_MS,
      status: 'running',
      items: items.map(({ item }) => item),
      pays_for,
      bid_micros: (pays_for === 'purchase' ? 5 : 1) * (200_000 + 60_000 * ((5 * n) % categories.length)),
      daily_micros: budgets(n),
      currency: 'EUR',
      zone: 'UTC',
      label: 'Sponsored',
    };
  });
}

interface Room {
  items: readonly string[];
  /** Of each item. */
  clickRates: Float64Array;
  market: Market;
  policy: AdPolicy;
}

function listFor(who: { user: User; id: string; at_ms: number }, room: Room): RankedList {
  const { items, clickRates, market, policy } = room;
  const { id, at_ms } = who;
  const { user } = who.user;
  const request: RankRequest = { v: 1, id, at_ms, user, session: 's', surface: 'ads', count: SLOTS };
  const offer = { arm: 'champion', request, items, clickRates, purchaseRates: items.map(() => 0.18), policy } as const;
  const { places, ads } = sellPlaces({ ...offer, memory: { market }, shares: { exploration: 0, control: 0 } });
  const listed = places.map(({ index, position, propensity }) => {
    return {
      item: items[index]!,
      position,
      propensity,
      score: 0,
      reason: 'simulated',
      features: [],
      ad: ads.get(index)!,
    };
  });
  const names = { session: 's', surface: 'ads', model: 'simulated', arm: 'champion' } as const;
  const rest = { features_version: FEATURES_VERSION, candidates: items.length, history: [], index: {} };
  const spent_ms = { queue: 0, candidates: 0, features: 0, score: 0 };
  return { v: 1, id, at_ms, user, ...names, ...rest, items: listed, spent_ms };
}

/** What is predicted of each user and item, worked out once. */
function ratesOf(world: World, items: readonly string[]): (user: User) => Float64Array {
  const known = new Map<User, Float64Array>();
  return user => {
    const rates = known.get(user) ?? Float64Array.from(items, item => predicted(user, world.item(item)!));
    known.set(user, rates);
    return rates;
  };
}

/** What a good ranker would know. */
function predicted(user: User, item: NonNullable<ReturnType<World['item']>>): number {
  const { normal } = random(hash32(`${user.user}/${item.item}`));
  return Math.min(1, appeal(user, item) * Math.exp(NOISE * normal()));
}

/** When lists are asked for, in order. */
function momentsOf(requests: number, draw: Random): Float64Array {
  const all = SHAPE.reduce((sum, each) => sum + each, 0);
  return Float64Array.from({ length: requests }, () => {
    let mark = draw.uniform() * all;
    const hour = SHAPE.findIndex(each => {
      mark -= each;
      return mark < 0;
    });
    return DAY_MS + (hour + draw.uniform()) * HOUR_MS;
  }).sort();
}

function countsOf(moments: Float64Array): number[] {
  const counts = Array.from({ length: HOURS }, () => 0);
  for (const at_ms of moments) counts[Math.floor((at_ms - DAY_MS) / HOUR_MS)]!++;
  return counts;
}

/** Users as often as they come. */
function visitorsOf({ users }: World, draw: Random): () => User {
  let all = 0;
  const until = users.map(({ activity }) => {
    all += activity;
    return all;
  });
  return () => {
    const mark = draw.uniform() * all;
    return users[until.findIndex(end => mark < end)]!;
  };
}
