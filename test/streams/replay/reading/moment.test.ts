import { expect, test } from 'vitest';
import { moment } from '../../../../streams/replay/reading/moment.ts';

test.each([
  [1_700_000_000_000, 1_700_000_000_000],
  ['1700000000000', 1_700_000_000_000],
  ['2023-11-14T22:13:20Z', 1_700_000_000_000],
  ['2023-11-14 22:13:20.250417+00:00', 1_700_000_000_250],
  ['2023-11-14T23:13:20+01:00', 1_700_000_000_000],
  ['2023-11-14 22:13:20 UTC', 1_700_000_000_000],
])('%s is a moment', (written, at_ms) => {
  expect(moment(written, 'timestamp')).toBe(at_ms);
});

test.each([['2023-11-14T22:13:20'], ['yesterday'], ['2023-13-45T00:00:00Z'], [''], [null], [-5], [Number.NaN]])(
  '%s is refused',
  written => {
    expect(() => moment(written, 'timestamp')).toThrow(/^timestamp: expected milliseconds or ISO 8601/);
  },
);
