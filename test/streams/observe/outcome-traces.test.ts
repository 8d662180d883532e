import { expect, it } from 'vitest';
import { LIMITS } from '../../../schemas/limits.ts';
import type { ShopEvent } from '../../../schemas/topics/events.ts';
import type { RankedList } from '../../../schemas/topics/ranking.ts';
import { OutcomeJoin } from '../../../streams/outcomes/join.ts';

const LIST = {
  v: 1,
  id: 'l',
  at_ms: 1_000,
  user: 'u',
  session: 's',
  surface: 'home',
  items: [],
} as unknown as RankedList;
const click = (id: string): ShopEvent =>
  ({ v: 1, id, type: 'click', at_ms: 1_001, user: 'u', session: 's', item: 'a', list: 'l', position: 0 }) as ShopEvent;

it('an open list knows where it and its events stand in traces, whatever came first and however often', () => {
  const join = new OutcomeJoin({ label_ms: 10, purchase_ms: 60_000 });
  join.addEvent(click('early'), 'of early');
  join.addList(LIST, 'of list');
  join.addEvent(click('early'), 'of a copy');
  join.addEvent(click('untraced'));
  expect(join.tracesOf('l')).toEqual({ list: 'of list', events: ['of early'] });
  for (let n = 0; n < 50; n++) join.addEvent(click(`e${n}`), `of ${n}`);
  expect(join.tracesOf('l')!.events).toHaveLength(LIMITS.traced_events_per_list);
  join.advanceTo(100_000);
  join.sent(join.due());
  expect(join.tracesOf('l')).toBeUndefined();
});
