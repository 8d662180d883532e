import type { Claim } from '../../schemas/topics/ads.ts';
import type { ShopEvent } from '../../schemas/topics/events.ts';
import type { RankedList } from '../../schemas/topics/ranking.ts';

/**
 * What an advertiser owes for an event on a list: where an ad stood on it that pays for such events, and who acted is
 * whom the list was for. Another event of the same kind with the same item gives a claim with the same id.
 */
export function claimOf(list: RankedList, event: ShopEvent): Claim | undefined {
  if (!('item' in event) || event.user !== list.user) return undefined;
  const shown = list.items.find(({ item }) => item === event.item);
  if (shown?.ad?.pays_for !== event.type) return undefined;
  const { campaign, pays_for, price_micros, currency, day, daily_micros } = shown.ad;
  return {
    v: 1,
    id: `${list.id}/${event.item}/${pays_for}`,
    at_ms: event.at_ms,
    list: list.id,
    list_at_ms: list.at_ms,
    item: event.item,
    position: shown.position,
    ...{ campaign, pays_for, price_micros, currency, day, daily_micros },
  };
}
