import { expect, it } from 'vitest';
import { groupOf, groupsOf } from '../../../models/explain/groups.ts';
import { FEATURE_NAMES } from '../../../models/features/vector.ts';

it('every feature is about something that has a name for people', () => {
  expect(FEATURE_NAMES.filter(name => groupOf(name) === 'other')).toEqual(['item.known']);
  expect(groupOf('item.log_price')).toBe('price');
  expect(groupOf('pair.price_gap')).toBe('price');
  expect(groupOf('item.clicks.7d')).toBe('popularity');
  expect(groupOf('item.ratings.7d')).toBe('ratings');
  expect(groupOf('pair.category_clicks.1d')).toBe('recent');
  expect(groupOf('session.category_clicks')).toBe('recent');
  expect(groupOf('pair.since_item')).toBe('seen');
  expect(groupOf('pair.words')).toBe('text');
  expect(groupOf('user.clicks.1d')).toBe('visitor');
});

it('each place of the vector is in one group', () => {
  const places = Object.values(groupsOf(FEATURE_NAMES)).flat();
  expect(places.sort((a, b) => a - b)).toEqual([...FEATURE_NAMES.keys()]);
});
