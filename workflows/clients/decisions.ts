import {
  WorkflowFailedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { fromFailure } from '../../activities/failure.ts';
import { TemperError } from '../../schemas/errors.ts';
import type { Surface } from '../../schemas/ranking.ts';
import type { CanaryStatus } from '../canary/story.ts';
import { approveUpdate, type Decision, pauseUpdate, rejectUpdate, resumeUpdate, rollbackUpdate } from '../decisions.ts';
import { TASK_QUEUE } from '../places.ts';
import type { Occasion, retrainOn } from '../retrain-on.ts';
import type { RollbackResult, rollback } from '../rollback.ts';
import { retrainIdOf, type TemporalClient } from './client.ts';

export type { CanaryStatus, Decision, RollbackResult };

const UPDATES = { approve: approveUpdate, reject: rejectUpdate, pause: pauseUpdate, resume: resumeUpdate };
export type Verb = keyof typeof UPDATES;

/**
 * Tells the retraining of a surface, or its trial, what somebody decided, and waits until it has taken note. A challenger
 * on trial is rejected by ending its trial.
 *
 * @throws INPUT_INVALID where nothing waits for it
 */
export async function decide(client: TemporalClient, surface: Surface, verb: Verb, decision: Decision): Promise<void> {
  const trial = await trialStatus(client, surface);
  const isOfTrial = verb === 'pause' || verb === 'resume' || (verb === 'reject' && trial !== undefined);
  const update = verb === 'reject' && isOfTrial ? rollbackUpdate : UPDATES[verb];
  const workflowId = isOfTrial ? canaryIdOf(surface) : retrainIdOf(surface);
  await tell(client.temporal.workflow.getHandle(workflowId), update.name, decision, `temper ${verb}`);
}

/**
 * Takes back what serves: a challenger that is on trial, else the champion.
 *
 * @param model who is to serve; absent: who served before
 */
export async function rollBack(
  client: TemporalClient,
  surface: Surface,
  decision: Decision,
  model?: string,
): Promise<{ trial: string | null } | RollbackResult> {
  const trial = await trialStatus(client, surface);
  if (trial && model === undefined) {
    await tell(
      client.temporal.workflow.getHandle(canaryIdOf(surface)),
      rollbackUpdate.name,
      decision,
      'temper rollback',
    );
    return { trial: trial.model ?? null };
  }
  const workflowId = `rollback-${surface}`;
  try {
    return await client.temporal.workflow.execute<typeof rollback>('rollback', {
      workflowId,
      taskQueue: TASK_QUEUE,
      args: [{ surface, ...decision, ...(model === undefined ? {} : { model }) }],
      staticSummary: `Roll back ${surface}: ${decision.reason}`,
    });
  } catch (error) {
    if (error instanceof WorkflowFailedError) throw fromFailure(error, workflowId);
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
  { temporal }: TemporalClient,
  surface: Surface,
): Promise<Partial<CanaryStatus> | undefined> {
  try {
    const { memo, status } = await temporal.workflow.getHandle(canaryIdOf(surface)).describe();
    return status.name === 'RUNNING' ? ((memo?.status as CanaryStatus | undefined) ?? {}) : undefined;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
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

async function tell(handle: WorkflowHandle, update: string, decision: Decision, where: string): Promise<void> {
  try {
    await handle.executeUpdate<void, [Decision]>(update, { args: [decision] });
  } catch (cause) {
    const got = cause instanceof WorkflowUpdateFailedError ? (cause.cause?.message ?? cause.message) : undefined;
    if (got === undefined && !(cause instanceof WorkflowNotFoundError)) throw cause;
    throw new TemperError('INPUT_INVALID', {
      where,
      expected: 'a run that waits for it',
      got: got ?? 'none',
      next: '`temper status` and Temporal say what runs',
      cause,
    });
  }
}
