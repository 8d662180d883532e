import { describe, expect, it } from 'vitest';
import { type Bidder, inMicros, type Pricing, type Sold, sellSlots } from '../../../models/ads/auction.ts';
import fc from '../../properties.ts';

const RUNS = { numRuns: 500 };
const bidder: fc.Arbitrary<Bidder> = fc.record({
  value: fc.oneof(fc.constant(0), fc.double({ min: 1, max: 5e6, noNaN: true })),
  quality: fc.double({ min: 1e-4, max: 1, noNaN: true }),
  reserve: fc.oneof(fc.constant(0), fc.double({ min: 1, max: 1e6, noNaN: true })),
});
const bidders = fc.array(bidder, { minLength: 1, maxLength: 8 });
/** Of slots that are looked at less and less. */
const looks = fc
  .array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 1, maxLength: 5 })
  .map(all => all.sort((a, b) => b - a));
const pricing = fc.constantFrom<Pricing>('gsp', 'vcg');

/** What a bidder gets out of an auction whose true value of a click is given: expected, of one list. */
function utility(sold: readonly Sold[], all: readonly Bidder[], who: number, value: number, curve: readonly number[]) {
  const slot = sold.findIndex(each => each.bidder === who);
  return slot < 0 ? 0 : curve[slot]! * all[who]!.quality * (value - sold[slot]!.price);
}

const clicksOf = (sold: readonly Sold[], all: readonly Bidder[], who: number, curve: readonly number[]) =>
  utility(sold, all, who, 1, curve) + utility(sold, all, who, 0, curve) * -1;

const saying = (all: readonly Bidder[], who: number, value: number) =>
  all.map((each, at) => (at === who ? { ...each, value } : each));

