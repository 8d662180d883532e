import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { fromFailure } from '../../activities/failure.ts';
import { TemperError } from '../../schemas/errors.ts';
import type { BackfillInput, BackfillResult, BackfillStatus, backfill } from '../backfill.ts';
import { TASK_QUEUE } from '../places.ts';
import type { TemporalClient } from './client.ts';

export type { BackfillResult, BackfillStatus };

const WORKFLOW_ID = 'backfill';

/** Starts a backfill. There is one at a time: where one runs already, it is joined. */
export async function startBackfill(
  { temporal }: TemporalClient,
  input: BackfillInput,
): Promise<{ workflowId: string; joined: boolean }> {
  try {
    await temporal.workflow.start<typeof backfill>('backfill', {
      workflowId: WORKFLOW_ID,
      taskQueue: TASK_QUEUE,
      args: [input],
      staticSummary: `Backfill ${input.features.join(', ')}`,
    });
    return { workflowId: WORKFLOW_ID, joined: false };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return { workflowId: WORKFLOW_ID, joined: true };
  }
}

/** Waits for its end. A failure comes back as the error that the activity met. */
export async function backfillResult({ temporal }: TemporalClient): Promise<BackfillResult> {
  try {
    return await temporal.workflow.getHandle<typeof backfill>(WORKFLOW_ID).result();
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    if (error.cause instanceof CancelledFailure) {
      throw new TemperError('CANCELLED', { where: WORKFLOW_ID, got: 'a request to stop before anything was switched' });
    }
    throw fromFailure(error, WORKFLOW_ID);
  }
}

/** Where the last one stands, from its memo: there is an answer when no worker runs, too. */
export async function backfillStatus({ temporal }: TemporalClient): Promise<BackfillStatus | undefined> {
  try {
    const { memo } = await temporal.workflow.getHandle(WORKFLOW_ID).describe();
    return memo?.status as BackfillStatus | undefined;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined; // there was none yet
    throw error;
  }
}

/** Asks it to stop; where it has not begun to switch, nothing is switched any more. */
export async function cancelBackfill({ temporal }: TemporalClient): Promise<void> {
  try {
    await temporal.workflow.getHandle(WORKFLOW_ID).cancel();
  } catch (cause) {
    if (!(cause instanceof WorkflowNotFoundError)) throw cause;
    throw new TemperError('INPUT_INVALID', {
      where: 'temper backfill --cancel',
      expected: 'a backfill that runs',
      got: 'none',
      next: '`temper backfill --status` says how the last one ended',
      cause,
    });
  }
}
