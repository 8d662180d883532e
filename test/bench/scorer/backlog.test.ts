import { expect, it } from 'vitest';
import { requireInTime } from '../../../bench/scorer/backlog.ts';

it('a backlog whose lists were in part made without the champion has no rate', () => {
  expect(() => requireInTime(0)).not.toThrow();
  expect(() => requireInTime(3)).toThrow(/3 of 1000 requests waited for more than 5000 ms/);
});
