import type { Account, Campaign } from '../../schemas/topics/ads.ts';
import { JOBS, type JobName } from '../../streams/graph.ts';
import type { Bus } from '../../streams/kafka/bus.ts';
import type { CountName } from '../../streams/observe/measures.ts';
import { Report } from '../../streams/report.ts';
import type { World } from '../sim/world.ts';

/** Two campaigns, of which one has spent most of its day. */
export async function publishAds(bus: Bus, world: World, run: string): Promise<void> {
  const outbox = await bus.outbox();
  const today = new Date().toISOString().slice(0, 10);
  const terms = { v: 1, at_ms: Date.now(), currency: 'EUR', zone: 'UTC', label: 'Sponsored' } as const;
  const campaigns: Campaign[] = [
    {
      ...terms,
      campaign: `spring-${run}`,
      status: 'running',
      pays_for: 'click',
      bid_micros: 350_000,
      daily_micros: 90_000_000,
      items: world.items.slice(0, 6).map(({ item }) => item),
    },
    {
      ...terms,
      campaign: `lamps-${run}`,
      status: 'paused',
      pays_for: 'purchase',
      bid_micros: 4_000_000,
      daily_micros: 250_000_000,
      items: world.items.slice(6, 9).map(({ item }) => item),
    },
  ]; // prettier-ignore
  const spent = [71_430_000, 12_000_000];
  for (const [n, campaign] of campaigns.entries()) {
    const day = {
      day: today,
      currency: 'EUR',
      billed_micros: spent[n]!,
      billed: 231 - 200 * n,
      unbilled_micros: 350_000 * n,
      unbilled: n,
    };
    const account: Account = {
      v: 1,
      campaign: campaign.campaign,
      next: 240,
      from: 0,
      clock_ms: Date.now(),
      days: [day],
    };
    await outbox.publish('shop.campaigns', { key: campaign.campaign, value: JSON.stringify(campaign) });
    await outbox.publish('ads.ledger', { key: campaign.campaign, value: JSON.stringify(account) });
  }
  await outbox.stop();
}

/** What each job is known by, and how much of it a second. */
const DOES: Partial<Record<JobName, [count: CountName, perSecond: number]>> = {
  features: ['events', 540],
  scorer: ['lists', 61],
  enrich: ['encoded', 2],
  outcomes: ['examples', 58],
  sinks: ['rows.events', 540],
};

/** Reports of all jobs, as they are when they work; and as many records on some topics. */
export async function reportJobs(bus: Bus, run: string, champion: string): Promise<{ stop(): Promise<void> }> {
  const outbox = await bus.outbox();
  const reports = (Object.keys(JOBS) as JobName[]).map(job => new Report(job, `${job}-${run}`));
  let turn = 0;
  const tick = () => {
    turn++;
    for (const report of reports) {
      const [count, perSecond] = DOES[report.job] ?? [];
      const wave = 1 + 0.18 * Math.sin(turn / 7 + report.job.length);
      if (count && perSecond) report.count(count, Math.round(perSecond * wave));
      for (const topic of JOBS[report.job].reads) report.standing.lag(topic, 0, Math.round(6 * wave), Date.now());
      if (report.job === 'scorer') {
        report.time('list', 6 + 3 * wave);
        report.note('champion', champion);
      }
    }
  };
  const timer = setInterval(tick, 1_000);
  const publishing = reports.map(report => report.publishTo(outbox));
  return {
    async stop() {
      clearInterval(timer);
      for (const each of publishing) await each.stop();
      await outbox.stop();
    },
  };
}
