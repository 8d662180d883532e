import { describe, expect, it } from 'vitest';
import { withFakeEvents } from '../../../../models/attack/features/fake-events.ts';
import { wayOf } from '../../../../models/attack/features/movable.ts';
import { tasteOf } from '../../../../models/features/taste.ts';
import { askerOf, FEATURE_NAMES, featureVector } from '../../../../models/features/vector.ts';
import type { EventType, ShopEvent } from '../../../../schemas/topics/events.ts';
import { States } from '../../../sim/states.ts';

const NOW = 1_700_000_000_000;

function eventOf(type: EventType, user: string, at_ms: number): ShopEvent {
  const id = `${user}-${type}-${at_ms}`;
  return { v: 1, id, type, at_ms, user, session: user, item: 'teapot', list: id, position: 0 } as ShopEvent;
}

/** The vector that the jobs' own reducers make of an item after these events, for somebody who did nothing. */
function vectorAfter(events: readonly ShopEvent[]): Float32Array {
  const states = new States();
  for (const event of events) states.take(event);
  const asker = askerOf(
    { at_ms: NOW, user: 'u', session: 's' },
    undefined,
    tasteOf(undefined, () => undefined),
    () => undefined,
  );
  return featureVector(asker, { item: 'teapot', state: states.items.get('teapot'), product: undefined });
}

describe('fake events', () => {
  const real = Array.from({ length: 12 }, (_, k) => [
    eventOf('impression', `u${k}`, NOW - 3_600_000 * k - 60_000),
    ...(k % 3 === 0 ? [eventOf('click', `u${k}`, NOW - 3_600_000 * k - 50_000)] : []),
  ])
    .flat()
    .sort((a, b) => a.at_ms - b.at_ms);

  it.each(['click', 'impression'] as const)('of %s change features as the reducers would', type => {
    const fake = Array.from({ length: 6 }, (_, k) => eventOf(type, `fake${k % 3}`, NOW));
    for (const [k, event] of fake.entries()) Object.assign(event, { id: `fake-${k}`, list: `fake-${k}` });
    const before = { featureNames: FEATURE_NAMES, features: vectorAfter(real), rows: 1 };
    const made = withFakeEvents(before, () => ({ type, count: 6, accounts: 3 }));
    const whole = vectorAfter([...real, ...fake]);
    for (const [column, name] of FEATURE_NAMES.entries()) {
      if (name === 'item.top_users') continue;
      expect.soft(made[column], name).toBeCloseTo(whole[column]!, 3);
    }
    expect(made).not.toEqual(before.features);
    expect(before.features).toEqual(vectorAfter(real));
  });

  it('leave rows alone that nothing was done with, and features that they do not know', () => {
    const some = { featureNames: ['taste', 'item.clicks.1d'], features: Float32Array.of(1, 0, 2, 0), rows: 2 };
    const made = withFakeEvents(some, row => (row === 0 ? { type: 'click', count: 9, accounts: 1 } : undefined));
    expect([...made]).toEqual([1, Math.fround(Math.log(10)), 2, 0]);
  });
});

describe('what a fraudster can move', () => {
  it('are counts, times and rates of items, and nothing of users, pairs and prices', () => {
    expect(FEATURE_NAMES.filter(name => !name.startsWith('item.')).map(wayOf)).toEqual(
      FEATURE_NAMES.flatMap(name => (name.startsWith('item.') ? [] : 'nowhere')),
    );
    expect(['item.log_price', 'item.known', 'item.last_paid'].map(wayOf)).toEqual(new Array(3).fill('nowhere'));
    expect(['item.clicks.1d', 'item.since_click', 'item.click_rate.7d'].map(wayOf)).toEqual(['up', 'down', 'both']);
  });
});
