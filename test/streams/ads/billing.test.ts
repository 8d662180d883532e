import { expect, it } from 'vitest';
import { createLog } from '../../../schemas/log.ts';
import { readConfig } from '../../../schemas/settings/config.ts';
import { Account, Charge, type Claim } from '../../../schemas/topics/ads.ts';
import { startBilling } from '../../../streams/ads/billing.ts';
import type { TopicName } from '../../../streams/graph.ts';
import type { Bus, ConsumeOptions, StreamRecord } from '../../../streams/kafka/bus.ts';
import { claimOf } from '../../../streams/outcomes/claims.ts';
import { Report } from '../../../streams/report.ts';
import { ad, listWith, NOON } from './records.ts';

const BATCH = 3;
/** Of two campaigns, in budgets of 500 000 a day; every third is told again later. */
const CLAIMS = Array.from({ length: 9 }, (_, n): Claim => {
  const terms = { ...ad, campaign: `c${n % 2}`, daily_micros: 500_000 };
  const list = listWith([terms], { id: `l${n - (n % 3 === 2 ? 2 : 0)}` });
  const item = list.items[0]!.item;
  const on = { v: 1, at_ms: NOON + n, user: list.user, session: 's', item, list: list.id, position: 0 } as const;
  return claimOf(list, { ...on, id: `e${n}`, type: 'click' })!;
});

class Killed extends Error {}

/** The three topics of billing as they lie in the log, and a process that dies after so many writes. */
class Logs {
  readonly topics = new Map<string, StreamRecord[]>();
  #committed = 0;
  #writes = 0;
  #dies_after = Number.POSITIVE_INFINITY;

  write(topic: string, key: string, value: string): void {
    const log = this.topics.get(topic) ?? [];
    this.topics.set(topic, log);
    log.push({ key, value: Buffer.from(value), offset: log.length, timestamp_ms: NOON + 1_000 });
  }

  read<T>(topic: TopicName, schema: { parse(json: unknown): T }): T[] {
    return (this.topics.get(topic) ?? []).map(({ value }) => schema.parse(JSON.parse(value!.toString('utf8'))));
  }

  /** Runs billing until all is read, or it is killed: then what it had not committed is read again. */
  async run(dies_after: number): Promise<void> {
    [this.#writes, this.#dies_after] = [0, dies_after];
    let consumer!: ConsumeOptions;
    const bus = {
      outbox: async () => ({
        publish: async (topic: string, { key, value }: { key: string; value: string }) => {
          if (topic === 'job.metrics') return;
          if (this.#writes++ >= this.#dies_after) throw new Killed();
          this.write(topic, key, value);
        },
        stop: async () => {},
      }),
      consume: async (options: ConsumeOptions) => {
        consumer = options;
        return { failed: new Promise(() => {}), stop: async () => {} };
      },
      follow: async ({ topics: [topic], apply }: Parameters<Bus['follow']>[0]) => {
        for (const record of this.topics.get(topic!) ?? []) apply(topic!, 0, record);
      },
    } as unknown as Bus;
    const context = { config: readConfig({}), bus, store: undefined as never, log: createLog('test', 'silent') };
    const job = await startBilling({ ...context, report: new Report('billing', 'test') });
    const claims = this.topics.get('ads.claims')!;
    const log = { low: 0, high: claims.length, committed: this.#committed };
    let next = (await consumer.open!('ads.claims', 0, async () => {}, log))!;
    try {
      while (next < claims.length) {
        const records = claims.slice(next, next + BATCH);
        const batch = { topic: 'ads.claims', partition: 0, records, lag: 0, confirm: async () => {} };
        next = (await consumer.onBatch(batch)) as number;
        this.#committed = Math.max(this.#committed, next);
      }
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
    await job.stop();
  }
}

it('billing that is killed after any of its writes, and once more, comes to the same charges', async () => {
  const outcome = async (...deaths: number[]) => {
    const logs = new Logs();
    for (const claim of CLAIMS) logs.write('ads.claims', claim.campaign, JSON.stringify(claim));
    for (const death of deaths) await logs.run(death);
    await logs.run(Number.POSITIVE_INFINITY);
    const charges = new Map(logs.read('ads.charges', Charge).map(charge => [charge.id, JSON.stringify(charge)]));
    for (const charge of logs.read('ads.charges', Charge)) expect(charges.get(charge.id)).toBe(JSON.stringify(charge));
    const accounts = new Map<string, Account>();
    for (const account of logs.read('ads.ledger', Account)) {
      if (account.next >= (accounts.get(account.campaign)?.next ?? 0)) accounts.set(account.campaign, account);
    }
    return { charges: [...charges].sort(), accounts: [...accounts].sort() };
  };
  const whole = await outcome();
  const claimed = new Set(CLAIMS.map(({ id }) => id));
  expect(whole.charges).toHaveLength(claimed.size);
  expect(whole.accounts.map(([, { days }]) => days[0]!.billed_micros)).toEqual([500_000, 500_000]);
  const writes = 12;
  for (let first = 0; first < writes; first++) {
    for (const second of [0, 3, 5, 8]) expect(await outcome(first, second)).toEqual(whole);
  }
});
