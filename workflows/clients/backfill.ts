import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { fromFailure } from '../../activities/failure.ts';
import { TemperError } from '../../schemas/errors.ts';
import type { backfill } from '../backfill/backfill.ts';
import {
  anewSince,
  BACKFILL_ID,
  type BackfillInput,
  type BackfillResult,
  type BackfillStatus,
} from '../backfill/story.ts';
import { TASK_QUEUE } from '../places.ts';
import type { TemporalClient } from './client.ts';

export { ALL_ANEW } from '../backfill/story.ts';
export type { BackfillResult, BackfillStatus };

/**
 * Starts a backfill. There is one at a time: where one runs already, it is joined; one of all features has it begin again
 * behind itself, with all of them.
 */
export async function startBackfill(
  client: TemporalClient,
  input: BackfillInput,
): Promise<{ workflowId: string; joined: boolean }> {
  const { workflow } = client.temporal;
  const isAll = input.features.length === 0;
  try {
    await workflow.start<typeof backfill>('backfill', {
      workflowId: BACKFILL_ID,
      taskQueue: TASK_QUEUE,
      args: [input],
      staticSummary: isAll ? 'Backfill of all sums' : `Backfill ${input.features.join(', ')}`,
    });
    return { workflowId: BACKFILL_ID, joined: false };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  try {
    if (isAll) await workflow.getHandle(BACKFILL_ID).signal(anewSince, { since_ms: Date.now() });
    return { workflowId: BACKFILL_ID, joined: true };
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return startBackfill(client, input); // it has come to its end meanwhile
  }
}

/** Waits for its end. A failure comes back as the error that the activity met. */
export async function backfillResult({ temporal }: TemporalClient): Promise<BackfillResult> {
  try {
    return await temporal.workflow.getHandle<typeof backfill>(BACKFILL_ID).result();
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    if (error.cause instanceof CancelledFailure) {
      throw new TemperError('CANCELLED', { where: BACKFILL_ID, got: 'a request to stop before anything was switched' });
    }
    throw fromFailure(error, BACKFILL_ID);
  }
}

/** Where the last one stands, and whether it runs: as Temporal says it, such as `running`, `completed` or `failed`. */
export interface BackfillStanding extends BackfillStatus {
  state: string;
}

/** Where the last one stands, from its memo: there is an answer when no worker runs, too. */
export async function backfillStatus({ temporal }: TemporalClient): Promise<BackfillStanding | undefined> {
  try {
    const { memo, status } = await temporal.workflow.getHandle(BACKFILL_ID).describe();
    const told = memo?.status as BackfillStatus | undefined;
    return told && { ...told, state: status.name.toLowerCase() };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined; // there was none yet
    throw error;
  }
}

/** Asks it to stop; where it has not begun to switch, nothing is switched any more. */
export async function cancelBackfill({ temporal }: TemporalClient): Promise<void> {
  try {
    await temporal.workflow.getHandle(BACKFILL_ID).cancel();
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
