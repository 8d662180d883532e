import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../schemas/limits.ts';
import { Market } from '../../../streams/ads/market.ts';
import { account, ad, campaign, listWith, NOON, recordOf } from './records.ts';

const REQUEST = { id: 'r', user: 'u', at_ms: NOON };

function market(...campaigns: ReturnType<typeof campaign>[]): Market {
  const made = new Market();
  for (const each of campaigns) made.apply('shop.campaigns', recordOf(each, each.campaign));
  return made;
}

describe('the market', () => {
  it('knows what is advertised as campaigns come, change and end', () => {
    const all = market(campaign('a', { items: ['x', 'y'] }), campaign('b', { items: ['y'] }));
    expect([...all.items].sort()).toEqual(['x', 'y']);
    expect([...all.advertising('y')]).toEqual(['a', 'b']);
    all.apply('shop.campaigns', recordOf(campaign('a', { items: ['z'] }), 'a'));
    expect([...all.items].sort()).toEqual(['y', 'z']);
    expect([...all.advertising('y')]).toEqual(['b']);
    all.apply('shop.campaigns', recordOf(null, 'b'));
    expect([...all.items]).toEqual(['z']);
  });

  it('keeps a campaign as it was where its next record is refused', () => {
    const all = market(campaign('a', { items: ['x'] }));
    all.apply('shop.campaigns', recordOf({ ...campaign('a'), bid_micros: -1 }, 'a'));
    all.apply('shop.campaigns', recordOf(campaign('b', { items: ['w'] }), 'a')); // under another key
    expect([...all.items]).toEqual(['x']);
  });

  it('corrects P(click) of the model of which something was learned, by the newest word, until it is taken back', () => {
    const all = market();
    const learned = (model: string, factor: number) => ({ v: 1, part: 'click_factor', at_ms: NOON, model, factor });
    const take = (value: object | null) => all.apply('ads.learned', recordOf(value, 'click_factor'));
    expect(all.clickFactorOf('home-1')).toBe(1);
    take(learned('home-1', 0.3));
    expect([all.clickFactorOf('home-1'), all.clickFactorOf('home-2')]).toEqual([0.3, 1]);
    take(learned('home-1', -1)); // refused
    expect(all.clickFactorOf('home-1')).toBe(0.3);
    take(learned('home-2', 0.5));
    expect([all.clickFactorOf('home-1'), all.clickFactorOf('home-2')]).toEqual([1, 0.5]);
    take(null);
    expect(all.clickFactorOf('home-2')).toBe(1);
  });

  it('bids whole while spending is behind the traffic of the day, less ahead of it, and nothing when all is spent', () => {
    const all = market(campaign('a'));
    const bid = () => all.bid('a', REQUEST, 'EUR')?.micros;
    expect(bid()).toBe(500_000);
    all.apply('ads.ledger', recordOf(account('a', 5_000_000, 2), 'a')); // half of it at noon
    expect(bid()).toBe(500_000);
    all.apply('ads.ledger', recordOf(account('a', 5_100_000, 3), 'a'));
    expect(bid()).toBeCloseTo(500_000 * Math.exp(-1), 3);
    all.apply('ads.ledger', recordOf(account('a', 0, 1), 'a')); // of before
    expect(bid()).toBeCloseTo(500_000 * Math.exp(-1), 3);
    all.traffic = Array.from({ length: 24 }, (_, hour) => (hour < 12 ? 3 : 1)); // most have come already
    expect(bid()).toBe(500_000);
    all.apply('ads.ledger', recordOf(account('a', 10_000_000, 4), 'a'));
    expect(bid()).toBeUndefined();
  });

  it('bids no more than what is left, and the budget of another day is another one', () => {
    const all = market(campaign('a'));
    all.traffic = Array.from({ length: 24 }, (_, hour) => (hour < 12 ? 1 : 0)); // all have come
    all.apply('ads.ledger', recordOf(account('a', 9_999_990), 'a'));
    expect(all.bid('a', REQUEST, 'EUR')?.micros).toBe(10);
    const tomorrow = { ...REQUEST, at_ms: NOON + 86_400_000 };
    expect(all.bid('a', tomorrow, 'EUR')).toMatchObject({ micros: 500_000, day: '2026-11-28' });
  });

  it('leaves out campaigns that are paused, of another currency, or not of this hour', () => {
    const hours = { from: 0, to: 12 };
    const all = market(
      campaign('p', { status: 'paused' }),
      campaign('h', { hours }),
      campaign('u', { currency: 'USD' }),
    );
    for (const name of ['p', 'h', 'u', 'none']) expect(all.bid(name, REQUEST, 'EUR')).toBeUndefined();
    expect(all.bid('h', { ...REQUEST, at_ms: NOON - 1 }, 'EUR')).toBeDefined();
    expect(all.bid('u', REQUEST, 'USD')).toBeDefined();
  });

  it('sells nothing while billing has been silent for long, or behind', () => {
    const all = market(campaign('a'));
    const bids = (at_ms: number) => all.bid('a', { ...REQUEST, at_ms }, 'EUR') !== undefined;
    const hear = (job: string, at_ms: number, lag?: number) => {
      const rest = { counts: {}, gauges: {}, timings: {}, notes: {} };
      const of = lag === undefined ? {} : { 'ads.claims': lag };
      all.hear(recordOf({ v: 1, job, process: 'p', at_ms, lag: of, ...rest }, 'p'));
    };
    all.billed_ms = NOON;
    expect(bids(NOON + LIMITS.billing_silence_ms)).toBe(true);
    expect(bids(NOON + LIMITS.billing_silence_ms + 1)).toBe(false);
    hear('outcomes', NOON + 60_000, 0);
    hear('billing', NOON + 60_000, 7);
    hear('billing', NOON + 60_000); // it has just started, or has nothing to read
    expect(bids(NOON + LIMITS.billing_silence_ms + 1)).toBe(false);
    hear('billing', NOON + 60_000, 0);
    expect(bids(NOON + LIMITS.billing_silence_ms + 60_000)).toBe(true);
  });

  it('shows a user a campaign as often as its cap says, whichever scorer answers, and whether one was killed', () => {
    const c = campaign('c', { cap: { most: 2, hours: 24 } });
    const [one, other] = [market(c), market(c)];
    const show = (on: Market, id: string, at_ms: number) => {
      const shown = on.noteShown(listWith([ad], { id, at_ms }))!;
      for (const each of [one, other]) each.apply('ads.shown', recordOf(shown, 'u')); // it comes back to both
    };
    show(one, 'l1', NOON);
    show(other, 'l2', NOON + 1);
    for (const each of [one, other]) {
      expect(each.bid('c', { ...REQUEST, at_ms: NOON + 2 }, 'EUR')).toBeUndefined();
      expect(each.bid('c', { ...REQUEST, user: 'v', at_ms: NOON + 2 }, 'EUR')).toBeDefined();
      expect(each.bid('c', { ...REQUEST, id: 'l2', at_ms: NOON + 1 }, 'EUR')).toBeDefined(); // that list again
      expect(each.bid('c', { ...REQUEST, at_ms: NOON + 86_400_000 }, 'EUR')).toBeDefined();
    }
    expect(one.noteShown(listWith([{ ...ad, campaign: 'without-cap' }]))).toBeUndefined();
  });

  it('counts for a user no more campaigns than it may: those shown the longest ago count no more', () => {
    const names = Array.from({ length: LIMITS.capped_campaigns_per_user + 1 }, (_, n) => `c${n}`);
    const all = market(...names.map(name => campaign(name, { cap: { most: 1, hours: 24 } })));
    for (const [n, name] of names.entries())
      all.noteShown(listWith([{ ...ad, campaign: name }], { id: `l${n}`, at_ms: NOON + n }));
    const bids = (name: string) => all.bid(name, { ...REQUEST, at_ms: NOON + 1_000 }, 'EUR') !== undefined;
    expect(names.filter(bids)).toEqual(['c0']);
  });
});
