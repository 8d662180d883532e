import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, WorkflowFailedError } from '@temporalio/client';
import { fromFailure } from '../../activities/failure.ts';
import type { FeatureComparison } from '../../activities/index.ts';
import type { CheckInput, checkFeatures } from '../check-features.ts';
import { TASK_QUEUE } from '../places.ts';
import type { TemporalClient } from './client.ts';

export type { FeatureComparison };

const SCHEDULE = 'check-features';
const EVERY_MINUTES = 1;
/** What a run costs does not grow with the shop's lists: some hundred rows of the vector. */
const SAMPLE = { lists: 40, items: 4 };

/** Sees to it that features are checked every minute, whichever worker is there. */
export async function scheduleFeatureChecks({ temporal }: TemporalClient): Promise<void> {
  const input: CheckInput = { hours: EVERY_MINUTES / 60, ...SAMPLE };
  const spec = { intervals: [{ every: `${EVERY_MINUTES}m` }] };
  const action = {
    type: 'startWorkflow',
    workflowType: 'checkFeatures',
    workflowId: SCHEDULE,
    taskQueue: TASK_QUEUE,
    args: [input],
    workflowExecutionTimeout: '10m',
    staticSummary: 'Compare what was served with what the archive gives',
  } as const;
  const policies = { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1m' } as const;
  try {
    await temporal.schedule.create({ scheduleId: SCHEDULE, spec, action, policies });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    // An older Temper may have made it: what it does is today's, whether it is paused is its operator's.
    await temporal.schedule.getHandle(SCHEDULE).update(({ state }) => ({ spec, action, policies, state }));
  }
}

/** Checks them now. A failure comes back as the error that the activity met. */
export async function checkFeaturesNow({ temporal }: TemporalClient, input: CheckInput): Promise<FeatureComparison> {
  const workflowId = `${SCHEDULE}-${crypto.randomUUID()}`;
  try {
    return await temporal.workflow.execute<typeof checkFeatures>('checkFeatures', {
      workflowId,
      taskQueue: TASK_QUEUE,
      args: [input],
      workflowExecutionTimeout: '10m',
      staticSummary: 'Asked for on the command line',
    });
  } catch (error) {
    if (error instanceof WorkflowFailedError) throw fromFailure(error, workflowId);
    throw error;
  }
}
