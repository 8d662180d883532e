import { describe, expect, it } from 'vitest';
import { type AdPolicy, DEFAULT_POLICIES } from '../../../schemas/policies/policy.ts';
import type { Campaign, CampaignInput } from '../../../schemas/topics/ads.ts';
import type { Arm } from '../../../schemas/topics/ranking.ts';
import { Market } from '../../../streams/ads/market.ts';
import { removing, sellPlaces } from '../../../streams/ads/sale.ts';
import fc from '../../properties.ts';
import { campaign, NOON, recordOf } from './records.ts';

const POLICY = DEFAULT_POLICIES.ads;
const ITEMS = ['i0', 'i1', 'i2', 'i3', 'i4', 'i5'];

interface Setting {
  campaigns: Campaign[];
  rates?: number[];
  purchases?: number[];
  policy?: Partial<AdPolicy>;
  arm?: Arm;
  id?: string;
  count?: number;
}

function sell({ campaigns, arm = 'champion', id = 'r', count = 3, ...more }: Setting) {
  const market = new Market();
  for (const each of campaigns) market.apply('shop.campaigns', recordOf(each, each.campaign));
  return sellPlaces({
    arm,
    request: { v: 1, id, at_ms: NOON, user: 'u', session: 's', surface: 'ads', count },
    items: ITEMS,
    clickRates: more.rates ?? ITEMS.map(() => 0.1),
    purchaseRates: more.purchases ?? ITEMS.map(() => 0.05),
    policy: { ...POLICY, ...more.policy },
    memory: { market },
    shares: { exploration: 0.1, control: 0 },
  });
}

const of = (name: string, item: number, bid_micros: number, more: Partial<CampaignInput> = {}) =>
  campaign(name, { items: [ITEMS[item]!], bid_micros, ...more });
const shown = ({ places, ads }: ReturnType<typeof sell>) =>
  places.map(({ index }) => [ads.get(index)!.campaign, ITEMS[index], ads.get(index)!.price_micros]);

