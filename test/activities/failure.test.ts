import { ActivityFailure, ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { fromFailure, toFailure } from '../../activities/failure.ts';
import { TemperError } from '../../schemas/errors.ts';

describe("Temper's errors as Temporal's", () => {
  it.each([
    ['DATA_INSUFFICIENT', true],
    ['MODEL_REFUSED', true],
    ['UNREACHABLE', false],
    ['DISK_FULL', false],
  ] as const)('%s is final: %s', (code, nonRetryable) => {
    expect(toFailure(new TemperError(code))).toMatchObject({ type: code, nonRetryable });
  });

  it('keeps the sentence', () => {
    const error = new TemperError('DATA_INSUFFICIENT', { expected: '200 lists', got: '3 lists' });
    expect(toFailure(error)).toMatchObject({ message: error.message });
  });

  it('takes a full disk for one, whoever met it', () => {
    const error = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    expect(toFailure(error)).toMatchObject({ type: 'DISK_FULL', nonRetryable: false });
  });

  it('does not repeat a mistake in the code', () => {
    expect(toFailure(new TypeError('x is not a function'))).toMatchObject({ type: 'TypeError', nonRetryable: true });
  });

  it('leaves cancellations and unknown errors alone', () => {
    for (const error of [
      new CancelledFailure('asked'),
      new DOMException('asked', 'AbortError'),
      new Error('socket hang up'),
    ]) {
      expect(toFailure(error)).toBe(error);
    }
  });

  it('comes back as the error that it was, from below what Temporal wraps around it', () => {
    const error = new TemperError('MODEL_REFUSED', { where: 'home', expected: 'a passed verdict', next: 'Retrain' });
    const failure = toFailure(error) as ApplicationFailure;
    const wrapped = new ActivityFailure(
      'Activity task failed',
      'promoteRanker',
      '1',
      'NON_RETRYABLE_FAILURE',
      'w',
      failure,
    );
    const back = fromFailure(wrapped, 'retrain-home');
    expect(back).toMatchObject({ code: 'MODEL_REFUSED', retryable: false, message: error.message });
  });

  it('says where, when the error does not, and what was at the bottom when it has no code', () => {
    expect(fromFailure(toFailure(new TemperError('TIMED_OUT')), 'retrain-home').detail.where).toBe('retrain-home');
    const unknown = fromFailure(new Error('Workflow execution failed', { cause: new Error('boom') }), 'retrain-home');
    expect(unknown.message).toBe('JOB_CRASHED: a job of the graph stopped by itself; at retrain-home; because boom');
  });

  it('does not take the type of a foreign failure for a code', () => {
    expect(fromFailure(ApplicationFailure.nonRetryable('no', 'NOBODY_KNOWS'), 'here').code).toBe('JOB_CRASHED');
  });
});
