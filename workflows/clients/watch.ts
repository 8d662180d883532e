import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  WorkflowFailedError,
} from '@temporalio/client';
import { fromFailure } from '../../activities/failure.ts';
import type { WatchLook } from '../../activities/index.ts';
import type { Surface } from '../../schemas/topics/ranking.ts';
import { TASK_QUEUE } from '../places.ts';
import type { WatchInput, WatchResult, watch } from '../watch/watch.ts';
import type { TemporalClient } from './client.ts';

export type { WatchLook };

/** Sees to it that the champion of a surface is looked at so often, whichever worker is there. What an older one said is replaced. */
export async function scheduleWatch({ temporal }: TemporalClient, surface: Surface, every_ms: number): Promise<void> {
  const scheduleId = watchIdOf(surface);
  const input: WatchInput = { surface, isDry: false };
  const spec = { intervals: [{ every: every_ms }] };
  const action = {
    type: 'startWorkflow',
    workflowType: 'watch',
    workflowId: scheduleId,
    taskQueue: TASK_QUEUE,
    args: [input],
    workflowExecutionTimeout: '1h',
    staticSummary: `Look at the champion of ${surface}`,
  } as const;
  const policies = { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1m' } as const;
  try {
    await temporal.schedule.create({ scheduleId, spec, action, policies });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    // Whether it is paused is its operator's.
    await temporal.schedule.getHandle(scheduleId).update(({ state }) => ({ spec, action, policies, state }));
  }
}

/** Looks no more. */
export async function endWatch({ temporal }: TemporalClient, surface: Surface): Promise<void> {
  try {
    await temporal.schedule.getHandle(watchIdOf(surface)).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}

/** A look now, that nothing follows from. A failure comes back as the error that the activity met. */
export async function lookNow({ temporal }: TemporalClient, surface: Surface): Promise<WatchLook | null> {
  const workflowId = `${watchIdOf(surface)}-${crypto.randomUUID()}`;
  try {
    const { look }: WatchResult = await temporal.workflow.execute<typeof watch>('watch', {
      workflowId,
      taskQueue: TASK_QUEUE,
      args: [{ surface, isDry: true }],
      workflowExecutionTimeout: '1h',
      staticSummary: 'Asked for on the command line; nothing follows',
    });
    return look;
  } catch (error) {
    if (error instanceof WorkflowFailedError) throw fromFailure(error, workflowId);
    throw error;
  }
}

const watchIdOf = (surface: Surface): string => `watch-${surface}`;
