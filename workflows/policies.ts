import type { ActivityOptions } from '@temporalio/workflow';

/** Soon again, then ever slower; what cannot succeed says so itself, by a failure that is not retryable. */
const PATIENT = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' } as const;

/** Steps that read or write a few records: a service that restarts is waited for, an hour at most. */
export const BRIEF = {
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '30 seconds',
  scheduleToCloseTimeout: '1 hour',
  retry: PATIENT,
} satisfies ActivityOptions;

/** Reading the examples: it tells how far it is. */
export const READING = {
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '30 seconds',
  retry: { ...PATIENT, maximumAttempts: 5 },
} satisfies ActivityOptions;

/** Judging holds the worker's thread for some seconds at a time, of a million examples; between that it tells that it lives. */
export const JUDGING = {
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '1 minute',
  retry: { ...PATIENT, maximumAttempts: 5 },
} satisfies ActivityOptions;

/** Training: a worker that died is noticed within seconds, and another one goes on from the checkpoint. */
export const TRAINING = {
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '20 seconds',
  retry: { ...PATIENT, maximumAttempts: 10 },
} satisfies ActivityOptions;

/**
 * Rebuilding a partition's states: a worker that died is noticed, and another one goes on with the part that it had. What
 * it wrote is cleared only when it has stopped.
 */
export const REBUILDING = {
  startToCloseTimeout: '12 hours',
  heartbeatTimeout: '30 seconds',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { ...PATIENT, maximumAttempts: 20 },
} satisfies ActivityOptions;

/** A look at what serves: it comes again, so it is not tried for long. */
export const LOOKING = {
  startToCloseTimeout: '2 minutes',
  retry: { ...PATIENT, maximumAttempts: 3 },
} satisfies ActivityOptions;
