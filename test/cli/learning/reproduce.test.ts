import { expect, it } from 'vitest';
import { aboutCode } from '../../../cli/learning/reproduce.ts';

it('a model that other code trained is told to be that', () => {
  expect(aboutCode({ registered: '0.1.0+a', again: '0.1.0+a' })).toEqual([]);
  expect(aboutCode({ registered: '0.1.0', again: '0.1.0+a' })).toEqual([
    'it was trained by the code 0.1.0, and this time by 0.1.0+a, which may give other bits',
  ]);
});
