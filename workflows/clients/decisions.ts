import {
  isGrpcDeadlineError,
  WorkflowFailedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { TimeoutFailure, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { fromFailure } from '../../activities/failure.ts';
import { TemperError } from '../../schemas/errors.ts';
import type { Surface } from '../../schemas/topics/ranking.ts';
import type { CanaryStatus } from '../canary/story.ts';
import { approveUpdate, type Decision, pauseUpdate, rejectUpdate, resumeUpdate, rollbackUpdate } from '../decisions.ts';
import { TASK_QUEUE } from '../places.ts';
import type { Occasion, retrainOn } from '../retrain-on.ts';
import type { RollbackResult, rollback } from '../rollback.ts';
import type { RetrainStatus } from '../story.ts';
import { retrainIdOf, type TemporalClient } from './client.ts';

export type { CanaryStatus, Decision, RollbackResult };

const UPDATES = { approve: approveUpdate, reject: rejectUpdate, pause: pauseUpdate, resume: resumeUpdate };
export type Verb = keyof typeof UPDATES;

/** How long an answer is waited for: an update has one at once, a rollback may wait for a service that restarts. */
const PATIENCE = { update_ms: 30_000, rollback_ms: 180_000, answer_ms: 10_000 };

export interface Sight {
  /** The model that whoever decided had before him: where there is another one by now, nothing is done. */
  seen?: string | undefined;
  patience_ms?: number;
}

/**
 * Tells the retraining of a surface, or its trial, what somebody decided, and waits until it has taken note. A challenger
 * on trial is rejected by ending its trial. A run has one model, and what is said goes to the run that was looked at.
 *
 * @throws INPUT_INVALID where nothing waits for it, or another model than was seen; TIMED_OUT where no worker takes note
 */
export async function decide(
  client: TemporalClient,
  surface: Surface,
  verb: Verb,
  decision: Decision,
  { seen, patience_ms = PATIENCE.update_ms }: Sight = {},
): Promise<void> {
  const where = `temper ${verb}`;
  await within(client, patience_ms, where, async () => {
    const trial = await running<CanaryStatus>(client, canaryIdOf(surface));
    const isOfTrial = verb === 'pause' || verb === 'resume' || (verb === 'reject' && trial !== undefined);
    const update = verb === 'reject' && isOfTrial ? rollbackUpdate : UPDATES[verb];
    const run = isOfTrial ? trial : await running<RetrainStatus>(client, retrainIdOf(surface));
    await tell(run, update.name, decision, { where, seen });
  });
}

/**
 * Takes back what serves: a challenger that is on trial, else the champion.
 *
 * @param to who is to serve; absent: who served before
 * @throws INPUT_INVALID where nobody can; MODEL_REFUSED where another one than was seen serves; TIMED_OUT where no worker
 * carries it out in time, and none will later
 */
export async function rollBack(
  client: TemporalClient,
  surface: Surface,
  decision: Decision,
  { to, seen, patience_ms = PATIENCE.rollback_ms }: Sight & { to?: string | undefined } = {},
): Promise<{ trial: string | null } | RollbackResult> {
  const where = 'temper rollback';
  // The workflow ends before the wait for it, so that what was told to be too late does not happen later.
  return await within(client, patience_ms + PATIENCE.answer_ms, where, async () => {
    const trial = await running<CanaryStatus>(client, canaryIdOf(surface));
    if (!trial || to !== undefined) return await takenBack(client, surface, decision, { to, seen, patience_ms });
    await tell(trial, rollbackUpdate.name, decision, { where, seen });
    return { trial: trial.status.model ?? null };
  });
}

async function takenBack(
  { temporal }: TemporalClient,
  surface: Surface,
  decision: Decision,
  { to, seen, patience_ms }: { to: string | undefined; seen: string | undefined; patience_ms: number },
): Promise<RollbackResult> {
  const workflowId = `rollback-${surface}`;
  const whom = { ...(to === undefined ? {} : { model: to }), ...(seen === undefined ? {} : { champion: seen }) };
  try {
    return await temporal.workflow.execute<typeof rollback>('rollback', {
      workflowId,
      taskQueue: TASK_QUEUE,
      args: [{ surface, ...decision, ...whom }],
      staticSummary: `Roll back ${surface}: ${decision.reason}`,
      workflowExecutionTimeout: patience_ms,
    });
  } catch (error) {
    if (error instanceof WorkflowFailedError) {
      if (error.cause instanceof TimeoutFailure) throw late(workflowId, patience_ms, error.cause);
      throw fromFailure(error, workflowId);
    }
    if (error instanceof WorkflowExecutionAlreadyStartedError) {
      throw new TemperError('INPUT_INVALID', {
        where: workflowId,
        expected: 'one rollback at a time',
        got: 'another one',
      });
    }
    throw error;
  }
}

/** Where the trial on a surface stands, from its memo, which is there after its first step; undefined where none runs. */
export async function trialStatus(
  client: TemporalClient,
  surface: Surface,
): Promise<Partial<CanaryStatus> | undefined> {
  return (await running<CanaryStatus>(client, canaryIdOf(surface)))?.status;
}

/** The same as one line. */
export async function trialWords(client: TemporalClient, surface: Surface): Promise<string | undefined> {
  const trial = await trialStatus(client, surface);
  if (!trial) return undefined;
  const { model, stage, paused, look, exposed } = trial;
  return [
    `${model ?? 'a challenger'}, ${stage ?? 'begins'}`,
    ...(look ? [look.reason] : []),
    ...(exposed && exposed.users > 0 ? [`${exposed.users} users so far`] : []),
    ...(paused ? [`paused by ${paused.by}: ${paused.reason}`] : []),
  ].join('; ');
}

/** Begins a retraining because of something that was seen, such as a drift; where one runs already, that goes on. */
export async function retrainBecause({ temporal }: TemporalClient, occasion: Occasion): Promise<{ started: boolean }> {
  return await temporal.workflow.execute<typeof retrainOn>('retrainOn', {
    workflowId: `retrain-on-${occasion.surface}-${crypto.randomUUID()}`,
    taskQueue: TASK_QUEUE,
    args: [occasion],
    staticSummary: `Retrain ${occasion.surface}: ${occasion.reason}`,
  });
}

const canaryIdOf = (surface: Surface): string => `canary-${surface}`;

/** A run that goes on, by its id and no other run's, with what its memo tells. */
interface Run<Status> {
  handle: WorkflowHandle;
  status: Partial<Status>;
}

async function running<Status>({ temporal }: TemporalClient, workflowId: string): Promise<Run<Status> | undefined> {
  try {
    const { memo, status, runId } = await temporal.workflow.getHandle(workflowId).describe();
    if (status.name !== 'RUNNING') return undefined;
    const handle = temporal.workflow.getHandle(workflowId, runId);
    return { handle, status: (memo?.status as Status | undefined) ?? {} };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

async function tell(
  run: Run<{ model: string | null }> | undefined,
  update: string,
  decision: Decision,
  { where, seen }: { where: string; seen: string | undefined },
): Promise<void> {
  if (!run) throw unheard(where, 'none');
  const model = run.status.model ?? 'no model yet';
  if (seen !== undefined && seen !== model) {
    const next = 'Look again, and decide on what is there';
    throw new TemperError('INPUT_INVALID', { where, expected: `${seen}, which was decided on`, got: model, next });
  }
  try {
    await run.handle.executeUpdate<void, [Decision]>(update, { args: [decision] });
  } catch (cause) {
    if (cause instanceof WorkflowUpdateFailedError) throw unheard(where, cause.cause?.message ?? cause.message, cause);
    if (cause instanceof WorkflowNotFoundError) throw unheard(where, 'none', cause);
    throw cause;
  }
}

function unheard(where: string, got: string, cause?: unknown): TemperError {
  const next = '`temper status` and Temporal say what runs';
  return new TemperError('INPUT_INVALID', { where, expected: 'a run that waits for it', got, next, cause });
}

/** Asks Temporal with one deadline for all of it: without one, it waits for a worker for as long as there is none. */
async function within<T>({ temporal }: TemporalClient, ms: number, where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await temporal.withDeadline(Date.now() + ms, work);
  } catch (cause) {
    throw isGrpcDeadlineError(cause) ? late(where, ms, cause) : cause;
  }
}

function late(where: string, ms: number, cause: unknown): TemperError {
  return new TemperError('TIMED_OUT', {
    where,
    expected: `a worker that takes it up within ${ms / 1_000} s`,
    next: '`temper status` says whether one runs; look what came of it before you decide again',
    cause,
  });
}
