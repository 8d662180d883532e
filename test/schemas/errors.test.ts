import { expect, it } from 'vitest';
import { TemperError } from '../../schemas/errors.ts';

it('is one sentence and what to do, however its cause ends', () => {
  const cause = new Error('Timeout error.');
  const { message } = new TemperError('UNREACHABLE', { where: 'ClickHouse', next: 'Is it running?', cause });
  expect(message).toBe(
    'UNREACHABLE: a service does not answer at its address; at ClickHouse; because Timeout error. Is it running?',
  );
});
