import { describe, expect, it } from 'vitest';
import { boughtBy, clickedBy, followedBy, isFollowed, sharedWith } from '../../../models/features/following.ts';
import { hash32 } from '../../../models/hash.ts';
import { ShopEvent } from '../../../schemas/topics/events.ts';
import { States } from '../../sim/states.ts';
import { DAY_MS, T0 } from './events.ts';

let serial = 0;
function event(type: string, user: string, more: object = {}, ago_ms = 0): ShopEvent {
  return ShopEvent.parse({ v: 1, id: `f${serial++}`, type, at_ms: T0 - ago_ms, user, session: 's', ...more });
}
function statesOf(...events: readonly ShopEvent[]): States {
  const states = new States();
  for (const each of events) states.take(each);
  return states;
}
const followed = (...events: readonly ShopEvent[]) => followedBy(statesOf(...events).users.get('u'));

describe('whom a user follows', () => {
  it('is nobody at first, then whom he said, be they people or brands', () => {
    expect(followedBy(undefined).size).toBe(0);
    expect(followed(event('click', 'u', { item: 'a' })).size).toBe(0);
    const found = followed(
      event('follow', 'u', { value: 'v' }),
      event('follow', 'u', { value: 'acme', whom: 'brand' }),
    );
    expect(found.has(hash32('v'))).toBe(true);
    expect([isFollowed(found, 'acme'), isFollowed(found, 'v')]).toEqual([true, false]);
    expect(found.has(hash32('acme'))).toBe(false);
  });

  it('ends when he says so, in whatever order both are read, and begins anew', () => {
    const follow = event('follow', 'u', { value: 'v' }, 3_000);
    const left = event('unfollow', 'u', { value: 'v' }, 2_000);
    const again = event('follow', 'u', { value: 'v' }, 1_000);
    expect(followed(follow, left).size).toBe(0);
    expect(followed(left, follow).size).toBe(0);
    expect(followed(again, left, follow).size).toBe(1);
  });

  it('reaches back over the newest sixteen', () => {
    const many = Array.from({ length: 20 }, (_, n) => event('follow', 'u', { value: `v${n}` }, 20_000 - n));
    const found = followed(...many);
    expect(found.size).toBe(16);
    expect([found.has(hash32('v3')), found.has(hash32('v4'))]).toEqual([false, true]);
  });
});

it('whom a user has left does not come back however many he leaves', () => {
  const leave = (whom: string, ago_ms: number) => event('unfollow', 'u', { value: whom }, ago_ms);
  const others = (many: number) => Array.from({ length: many }, (_, n) => leave(`v${n}`, 1_000 + n));
  const before = [event('follow', 'u', { value: 'v' }, 9_000), leave('v', 8_000)];
  expect(followed(...before, ...others(15)).size).toBe(0);
  expect(followed(...before, ...others(40)).size).toBe(0); // nothing is known of him any more but that he was followed once
  const now = event('follow', 'u', { value: 'w' }, 500);
  expect([...followed(...before, ...others(40), now)]).toEqual([hash32('w')]);
  const old = event('follow', 'u', { value: 'w' }, 9_000);
  expect([followed(old, ...others(15)).size, followed(old, ...others(16)).size]).toEqual([1, 0]);
});

describe('what they did with an item', () => {
  const people = new Set(['v', 'w'].map(hash32));

  it('counts each of them once, fading from his newest, and nobody else', () => {
    const { items } = statesOf(
      event('click', 'v', { item: 'a' }, 7 * DAY_MS),
      event('click', 'v', { item: 'a' }, 14 * DAY_MS),
      event('click', 'w', { item: 'a' }),
      event('click', 'x', { item: 'a' }),
      event('purchase', 'w', { item: 'a' }),
    );
    expect(clickedBy(people, items.get('a')!, T0)).toBeCloseTo(1.5, 9);
    expect(boughtBy(people, items.get('a')!, T0)).toBeCloseTo(1, 9);
    expect(clickedBy(new Set(), items.get('a')!, T0)).toBe(0);
  });

  it('is known of what was shared with somebody', () => {
    const { items } = statesOf(
      event('share', 'v', { item: 'a', to: 'u' }, 7 * DAY_MS),
      event('share', 'w', { item: 'a', to: 'x' }),
      event('share', 'w', { item: 'a' }),
    );
    expect(sharedWith(hash32('u'), items.get('a')!, T0)).toBeCloseTo(0.5, 9);
    expect(sharedWith(hash32('y'), items.get('a')!, T0)).toBe(0);
  });
});
