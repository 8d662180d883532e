import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { fromFailure } from '../../activities/failure.ts';
import type { erase } from '../erasure/erase.ts';
import { askedAgain, type EraseInput, type EraseStatus } from '../erasure/story.ts';
import { TASK_QUEUE } from '../places.ts';
import type { TemporalClient } from './client.ts';

export type { EraseStatus };

export const eraseIdOf = (erasure: string): string => `erase-${erasure}`;

/**
 * Asks for an erasure. Where one of the same user runs already, it begins again: what has come since goes too.
 *
 * @returns how often it had been asked for before; nothing where one was at its end, which is waited for: ask again
 */
export async function startErase(client: TemporalClient, input: EraseInput): Promise<number | undefined> {
  const { workflow } = client.temporal;
  const { cutLogs, rebuild = false, retrain } = input;
  const workflowId = eraseIdOf(input.erasure);
  const before = await eraseStatus(client, input.erasure);
  if (before?.state === 'running' || before?.state === 'expiring') {
    try {
      await workflow.getHandle(workflowId).signal(askedAgain, { cutLogs, rebuild, ...(retrain && { retrain }) });
      return before.asked;
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error; // it has come to its end meanwhile
    }
  }
  const staticSummary = `Erase a user: ${input.reason}`;
  try {
    await workflow.start<typeof erase>('erase', { workflowId, taskQueue: TASK_QUEUE, args: [input], staticSummary });
    return 0;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    await eraseResult(client, input.erasure);
    return undefined;
  }
}

/**
 * Where it stands, by its memo: there is an answer when no worker runs, too. Nothing where nobody asked. `isOver`: nobody
 * works at it any more; where it is still said to run then, it failed.
 */
export async function eraseStatus(
  { temporal }: TemporalClient,
  erasure: string,
): Promise<(EraseStatus & { isOver: boolean }) | undefined> {
  try {
    const { memo, status } = await temporal.workflow.getHandle(eraseIdOf(erasure)).describe();
    return memo?.status ? { ...(memo.status as EraseStatus), isOver: status.name !== 'RUNNING' } : undefined;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** Waits for its end. A failure comes back as the error that the activity met. */
export async function eraseResult({ temporal }: TemporalClient, erasure: string): Promise<EraseStatus> {
  const workflowId = eraseIdOf(erasure);
  try {
    return await temporal.workflow.getHandle<typeof erase>(workflowId).result();
  } catch (error) {
    if (error instanceof WorkflowFailedError) throw fromFailure(error, workflowId);
    throw error;
  }
}
