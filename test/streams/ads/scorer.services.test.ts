import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { createLog } from '../../../schemas/log.ts';
import { DEFAULT_POLICIES } from '../../../schemas/policies/policy.ts';
import type { CampaignInput } from '../../../schemas/topics/ads.ts';
import type { RankedList, RankRequest } from '../../../schemas/topics/ranking.ts';
import { startBilling } from '../../../streams/ads/billing.ts';
import type { RunningJob } from '../../../streams/job.ts';
import type { Outbox } from '../../../streams/kafka/bus.ts';
import { startOutcomes } from '../../../streams/outcomes/job.ts';
import { Report } from '../../../streams/report.ts';
import { armOf } from '../../../streams/scorer/policy.ts';
import { ADS } from '../../../streams/surfaces/ads.ts';
import { startJob } from '../../job-process.ts';
import { openScorerRoom, perceptron, type ScorerRoom, SHARES } from '../scorer/scorer-room.ts';

let room: ScorerRoom;
let outbox: Outbox;
const jobs: RunningJob[] = [];
beforeAll(async () => {
  room = await openScorerRoom(inject('endpoints'));
  outbox = await room.bus.outbox();
  const promotion = await room.register(nameOf('champion'), perceptron(3, 0.01));
  await room.promote(promotion);
  await vi.waitUntil(() => room.report.snapshot(0).notes.champion === promotion.model, { timeout: 20_000 });
  const context = { config: room.config, bus: room.bus, store: undefined as never, log: createLog('test', 'silent') };
  jobs.push(await startOutcomes({ ...context, report: new Report('outcomes', room.run) }));
  jobs.push(await startBilling({ ...context, report: new Report('billing', room.run) }));
}, 120_000);
afterAll(async () => {
  for (const job of jobs) await job.stop();
  await outbox?.stop();
  await room?.clear();
});

const nameOf = (name: string) => `${room.run}-${name}`;
async function put(name: string, items: readonly number[], more: Partial<CampaignInput> = {}): Promise<void> {
  const campaign: CampaignInput = {
    v: 1,
    campaign: nameOf(name),
    at_ms: Date.now(),
    items: items.map(n => room.items[n]!),
    bid_micros: 500_000,
    daily_micros: 50_000_000,
    currency: 'EUR',
    ...more,
  };
  await outbox.publish('shop.campaigns', { key: campaign.campaign, value: JSON.stringify(campaign) });
}

let serial = 0;
/** Of an arm that the auction orders: also where a request is asked again and again. */
function userOf(who: string): string {
  for (;;) {
    const user = nameOf(`${who}${serial++}`);
    if (armOf({ user, id: 'x' } as RankRequest, { ...SHARES, exploration: 0 }) === 'champion') return user;
  }
}

async function ads(user: string): Promise<RankedList> {
  for (;;) {
    const id = nameOf(`ad${serial++}`);
    if (armOf({ user, id } as RankRequest, SHARES) !== 'champion') continue;
    const request = { v: 1, id, at_ms: Date.now(), user, session: 's', surface: 'ads', count: 5 } as const;
    return room.storefront.ask({ ...request, candidates: [...room.items] }, 20_000);
  }
}
/** A zone where it is after ten in the evening: most of the day's budget may be spent there at once, at any hour here. */
function whereItIsTen(): string {
  const ahead = 22 - new Date().getUTCHours();
  const east = ahead > 14 ? ahead - 24 : ahead;
  return `Etc/GMT${east > 0 ? '-' : '+'}${Math.abs(east)}`; // their signs are the other way round (POSIX)
}

const campaignsOn = (list: RankedList) => list.items.map(({ ad }) => ad!.campaign.slice(room.run.length + 1));

