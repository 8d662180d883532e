import { expect, it } from 'vitest';
import { aboutOf } from '../../../console/reads/reasons.ts';
import { FEATURE_NAMES } from '../../../models/features/vector.ts';

it('every feature is about something that has a name for people', () => {
  expect(FEATURE_NAMES.filter(name => aboutOf(name) === 'other')).toEqual(['item.known']);
  expect(aboutOf('item.log_price')).toBe('price');
  expect(aboutOf('pair.price_gap')).toBe('price');
  expect(aboutOf('item.clicks.7d')).toBe('popularity');
  expect(aboutOf('item.ratings.7d')).toBe('what buyers say');
  expect(aboutOf('pair.category_clicks.1d')).toBe('your taste');
  expect(aboutOf('session.category_clicks')).toBe('your taste');
  expect(aboutOf('user.clicks.1d')).toBe('your visits');
});