const anyCampaigns = fc
  .array(
    fc.record({
      items: fc.subarray(ITEMS, { minLength: 1 }),
      bid_micros: fc.integer({ min: 1, max: 2_000_000 }),
      pays_for: fc.constantFrom('click' as const, 'purchase' as const),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map(all => all.map((each, n) => campaign(`c${n}`, each)));
const rates = fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 });

describe('the sale of the places of a list', () => {
  it('goes by bid times click rate, and says price, label and why', () => {
    const campaigns = [of('dear', 0, 1_000_000), of('liked', 1, 400_000), of('cheap', 2, 100_000)];
    const sold = sell({ campaigns, rates: [0.1, 0.5, 0.2, 0, 0, 0], policy: { pricing: 'gsp' } });
    expect(shown(sold)).toEqual([
      ['liked', 'i1', 200_000], // as much as brings dear's 0.1 a look
      ['dear', 'i0', 200_000],
      ['cheap', 'i2', 10_000],
    ]);
    expect(sold.ads.get(1)).toEqual({
      campaign: 'liked',
      pays_for: 'click',
      price_micros: 200_000,
      currency: 'EUR',
      day: '2026-11-27',
      daily_micros: 10_000_000,
      label: 'Sponsored',
      bid_micros: 400_000,
      click_rate: 0.5,
    });
  });

  it('shows nothing below the floor of the click rate, whatever is bid, and nobody below the reserve', () => {
    const campaigns = [of('irrelevant', 0, 1e9), of('poor', 1, 9_999), of('fine', 2, 20_000)];
    expect(shown(sell({ campaigns, rates: [0.004, 0.5, 0.2, 0, 0, 0] }))).toEqual([['fine', 'i2', 10_000]]);
  });

  it('has one order and one price whatever factor all rates have, where the floor lets all in', () => {
    const pricing = fc.constantFrom('gsp' as const, 'vcg' as const);
    const factor = fc.constantFrom(1 / 2, 1 / 16, 1 / 64); // exact in floats, so that ties stay ties
    fc.assert(
      fc.property(anyCampaigns, rates, factor, pricing, (campaigns, q, times, by) => {
        const policy = { pricing: by, least_click_rate: 0 };
        const sold = (rates: number[]) => shown(sell({ campaigns, rates, policy }));
        expect(sold(q.map(rate => times * rate))).toEqual(sold(q));
      }),
    );
    const one = { campaigns: [of('a', 0, 1e6)], policy: { least_click_rate: 0.005 } };
    expect(shown(sell({ ...one, rates: [0.01, 0, 0, 0, 0, 0] }))).toHaveLength(1);
    expect(shown(sell({ ...one, rates: [0.4 * 0.01, 0, 0, 0, 0, 0] }))).toEqual([]);
  });

  it('gives a campaign one place, for the item that fits best; an item stands once, for whom it is worth most to', () => {
    const campaigns = [
      campaign('wide', { items: ['i0', 'i1', 'i2'], bid_micros: 100_000 }),
      of('rival', 1, 80_000),
      of('weak', 1, 60_000),
    ];
    const sold = sell({ campaigns, rates: [0.1, 0.3, 0.2, 0, 0, 0] });
    expect(shown(sold)).toEqual([['wide', 'i1', 80_000]]); // the rival for the same item is its price
  });

  it('lets who pays for purchases bid what a click is worth by them', () => {
    const campaigns = [of('sales', 0, 4_000_000, { pays_for: 'purchase' }), of('clicks', 1, 100_000)];
    const sold = sell({ campaigns, purchases: [0.05, 0, 0, 0, 0, 0], policy: { pricing: 'gsp' } });
    expect(shown(sold)).toEqual([
      ['sales', 'i0', 2_000_000], // 100 000 a click, one in twenty buys
      ['clicks', 'i1', 10_000],
    ]);
    expect(sold.ads.get(0)).toMatchObject({ pays_for: 'purchase', purchase_rate: 0.05, bid_micros: 4_000_000 });
  });

  it('asks nobody more than the bid, on lists of any arm, and gives exact propensities', () => {
    const arm = fc.constantFrom<Arm>('champion', 'explore', 'control', 'fallback');
    fc.assert(
      fc.property(
        anyCampaigns,
        rates,
        arm,
        fc.constantFrom('gsp' as const, 'vcg' as const),
        (campaigns, q, by, pricing) => {
          const { places, ads } = sell({ campaigns, rates: q, purchases: q, arm: by, policy: { pricing } });
          expect(places.length).toBe(ads.size);
          expect(new Set(places.map(({ index }) => index)).size).toBe(places.length);
          expect(new Set([...ads.values()].map(each => each.campaign)).size).toBe(places.length);
          for (const { index, propensity } of places) {
            const bidder = campaigns.find(each => each.campaign === ads.get(index)!.campaign)!;
            expect(bidder.items).toContain(ITEMS[index]);
            expect(ads.get(index)!.price_micros).toBeLessThanOrEqual(bidder.bid_micros);
            expect(propensity).toBeGreaterThan(0);
          }
        },
      ),
    );
  });

  it('with VCG rewards no campaign for bidding anything but the worth of a click, also where others want its item', () => {
    fc.assert(
      fc.property(anyCampaigns, rates, fc.integer({ min: 1, max: 4_000_000 }), (campaigns, q, lie) => {
        const clicks = campaigns.map(each => ({ ...each, pays_for: 'click' as const }));
        const truth = clicks[0]!.bid_micros;
        const gain = (all: Campaign[]) => {
          const { places, ads } = sell({ campaigns: all, rates: q });
          const own = places.find(({ index }) => ads.get(index)!.campaign === 'c0');
          if (!own) return 0;
          const looks = (1 + own.position) ** -0.5;
          return looks * q[own.index]! * (truth - ads.get(own.index)!.price_micros);
        };
        const lying = gain([{ ...clicks[0]!, bid_micros: lie }, ...clicks.slice(1)]);
        expect(lying).toBeLessThanOrEqual(gain(clicks) + 1); // prices are whole micros
      }),
      { numRuns: 200 },
    );
  });

  it('sells lists in random order at the reserve: prices follow from bids as little as places do', () => {
    const campaigns = [of('a', 0, 1_000_000), of('b', 1, 400_000), of('c', 2, 100_000)];
    const seen = new Set<string>();
    for (let n = 0; n < 40; n++) {
      const sold = sell({ campaigns, arm: 'explore', id: `r${n}` });
      expect([...sold.ads.values()].every(({ price_micros }) => price_micros === 10_000)).toBe(true);
      seen.add(
        shown(sold)
          .map(([name]) => name)
          .join(''),
      ); // prettier-ignore
    }
    expect(seen.size).toBe(6);
  });

  it('removes what the policy of a list would demote', () => {
    expect(removing(POLICY)).toMatchObject({ bought: 'remove', dismissed: 'remove', clicked: 'keep', pins: [] });
  });
});
