import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, startChild, workflowInfo } from '@temporalio/workflow';
import type { RetrainInput, retrain } from './retrain.ts';

/** What begins a retraining by itself: a time of the day, or a drift that somebody saw. */
export interface Occasion extends Omit<RetrainInput, 'seed'> {
  /** Absent: follows from the run, so that each night has another one. */
  seed?: number;
}

/**
 * Begins the retraining of a surface, unless one runs: a schedule gives each run an id of its own, and there is one
 * retraining a surface. It goes on alone.
 */
export async function retrainOn({ seed, ...occasion }: Occasion): Promise<{ started: boolean }> {
  const { surface, reason } = occasion;
  const input: RetrainInput = { ...occasion, seed: seed ?? Number.parseInt(workflowInfo().runId.slice(0, 8), 16) };
  try {
    await startChild<typeof retrain>('retrain', {
      workflowId: `retrain-${surface}`,
      args: [input],
      memo: { reason, requestedBy: occasion.requestedBy },
      staticSummary: `Retrain ${surface}: ${reason}`,
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
    return { started: true };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return { started: false };
    throw error;
  }
}
