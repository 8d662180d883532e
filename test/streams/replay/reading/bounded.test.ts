import { expect, test } from 'vitest';
import { Bounded } from '../../../../streams/replay/reading/bounded.ts';

test('what was written longest ago is forgotten first; writing again renews', () => {
  const map = new Bounded<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', 3);
  map.set('c', 4);
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([3, undefined, 4]);
});
