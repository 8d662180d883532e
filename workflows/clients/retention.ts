import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, WorkflowFailedError } from '@temporalio/client';
import { fromFailure } from '../../activities/failure.ts';
import type { Retained } from '../../activities/index.ts';
import { TASK_QUEUE } from '../places.ts';
import type { retain } from '../retain.ts';
import type { TemporalClient } from './client.ts';

export type { Retained };

const SCHEDULE = 'retention';
const EVERY = '6h';

/** Sees to it that what is too old goes, whichever worker is there; first when the schedule is made. */
export async function scheduleRetention({ temporal }: TemporalClient): Promise<void> {
  const spec = { intervals: [{ every: EVERY }] };
  const action = {
    type: 'startWorkflow',
    workflowType: 'retain',
    workflowId: SCHEDULE,
    taskQueue: TASK_QUEUE,
    args: [],
    workflowExecutionTimeout: '2h',
    staticSummary: 'What is kept, for as long as the policy says',
  } as const;
  const policies = { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1h' } as const;
  try {
    await temporal.schedule.create({ scheduleId: SCHEDULE, spec, action, policies });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await temporal.schedule.getHandle(SCHEDULE).update(({ state }) => ({ spec, action, policies, state }));
  }
}

/** Does it now. A failure comes back as the error that the activity met. */
export async function retainNow({ temporal }: TemporalClient): Promise<Retained> {
  const workflowId = `${SCHEDULE}-${crypto.randomUUID()}`;
  try {
    return await temporal.workflow.execute<typeof retain>('retain', {
      ...{ workflowId, taskQueue: TASK_QUEUE, args: [], workflowExecutionTimeout: '2h' },
      staticSummary: 'Asked for on the command line',
    });
  } catch (error) {
    if (error instanceof WorkflowFailedError) throw fromFailure(error, workflowId);
    throw error;
  }
}
