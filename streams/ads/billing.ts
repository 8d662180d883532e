import { Ledger } from '../../models/ads/ledger.ts';
import type { Account } from '../../schemas/topics/ads.ts';
import { admit } from '../admit.ts';
import { JOBS } from '../graph.ts';
import type { JobContext, RunningJob } from '../job.ts';
import type { Batch, Bus } from '../kafka/bus.ts';

/**
 * `ads.claims` -> `ads.charges` and `ads.ledger`: what campaigns owe, exactly once in effect. Accounts say up to which
 * offset they contain their claims; at the start of a partition they are read back, then the claims from where a copy of
 * one may still come, of which those that an account contains are only remembered. Charges are written before accounts:
 * those that are written twice are the same.
 */
export async function startBilling({ bus, report }: JobContext): Promise<RunningJob> {
  const outbox = await bus.outbox({ allowed: JOBS.billing.writes });
  const ledgers = new Map<number, Ledger>();

  const onBatch = async (batch: Batch): Promise<number> => {
    const ledger = ledgers.get(batch.partition)!;
    const charges = batch.records.flatMap(record => {
      const claim = admit('ads.claims', record);
      if (!claim.ok) report.count('refused');
      return (claim.ok && ledger.take(claim.value, record)) || [];
    });
    await batch.confirm();
    await Promise.all(
      charges.map(charge => outbox.publish('ads.charges', { key: charge.campaign, value: JSON.stringify(charge) })),
    );
    await batch.confirm();
    await Promise.all(
      ledger
        .changed()
        .map(account => outbox.publish('ads.ledger', { key: account.campaign, value: JSON.stringify(account) })),
    );
    report.count('claims', batch.records.length);
    for (const { verdict, billed_micros } of charges) {
      report.count(`charges.${verdict}`);
      report.count('billed_micros', billed_micros);
    }
    report.took(batch);
    return batch.records.at(-1)!.offset + 1;
  };

  const consuming = await bus.consume({
    group: 'temper.billing',
    topics: JOBS.billing.reads,
    maxWait_ms: 50, // bids are paced by what is spent: it should be known soon
    onBatch,
    async open(topic, partition, heartbeat, { low, high, committed = low }) {
      report.standing.lag(topic, partition, high - committed, Date.now()); // what it finds before it is not done before it is billed
      const ledger = new Ledger(await accountsOf(bus, partition, heartbeat));
      ledgers.set(partition, ledger);
      const from = Math.min(ledger.from ?? committed, committed);
      return committed < low ? committed : Math.max(from, low); // claims that are gone, unread, stop the job
    },
    close: (_topic, partition) => void ledgers.delete(partition),
  });
  const reporting = report.publishTo(outbox);
  return {
    failed: consuming.failed,
    async stop() {
      await consuming.stop();
      await reporting.stop();
      await outbox.stop();
    },
  };
}

async function accountsOf(bus: Bus, partition: number, heartbeat: () => Promise<void>): Promise<Account[]> {
  const accounts: Account[] = [];
  await bus.follow({
    topics: ['ads.ledger'],
    partitions: [partition],
    once: true,
    heartbeat,
    apply: (_topic, _partition, record) => {
      const account = admit('ads.ledger', record);
      if (account.ok) accounts.push(account.value);
    },
  });
  return accounts;
}
