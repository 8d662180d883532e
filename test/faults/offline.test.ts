import { expect, it } from 'vitest';
import type { ShopEvent } from '../../schemas/topics/events.ts';
import { differences, recompute } from './offline.ts';

const EVENTS = Array.from({ length: 40 }, (_, n): ShopEvent => {
  const type = n % 3 === 0 ? 'cart' : 'click';
  return { v: 1, id: `e${n}`, type, at_ms: 1_000_000 + n * 1_000, user: `u${n % 4}`, session: 's', item: `i${n % 5}` };
});

it('a copy of an event changes nothing, a lost one its user and its item', () => {
  const wanted = recompute(EVENTS);
  expect(differences(wanted, recompute([...EVENTS, ...EVENTS.slice(-8)]))).toEqual([]);
  expect(differences(wanted, recompute(EVENTS.filter(({ id }) => id !== 'e7'))).sort()).toEqual(['i2', 'u3']);
  expect(differences(wanted, { users: wanted.users, items: new Map() })).toHaveLength(5);
});
