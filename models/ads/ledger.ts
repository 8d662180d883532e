import { LIMITS } from '../../schemas/limits.ts';
import type { Account, Charge, Claim, DaySpend, Verdict } from '../../schemas/topics/ads.ts';

/** Where a claim lies in its partition's log, and when the broker took it. */
export interface ClaimPlace {
  offset: number;
  timestamp_ms: number;
}

interface Book {
  account: Account;
  /** Claims that may be repeated, in the order in which they came. */
  remembered: Map<string, { offset: number; list_at_ms: number }>;
}

/**
 * What the campaigns of one partition of claims owe. Each account is a function of its own claims in their order and of
 * nothing else, since a claim brings its price and its budget along: whoever reads the log again comes to the same
 * charges, whatever was killed in between. The rules:
 *
 *     older than LIMITS.claim_ms        is late: charged nothing
 *     an id that is remembered          changes nothing
 *     less is left of the day's budget  is charged the rest, or nothing
 *
 * so no day is ever charged more than the greatest budget that its claims state, and no claim twice.
 */
export class Ledger {
  readonly #books = new Map<string, Book>();
  readonly #changed = new Set<string>();

  /** @param accounts as they were written last; of a campaign, the one that knows most counts */
  constructor(accounts: Iterable<Account> = []) {
    for (const account of accounts) {
      const known = this.#books.get(account.campaign);
      if (known && known.account.next >= account.next) continue;
      this.#books.set(account.campaign, { account: structuredClone(account), remembered: new Map() });
    }
  }

  /**
   * Where the log is to be read from, so that every claim that may still be repeated is remembered; undefined where
   * nothing was written yet. An account that was still when others went on for long has none.
   */
  get from(): number | undefined {
    const accounts = [...this.#books.values()].map(({ account }) => account);
    const newest_ms = Math.max(...accounts.map(({ clock_ms }) => clock_ms));
    const open = accounts.filter(({ clock_ms }) => clock_ms > newest_ms - 2 * LIMITS.claim_ms);
    return open.length === 0 ? undefined : Math.min(...open.map(({ from }) => from));
  }

  /**
   * Judges a claim, or takes note of one that was judged before.
   *
   * @returns the charge; nothing where the claim was judged before, here or by whoever wrote the account
   */
  take(claim: Claim, place: ClaimPlace): Charge | undefined {
    const { offset } = place;
    const book = this.#bookOf(claim.campaign, place);
    const { account, remembered } = book;
    const isKnown = remembered.has(claim.id);
    if (!isKnown) remembered.set(claim.id, { offset, list_at_ms: claim.list_at_ms });
    if (offset < account.next) return undefined;
    account.clock_ms = Math.max(account.clock_ms, place.timestamp_ms);
    account.next = offset + 1;
    forget(book);
    account.from = oldest(book);
    this.#changed.add(claim.campaign);
    if (claim.list_at_ms + LIMITS.claim_ms < account.clock_ms) return chargeOf(claim, 'late', 0);
    return isKnown ? undefined : charge(claim, account);
  }

  /** The accounts that claims have changed since they were taken last. */
  changed(): Account[] {
    const accounts = [...this.#changed].map(campaign => structuredClone(this.#books.get(campaign)!.account));
    this.#changed.clear();
    return accounts;
  }

  #bookOf(campaign: string, { offset, timestamp_ms }: ClaimPlace): Book {
    const known = this.#books.get(campaign);
    if (known) return known;
    const account: Account = { v: 1, campaign, next: offset, from: offset, clock_ms: timestamp_ms, days: [] };
    const book = { account, remembered: new Map() };
    this.#books.set(campaign, book);
    return book;
  }
}

/** Claims of which a copy would be late are not remembered any more. */
function forget({ account, remembered }: Book): void {
  for (const [id, { list_at_ms }] of remembered) {
    if (list_at_ms + LIMITS.claim_ms >= account.clock_ms) break;
    remembered.delete(id);
  }
}

/** The first that came is the first in the log. */
function oldest({ account, remembered }: Book): number {
  for (const { offset } of remembered.values()) return offset;
  return account.next;
}

function charge(claim: Claim, account: Account): Charge {
  const spend = daySpend(account, claim);
  const left = Math.max(0, claim.daily_micros - spend.billed_micros);
  const billed = Math.min(claim.price_micros, left);
  const verdict = billed === claim.price_micros ? 'billed' : billed > 0 ? 'rest' : 'spent';
  spend.billed_micros += billed;
  spend.unbilled_micros = Math.min(LIMITS.ad_micros, spend.unbilled_micros + claim.price_micros - billed);
  if (verdict === 'spent') spend.unbilled++;
  else spend.billed++;
  return chargeOf(claim, verdict, billed);
}

/** The claim's day in the account; a new one where it is the first. */
function daySpend(account: Account, { day, currency }: Claim): DaySpend {
  const known = account.days.find(each => each.day === day && each.currency === currency);
  if (known) return known;
  const fresh = { day, currency, billed_micros: 0, billed: 0, unbilled_micros: 0, unbilled: 0 };
  account.days = [...account.days, fresh].sort((a, b) => (a.day < b.day ? -1 : 1)).slice(-LIMITS.days_per_account);
  return fresh;
}

function chargeOf(claim: Claim, verdict: Verdict, billed_micros: number): Charge {
  return { ...claim, verdict, billed_micros };
}
