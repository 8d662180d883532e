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
      details: [detail],
      cause: named,
    });
  }
  return BUGS.some(kind => error instanceof kind) ? ApplicationFailure.fromError(error, { nonRetryable: true }) : error;
}

/** The way back, for who waits on a workflow: the deepest failure with a type, as the error that it was. */
export function fromFailure(error: unknown, where: string): TemperError {
  let deepest: ApplicationFailure | undefined;
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof ApplicationFailure) deepest = at;
  if (deepest?.type && isErrorCode(deepest.type)) {
    const detail = (deepest.details?.[0] ?? {}) as ErrorDetail;
    return new TemperError(deepest.type, { ...detail, where: detail.where ?? where });
  }
  return new TemperError('JOB_CRASHED', { where, cause: deepest ?? lastCause(error) });
}

/** Mistakes in the code, which no retry mends. */
const BUGS = [TypeError, ReferenceError, RangeError, SyntaxError];

function asTemperError(error: unknown): TemperError | undefined {
  if (error instanceof TemperError) return error;
  const isDiskFull = error instanceof Error && 'code' in error && error.code === 'ENOSPC';
  return isDiskFull ? new TemperError('DISK_FULL', { next: 'Free some space; the step is tried again', cause: error }) : undefined;
}

function isErrorCode(type: string): type is ErrorCode {
  return /^[A-Z_]+$/.test(type);
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

function lastCause(error: unknown): unknown {
  let at = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  return at;
}
