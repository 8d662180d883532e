import { expect, it } from 'vitest';
import { groupOf, groupsOf, toldGroups } from '../../../models/explain/groups.ts';
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
  expect(groupOf('pair.followed_clicks')).toBe('people');
  expect(groupOf('pair.follows_brand')).toBe('brands');
  expect(groupOf('item.shares.7d')).toBe('popularity');
  expect(groupOf('user.clicks.1d')).toBe('visitor');
});

it('each place of the vector is in one group', () => {
  const places = Object.values(groupsOf(FEATURE_NAMES)).flat();
  expect(places.sort((a, b) => a - b)).toEqual([...FEATURE_NAMES.keys()]);
});

it('what fewer than three people did is not told of them, and what adds up still does', () => {
  const row = new Float32Array(FEATURE_NAMES.length);
  const groups = { people: 0.3, other: 0.1, price: -0.2 };
  const after = (people: number) => {
    row[FEATURE_NAMES.indexOf('pair.followed_clicks')] = Math.log1p(people);
    return toldGroups(groups, FEATURE_NAMES, row);
  };
  expect(after(0)).toEqual({ other: 0.4, price: -0.2 });
  expect(after(2)).toEqual({ other: 0.4, price: -0.2 });
  expect(after(2.4)).toEqual(groups);
  expect(toldGroups({ price: 1 }, FEATURE_NAMES, row)).toEqual({ price: 1 });
});
