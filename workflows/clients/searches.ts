import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, WorkflowFailedError } from '@temporalio/client';
import { fromFailure } from '../../activities/failure.ts';
import type { LearnedFromSearches } from '../../activities/index.ts';
import type { LearnSearchesInput, learnSearches } from '../learn-searches.ts';
import { TASK_QUEUE } from '../places.ts';
import type { TemporalClient } from './client.ts';

export type { LearnedFromSearches };

const SCHEDULE = 'learn-searches';
const EVERY_MINUTES = 15;
const INPUT: LearnSearchesInput = { days: 60 };

/** Sees to it that searches are learned from, whichever worker is there. */
export async function scheduleLearning({ temporal }: TemporalClient): Promise<void> {
  const spec = { intervals: [{ every: `${EVERY_MINUTES}m` }] };
  const action = {
    type: 'startWorkflow',
    workflowType: 'learnSearches',
    workflowId: SCHEDULE,
    taskQueue: TASK_QUEUE,
    args: [INPUT],
    workflowExecutionTimeout: '2h',
    staticSummary: 'Synonyms and suggestions from what people searched for',
  } as const;
  const policies = { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1m' } as const;
  try {
    await temporal.schedule.create({ scheduleId: SCHEDULE, spec, action, policies });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    // As with the checks of features: what it does is today's, whether it is paused is its operator's.
    await temporal.schedule.getHandle(SCHEDULE).update(({ state }) => ({ spec, action, policies, state }));
  }
}

/** Learns now. A failure comes back as the error that the activity met. */
export async function learnSearchesNow({ temporal }: TemporalClient): Promise<LearnedFromSearches> {
  const workflowId = `${SCHEDULE}-${crypto.randomUUID()}`;
  try {
    return await temporal.workflow.execute<typeof learnSearches>('learnSearches', {
      workflowId,
      taskQueue: TASK_QUEUE,
      args: [INPUT],
      workflowExecutionTimeout: '2h',
      staticSummary: 'Asked for on the command line',
    });
  } catch (error) {
    if (error instanceof WorkflowFailedError) throw fromFailure(error, workflowId);
    throw error;
  }
}
