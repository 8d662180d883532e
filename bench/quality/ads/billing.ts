import { Ledger } from '../../../models/ads/ledger.ts';
import { passed, type Traffic } from '../../../models/ads/pacing.ts';
import type { Account, Campaign, Claim } from '../../../schemas/topics/ads.ts';
import type { Market } from '../../../streams/ads/market.ts';
import type { StreamRecord } from '../../../streams/kafka/bus.ts';

/** Of a budget: below the reserve price nothing of it can be spent. */
const SPENT = 0.99;

/** While it is killed, claims wait in their log. */
export interface Kill {
  from_ms: number;
  until_ms: number;
}

/** Billing on the clock of a simulated day: claims are judged when they are due, and the market hears of the accounts. */
export class SimulatedBilling {
  readonly #market: Market;
  readonly #kill: Kill | undefined;
  readonly #waiting: { claim: Claim; due_ms: number }[] = [];
  readonly #log: { claim: Claim; timestamp_ms: number }[] = [];
  readonly #accounts = new Map<string, Account>();
  /** When hardly anything was left. */
  readonly #spent_ms = new Map<string, number>();
  #ledger = new Ledger();

  constructor(market: Market, kill: Kill | undefined) {
    this.#market = market;
    this.#kill = kill;
  }

  /** Users are quick or slow: claims do not come in the order of their lists. */
  claim(claim: Claim, due_ms: number): void {
    const { from_ms = Number.POSITIVE_INFINITY, until_ms = 0 } = this.#kill ?? {};
    const delayed_ms = due_ms >= from_ms && due_ms < until_ms ? until_ms : due_ms;
    let place = this.#waiting.length;
    while (place > 0 && this.#waiting[place - 1]!.due_ms > delayed_ms) place--;
    this.#waiting.splice(place, 0, { claim, due_ms: delayed_ms });
  }

  advanceTo(now_ms: number): void {
    const { from_ms = Number.POSITIVE_INFINITY, until_ms = 0 } = this.#kill ?? {};
    this.#market.billed_ms = now_ms >= from_ms && now_ms < until_ms ? from_ms : now_ms;
    for (let next = this.#waiting[0]; next && next.due_ms <= now_ms; next = this.#waiting[0]) {
      this.#waiting.shift();
      if (next.due_ms === this.#kill?.until_ms) this.#restart();
      const { claim, due_ms: timestamp_ms } = next;
      this.#log.push({ claim, timestamp_ms });
      this.#ledger.take(claim, { offset: this.#log.length - 1, timestamp_ms });
      for (const account of this.#ledger.changed()) {
        this.#accounts.set(account.campaign, account);
        this.#market.apply('ads.ledger', recordOf(account, account.campaign));
        const spent = account.days.find(({ day }) => day === claim.day);
        const isSpent = (spent?.billed_micros ?? 0) >= SPENT * claim.daily_micros;
        if (isSpent && !this.#spent_ms.has(account.campaign)) this.#spent_ms.set(account.campaign, timestamp_ms);
      }
    }
  }

  account(campaign: string): Account | undefined {
    return this.#accounts.get(campaign);
  }

  /** The share of the day's traffic that had passed when 99 % of a budget were spent; 1 where they were not. */
  lasted({ campaign }: Campaign, traffic: Traffic, day_starts_ms: number): number {
    const at_ms = this.#spent_ms.get(campaign);
    return at_ms === undefined ? 1 : passed(traffic, at_ms, { day_starts_ms });
  }

  /** What a new process would know: the accounts, and the log from where copies may come. */
  #restart(): void {
    this.#ledger = new Ledger(this.#accounts.values());
    const from = this.#ledger.from ?? 0;
    for (const [at, { claim, timestamp_ms }] of this.#log.slice(from).entries()) {
      const isCharged = this.#ledger.take(claim, { offset: from + at, timestamp_ms }) !== undefined;
      if (isCharged) throw new Error(`${claim.id} is charged again after a restart`);
    }
  }
}

export function recordOf(value: object, key: string): StreamRecord {
  return { key, value: Buffer.from(JSON.stringify(value)), offset: 0, timestamp_ms: Date.now() };
}
