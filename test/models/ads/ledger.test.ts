import { describe, expect, it } from 'vitest';
import { Ledger } from '../../../models/ads/ledger.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import { Account, type Charge, Claim } from '../../../schemas/topics/ads.ts';
import fc from '../../properties.ts';

const T0 = Date.parse('2026-11-27T12:00:00Z');

function claim(id: string, price_micros: number, more: Partial<Claim> = {}): Claim {
  const list = { list: `l-${id}`, list_at_ms: T0, item: 'i', position: 0, at_ms: T0 + 1 };
  const terms = { campaign: 'c', pays_for: 'click', currency: 'EUR', day: '2026-11-27', daily_micros: 100 } as const;
  return Claim.parse({ v: 1, id, price_micros, ...list, ...terms, ...more });
}

/** A log of claims of two campaigns and two days, with copies; some come so late that copies of them could not be told. */
const soon = fc.nat(1_000);
const late = fc.nat(2 * LIMITS.claim_ms);
const logs = fc
  .array(
    fc.record({
      id: fc.integer({ min: 0, max: 15 }),
      campaign: fc.constantFrom('a', 'b'),
      after_ms: fc.oneof({ weight: 6, arbitrary: soon }, { weight: 1, arbitrary: late }),
    }),
    { maxLength: 40 },
  )
  .map(lines => {
    let timestamp_ms = T0;
    return lines.map(({ id, campaign, after_ms }, offset): Line => {
      timestamp_ms = Math.max(timestamp_ms, T0 + after_ms);
      const of = { campaign, day: `2026-11-${26 + (id % 2)}`, list_at_ms: T0 + 1_000 * id };
      return { claim: claim(`${campaign}${id}`, (id * 7) % 60, of), offset, timestamp_ms };
    });
  });
type Line = { claim: Claim; offset: number; timestamp_ms: number };

function judged(ledger: Ledger, log: readonly Line[]): Charge[] {
  return log.flatMap(({ claim, ...place }) => ledger.take(claim, place) ?? []);
}

const latest = (accounts: readonly Account[]) => new Map(accounts.map(account => [account.campaign, account]));

describe('the ledger', () => {
  it('charges what is claimed until the budget of the day is spent, then the rest, then nothing', () => {
    const ledger = new Ledger();
    const charges = [40, 40, 40, 40].map((price, n) =>
      ledger.take(claim(`${n}`, price), { offset: n, timestamp_ms: T0 }),
    );
    expect(charges.map(each => [each?.verdict, each?.billed_micros])).toEqual([
      ['billed', 40],
      ['billed', 40],
      ['rest', 20],
      ['spent', 0],
    ]);
    expect(ledger.changed()[0]!.days).toEqual([
      { day: '2026-11-27', currency: 'EUR', billed_micros: 100, billed: 3, unbilled_micros: 60, unbilled: 1 },
    ]);
  });

  it('charges a claim once, and a late one never', () => {
    const ledger = new Ledger();
    const place = (offset: number, timestamp_ms = T0) => ({ offset, timestamp_ms });
    expect(ledger.take(claim('x', 10), place(0))?.billed_micros).toBe(10);
    expect(ledger.take(claim('x', 10), place(1))).toBeUndefined();
    const over = T0 + LIMITS.claim_ms + 1;
    expect(ledger.take(claim('x', 10), place(2, over))).toMatchObject({ verdict: 'late', billed_micros: 0 });
    expect(ledger.changed()[0]!.days[0]!.billed_micros).toBe(10);
  });

  it('pays by the day of the list, each with a budget of its own', () => {
    const ledger = new Ledger();
    ledger.take(claim('1', 100, { day: '2026-11-26' }), { offset: 0, timestamp_ms: T0 });
    expect(ledger.take(claim('2', 70), { offset: 1, timestamp_ms: T0 })).toMatchObject({ billed_micros: 70 });
    expect(ledger.changed()[0]!.days.map(each => each.billed_micros)).toEqual([100, 70]);
  });

  it('never charges a day more than its budget, nor a claim twice; and what it did not charge it counts', () => {
    fc.assert(
      fc.property(logs, log => {
        const ledger = new Ledger();
        const charges = judged(ledger, log);
        const paid = charges.filter(({ verdict }) => verdict !== 'late');
        expect(new Set(paid.map(({ id }) => id)).size).toBe(paid.length);
        for (const { days, campaign } of ledger.changed()) {
          for (const { day, billed_micros, unbilled_micros, billed, unbilled } of days) {
            const own = paid.filter(each => each.campaign === campaign && each.day === day);
            const claimed = own.reduce((sum, each) => sum + each.price_micros, 0);
            expect(billed_micros).toBe(Math.min(claimed, 100));
            expect(billed_micros + unbilled_micros).toBe(claimed);
            expect(billed_micros).toBe(own.reduce((sum, each) => sum + each.billed_micros, 0));
            expect(billed + unbilled).toBe(own.length);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('comes to the same charges and accounts after any crash, whichever accounts were written by then', () => {
    const crash = fc.record({ at: fc.nat(40), writtenOf: fc.subarray(['a', 'b']) });
    fc.assert(
      fc.property(logs, fc.array(crash, { maxLength: 3 }), (log, crashes) => {
        const whole = new Ledger();
        const expected = judged(whole, log);
        const accounts = latest(whole.changed());

        const written = new Map<string, Account>();
        const told = new Map<number, Charge>();
        let committed = 0;
        const tell = (ledger: Ledger, until: number) => {
          const from = Math.min(ledger.from ?? 0, committed);
          for (const line of log.filter(({ offset }) => offset >= from && offset < until)) {
            const charge = ledger.take(line.claim, line);
            if (!charge) continue;
            const before = told.get(line.offset);
            if (before) expect(charge).toEqual(before); // told twice, but the same
            told.set(line.offset, charge);
          }
        };
        for (const { at, writtenOf } of crashes) {
          const ledger = new Ledger(written.values());
          tell(ledger, at);
          for (const account of ledger.changed()) {
            if (writtenOf.includes(account.campaign)) written.set(account.campaign, Account.parse(account));
          }
          if (writtenOf.length === 2) committed = Math.max(committed, Math.min(at, log.length));
        }
        const last = new Ledger(written.values());
        tell(last, log.length);
        for (const account of last.changed()) written.set(account.campaign, account);
        expect([...told].sort(([a], [b]) => a - b).map(([, charge]) => charge)).toEqual(expected);
        const sums = (all: Map<string, Account>) => [...all].map(([name, { next, days }]) => [name, next, days]).sort();
        expect(sums(written)).toEqual(sums(accounts));
      }),
      { numRuns: 300 },
    );
  });
});