describe('an auction of slots', () => {
  it('charges nobody above the value or below the reserve, by either price (individual rationality)', () => {
    fc.assert(
      fc.property(bidders, looks, pricing, (all, curve, price) => {
        const sold = sellSlots(all, curve, price);
        expect(sold.length).toBe(Math.min(curve.length, all.filter(b => b.value > 0 && b.value >= b.reserve).length));
        for (const each of sold) {
          expect(each.price).toBeLessThanOrEqual(all[each.bidder]!.value);
          expect(each.price).toBeGreaterThanOrEqual(all[each.bidder]!.reserve);
        }
        expect(new Set(sold.map(each => each.bidder)).size).toBe(sold.length);
      }),
      RUNS,
    );
  });

  it('gives whoever bids more at least as many clicks (monotonicity), and no price that falls with it', () => {
    fc.assert(
      fc.property(bidders, looks, pricing, fc.double({ min: 1, max: 10, noNaN: true }), (all, curve, price, times) => {
        const [before, after] = [all, saying(all, 0, all[0]!.value * times)].map(each => sellSlots(each, curve, price));
        expect(clicksOf(after!, all, 0, curve)).toBeGreaterThanOrEqual(clicksOf(before!, all, 0, curve) - 1e-12);
        const priceOf = (sold: readonly Sold[]) => sold.find(each => each.bidder === 0)?.price ?? 0;
        expect(priceOf(after!)).toBeGreaterThanOrEqual(priceOf(before!) * (1 - 1e-9));
      }),
      RUNS,
    );
  });

  it('is the same where all qualities are wrong by one factor, and not where they are wrong by a power', () => {
    const times = fc.double({ min: 0.1, max: 10, noNaN: true });
    fc.assert(
      fc.property(bidders, looks, pricing, times, (all, curve, price, factor) => {
        const wrong = all.map(each => ({ ...each, quality: each.quality * factor }));
        const [right, sold] = [all, wrong].map(each => sellSlots(each, curve, price)) as [Sold[], Sold[]];
        expect(sold.map(({ price }) => price)).toEqual(right.map(({ price }) => expect.closeTo(price, 3)));
      }),
      RUNS,
    );
    const two = [0.04, 0.01].map(quality => ({ value: 1e6, quality, reserve: 0 }));
    const bold = two.map(each => ({ ...each, quality: each.quality ** 2 }));
    const prices = [two, bold].map(each => sellSlots(each, [1], 'gsp').map(({ price }) => Math.round(price)));
    expect(prices).toEqual([[250_000], [62_500]]);
  });

  it('with VCG rewards no lie, whatever the others say', () => {
    const lie = fc.oneof(
      fc.double({ min: 0, max: 3, noNaN: true }).map(times => (value: number) => value * times),
      fc.double({ min: 0, max: 6e6, noNaN: true }).map(other => () => other),
    );
    fc.assert(
      fc.property(bidders, looks, fc.array(lie, { minLength: 5, maxLength: 5 }), (all, curve, lies) => {
        const truth = all[0]!.value;
        const honest = utility(sellSlots(all, curve, 'vcg'), all, 0, truth, curve);
        expect(honest).toBeGreaterThanOrEqual(0);
        for (const said of lies.map(each => each(truth))) {
          const sold = sellSlots(saying(all, 0, said), curve, 'vcg');
          expect(utility(sold, all, 0, truth, curve)).toBeLessThanOrEqual(honest + 1e-6 * (1 + truth));
        }
      }),
      RUNS,
    );
  });

  it('with GSP rewards a lie in the example of Edelman, Ostrovsky and Schwarz: the property above can fail', () => {
    const all = [10, 4, 2].map(value => ({ value, quality: 1, reserve: 0 }));
    const curve = [200, 199];
    const honest = utility(sellSlots(all, curve, 'gsp'), all, 0, 10, curve);
    const shaded = utility(sellSlots(saying(all, 0, 3), curve, 'gsp'), all, 0, 10, curve);
    expect([honest, shaded]).toEqual([1_200, 1_592]);
  });

  it('without reserves has the prices of VCG by their definition: what the others lose by the bidder being there', () => {
    const welfare = (all: readonly Bidder[], curve: readonly number[], but: number) => {
      // The best assignment, by trying all of them.
      const best = (slot: number, left: readonly number[]): number =>
        slot === curve.length || left.length === 0
          ? 0
          : Math.max(
              ...left.map(who => {
                const own = who === but ? 0 : curve[slot]! * all[who]!.quality * all[who]!.value;
                return (
                  own +
                  best(
                    slot + 1,
                    left.filter(other => other !== who),
                  )
                ); // prettier-ignore
              }),
            );
      return best;
    };
    const free = fc.array(bidder, { minLength: 1, maxLength: 5 }).map(all => all.map(b => ({ ...b, reserve: 0 })));
    fc.assert(
      fc.property(free, looks, (all, curve) => {
        const everyone = [...all.keys()];
        for (const [slot, { bidder: who, price }] of sellSlots(all, curve, 'vcg').entries()) {
          const without = welfare(
            all,
            curve,
            who,
          )(
            0,
            everyone.filter(other => other !== who),
          ); // prettier-ignore
          const order = sellSlots(all, curve, 'vcg').map(each => each.bidder);
          const withThem = order.reduce(
            (sum, other, at) => sum + (other === who ? 0 : curve[at]! * all[other]!.quality * all[other]!.value),
            0,
          );
          const paid = price * curve[slot]! * all[who]!.quality;
          expect(Math.abs(paid - (without - withThem))).toBeLessThan(1e-6 * (1 + without));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('with GSP asks the least that keeps the slot: with a little more it is kept, with a little less it is lost', () => {
    fc.assert(
      fc.property(bidders, looks, (all, curve) => {
        for (const [slot, { bidder: who, price }] of sellSlots(all, curve, 'gsp').entries()) {
          const slotWith = (said: number) =>
            sellSlots(saying(all, who, said), curve, 'gsp').findIndex(each => each.bidder === who);
          expect(slotWith(price * (1 + 1e-9) + 1e-9)).toBeLessThanOrEqual(slot);
          if (price === 0) continue;
          const less = slotWith(price * (1 - 1e-6));
          expect(less === -1 || less > slot).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it('asks no more by VCG than by GSP for the same bids', () => {
    fc.assert(
      fc.property(bidders, looks, (all, curve) => {
        const gsp = sellSlots(all, curve, 'gsp');
        for (const [slot, { bidder: who, price }] of sellSlots(all, curve, 'vcg').entries()) {
          expect(gsp[slot]!.bidder).toBe(who);
          expect(price).toBeLessThanOrEqual(gsp[slot]!.price * (1 + 1e-9));
        }
      }),
      RUNS,
    );
  });

  it('lets quality stand for money: what is clicked twice as often needs half of the bid', () => {
    const all = [
      { value: 100, quality: 0.2, reserve: 10 },
      { value: 150, quality: 0.1, reserve: 10 },
      { value: 9, quality: 0.9, reserve: 10 },
    ];
    expect(sellSlots(all, [1, 0.5], 'gsp')).toEqual([
      { bidder: 0, price: 75 },
      { bidder: 1, price: 10 },
    ]);
    expect(sellSlots(all, [1, 0.5], 'vcg')).toEqual([
      { bidder: 0, price: 42.5 }, // half of the look at 75, the other half at the reserve
      { bidder: 1, price: 10 },
    ]);
  });

  it('rounds prices up to whole micros, but never above the bid', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), fc.double({ min: 0, max: 1.001, noNaN: true }), (bid, share) => {
        const price = inMicros(bid * share, bid);
        expect(Number.isInteger(price)).toBe(true);
        expect(price).toBeLessThanOrEqual(bid);
        expect(price).toBeGreaterThanOrEqual(Math.min(bid * share, bid));
      }),
      RUNS,
    );
  });
});
