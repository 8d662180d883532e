import { describe, expect, it } from 'vitest';
import type { ShopEvent } from '../../../schemas/topics/events.ts';
import { OutcomeJoin } from '../../../streams/outcomes/join.ts';
import { ad, listWith, NOON } from './records.ts';

const LIST = listWith([ad, { ...ad, campaign: 'sales', pays_for: 'purchase', price_micros: 2_000_000 }]);
let serial = 0;
function event(type: 'click' | 'purchase' | 'view', item: string, more: Partial<ShopEvent> = {}): ShopEvent {
  const on = { list: 'l', position: 0, at_ms: NOON + 1 };
  return { v: 1, id: `e${serial++}`, type, user: 'u', session: 's', item, ...on, ...more } as ShopEvent;
}
function claimsOf(...events: ShopEvent[]) {
  const join = new OutcomeJoin({ label_ms: 1_000, purchase_ms: 60_000 });
  join.addList(LIST);
  for (const each of events) join.addEvent(each);
  return join.claims();
}

describe('what is claimed for ads', () => {
  it('is what the ad pays for, with the terms that the list stated', () => {
    const [claim, ...more] = claimsOf(event('click', 'c-item'), event('view', 'c-item'), event('purchase', 'c-item'));
    expect(more).toEqual([]);
    expect(claim).toMatchObject({
      id: 'l/c-item/click',
      list: 'l',
      list_at_ms: NOON,
      price_micros: 200_000,
      day: ad.day,
    });
    expect(claim).toMatchObject({ campaign: 'c', daily_micros: 10_000_000, currency: 'EUR', position: 0 });
    expect(claimsOf(event('click', 'sales-item'))).toEqual([]);
    const bought = claimsOf(event('click', 'sales-item'), event('purchase', 'sales-item', { list: undefined }));
    expect(bought.map(({ id, price_micros }) => [id, price_micros])).toEqual([['l/sales-item/purchase', 2_000_000]]);
  });

  it('is claimed once, however often it is clicked and however often the list is told', () => {
    const join = new OutcomeJoin({ label_ms: 1_000, purchase_ms: 60_000 });
    join.addEvent(event('click', 'c-item'));
    join.addList(LIST);
    const first = join.claims();
    expect(first).toHaveLength(1);
    expect(join.claims()).toEqual(first); // until it is acknowledged
    join.claimed(first);
    join.addList(LIST);
    join.addEvent(event('click', 'c-item'));
    expect(join.claims()).toEqual([]);
  });

  it('is nothing for clicks of somebody else, on other items, or without ads', () => {
    expect(claimsOf(event('click', 'c-item', { user: 'other' }))).toEqual([]);
    expect(claimsOf(event('click', 'unknown'))).toEqual([]);
  });
});
