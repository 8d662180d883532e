import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { getExternalWorkflowHandle, ParentClosePolicy, sleep, startChild } from '@temporalio/workflow';
import type { backfill } from './backfill.ts';
import { ANEW_FOR_ALL, anewSince, BACKFILL_ID } from './story.ts';

/**
 * Has all sums made anew from the archive as it is by now. There is one backfill at a time: one that runs is told, and where
 * it is not enough it begins again behind itself, once for all who have told it. It goes on alone.
 *
 * @param reason for who looks at Temporal
 */
export async function rebuildAll(reason: string): Promise<void> {
  const since_ms = Date.now();
  for (;;) {
    try {
      await startChild<typeof backfill>('backfill', {
        workflowId: BACKFILL_ID,
        args: [ANEW_FOR_ALL],
        staticSummary: `Backfill of all sums: ${reason}`,
        parentClosePolicy: ParentClosePolicy.ABANDON,
      });
      return;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    try {
      await getExternalWorkflowHandle(BACKFILL_ID).signal(anewSince, { since_ms });
      return;
    } catch {
      await sleep('1 second'); // it has come to its end meanwhile
    }
  }
}