describe('ads of the scorer', () => {
  it('are what campaigns pay for most by bid and click rate, with price, label and reason', async () => {
    await put('low', [0, 1], { bid_micros: 100_000 });
    await put('high', [2, 3], { bid_micros: 900_000, label: 'Anzeige' });
    await put('dollars', [4], { currency: 'USD' });
    await put('mean', [5], { bid_micros: 9_000 });
    const user = userOf('u');
    await expect.poll(async () => campaignsOn(await ads(user)).sort(), { timeout: 20_000 }).toEqual(['high', 'low']);
    const list = await ads(user);
    const [first, second] = list.items.map(({ ad }) => ad!);
    expect(first!.bid_micros * first!.click_rate).toBeGreaterThanOrEqual(second!.bid_micros * second!.click_rate);
    for (const { ad, item } of list.items) {
      expect(room.items.slice(...(ad!.campaign.endsWith('high') ? [2, 4] : [0, 2]))).toContain(item);
      expect(ad!.price_micros).toBeLessThanOrEqual(ad!.bid_micros);
      expect(ad!.price_micros).toBeGreaterThanOrEqual(DEFAULT_POLICIES.ads.reserve_micros);
      expect(ad!.label).toBe(ad!.campaign.endsWith('high') ? 'Anzeige' : 'Sponsored');
    }
    expect(second!.price_micros).toBe(DEFAULT_POLICIES.ads.reserve_micros); // nobody stands below
    const [place] = list.items;
    expect(place!.propensity).toBeCloseTo(1 - SHARES.exploration + SHARES.exploration / 2, 12);
  });

  it('are sold by what the model says times what was learned of it', async () => {
    const ratio = async () => {
      const { items, model } = await ads(userOf('taught'));
      const [{ ad, score }] = items as [(typeof items)[number]];
      return { model, times: ad!.click_rate * (1 + Math.exp(-score)) };
    };
    const { model, times } = await ratio();
    expect(times).toBeCloseTo(1, 5);
    const learn = (factor: number) => {
      const part = { v: 1, part: 'click_factor', at_ms: Date.now(), model, factor } as const;
      return outbox.publish('ads.learned', { key: part.part, value: JSON.stringify(part) });
    };
    await learn(0.25);
    await expect.poll(async () => (await ratio()).times, { timeout: 20_000 }).toBeCloseTo(0.25, 5);
    await learn(1);
    await expect.poll(async () => (await ratio()).times, { timeout: 20_000 }).toBeCloseTo(1, 5);
  });

  it('are found by the lanes of the surface where a request brings no candidates', async () => {
    const user = userOf('own');
    const request = { v: 1, at_ms: Date.now(), user, session: 's', surface: 'ads', count: 5 } as const;
    const list = await room.storefront.ask({ ...request, id: nameOf('own-list') }, 20_000);
    const lanes = ADS.lanes.map(({ reason }) => reason);
    expect(list.items.length).toBeGreaterThan(0);
    for (const { reason, ad } of list.items) {
      expect(lanes).toContain(reason);
      expect(ad).toBeDefined();
    }
  });

  it('go away when their budget is spent by clicks', async () => {
    await put('small', [6], { bid_micros: 700_000, daily_micros: 30_000, zone: whereItIsTen() });
    const user = userOf('clicker');
    await expect.poll(async () => campaignsOn(await ads(user)), { timeout: 20_000 }).toContain('small');
    let charged = 0;
    const click = async () => {
      const list = await ads(user);
      const own = list.items.find(({ ad }) => ad!.campaign === nameOf('small'));
      if (!own) return 'gone';
      const { item, position } = own;
      const on = { v: 1, at_ms: Date.now(), user: list.user, session: 's', item, list: list.id, position } as const;
      await room.storefront.publishEvent({ ...on, id: `${list.id}/click`, type: 'click' });
      charged += own.ad!.price_micros;
      return 'shown';
    };
    await expect.poll(click, { timeout: 60_000, interval: 300 }).toBe('gone');
    expect(charged).toBeGreaterThanOrEqual(20_000); // the last cent is below the reserve
  }, 90_000);

  it('keep to their frequency cap, also when scorers are killed', async () => {
    await put('capped', [7], { bid_micros: 800_000, cap: { most: 2, hours: 24 } });
    const user = userOf('capped');
    await expect.poll(async () => campaignsOn(await ads(userOf('probe'))), { timeout: 20_000 }).toContain('capped');
    const seen = async () => campaignsOn(await ads(user)).includes('capped');
    expect(await seen()).toBe(true);
    await room.stopScorer();
    const doomed = await startJob('scorer', room.config);
    expect([await seen(), await seen(), await seen()]).toEqual([true, false, false]);
    await doomed.kill();
    const other = await startJob('scorer', room.config);
    expect([await seen(), await seen()]).toEqual([false, false]);
    expect(campaignsOn(await ads(userOf('probe')))).toContain('capped'); // others see it
    await other.kill();
  }, 120_000);
});
