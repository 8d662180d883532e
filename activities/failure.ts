import { ApplicationFailure, TemporalFailure } from '@temporalio/common';
import { type ErrorCode, type ErrorDetail, TemperError } from '../schemas/errors.ts';

/**
 * The one place where Temper's errors become Temporal's: the code is the failure's type, what trying again cannot help
 * is not tried again, and the detail travels along so that the other side can say the same sentence.
 */
export function toFailure(error: unknown): unknown {
  if (error instanceof TemporalFailure || isAbort(error)) return error; // a cancellation, which the worker knows
  const named = asTemperError(error);
  if (named) {
    const { cause: _cause, ...detail } = named.detail;
    return ApplicationFailure.create({
      message: named.message,
      type: named.code,
      nonRetryable: !named.retryable,
      details: [{ ...detail, code: named.code } satisfies Detail],
      cause: named,
    });
  }
  return BUGS.some(kind => error instanceof kind) ? ApplicationFailure.fromError(error, { nonRetryable: true }) : error;
}

/** The way back, for who waits on a workflow: the first named error within, as it was. */
export function fromFailure(error: unknown, where: string): TemperError {
  let last = error;
  for (let at = error; at instanceof Error; at = at.cause) {
    last = at;
    const detail = at instanceof ApplicationFailure ? (at.details?.[0] as Detail | undefined) : undefined;
    if (detail?.code) return new TemperError(detail.code, { where, ...detail });
  }
  return new TemperError('JOB_CRASHED', { where, cause: last });
}

/** What travels in a failure's details. */
type Detail = ErrorDetail & { code: ErrorCode };

/** Mistakes in the code, which no retry mends. */
const BUGS = [TypeError, ReferenceError, RangeError, SyntaxError];

function asTemperError(error: unknown): TemperError | undefined {
  if (error instanceof TemperError) return error;
  const isDiskFull = error instanceof Error && 'code' in error && error.code === 'ENOSPC';
  return isDiskFull
    ? new TemperError('DISK_FULL', { next: 'Free some space; the step is tried again', cause: error })
    : undefined;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
