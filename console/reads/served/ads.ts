import { localTime } from '../../../models/ads/schedule.ts';
import type { RowStore } from '../../../schemas/clickhouse.ts';
import { accountsOn, campaignsOn } from '../../../streams/ads/books.ts';
import type { Bus } from '../../../streams/kafka/bus.ts';
import type { AdsPage } from '../../api.ts';
import { WITHIN } from '../clicks.ts';

const MOST_CHARGES = 40;
const MOST_CAMPAIGNS = 200;

/** What campaigns may spend and have spent, by the ledger that bills them, and the newest charges. */
export async function adsNow(bus: Bus, store: RowStore, now_ms: number): Promise<AdsPage> {
  const [campaigns, accounts, charges] = await Promise.all([
    campaignsOn(bus),
    accountsOn(bus),
    store.query<AdsPage['charges'][number] & { at_ms: string }>(
      `SELECT id, toUnixTimestamp64Milli(at) AS at_ms, campaign, verdict, toFloat64(billed_micros) AS billed_micros,
         toFloat64(price_micros) AS price_micros, currency, item, list
       FROM charges FINAL WHERE at >= now64(3) - INTERVAL 1 DAY ORDER BY at DESC LIMIT {most:UInt32} ${WITHIN}`,
      { most: MOST_CHARGES },
    ),
  ]);
  const shown = [...campaigns.values()].slice(0, MOST_CAMPAIGNS).map(each => {
    const { campaign, status, items, pays_for, bid_micros, daily_micros, currency, label, zone } = each;
    return {
      ...{ campaign, status, pays_for, bid_micros, daily_micros, currency, label },
      items: items.length,
      today: localTime(zone, now_ms).day,
      elapsed: Math.min(1, (now_ms - localTime(zone, now_ms).day_starts_ms) / 86_400_000),
      days: accounts.get(campaign)?.days ?? [],
    };
  });
  return { campaigns: shown, charges: charges.map(row => ({ ...row, at_ms: Number(row.at_ms) })) };
}
