import { ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import type { Surface } from '../../schemas/topics/ranking.ts';
import { TASK_QUEUE } from '../places.ts';
import type { Occasion } from '../retrain-on.ts';
import type { TemporalClient } from './client.ts';

/** Retrains a surface every day at this time (UTC). What an older one said is replaced. */
export async function scheduleNightly(
  { temporal }: TemporalClient,
  occasion: Occasion,
  time: { hour: number; minute: number },
): Promise<void> {
  const scheduleId = nightlyIdOf(occasion.surface);
  const spec = { calendars: [time] };
  const action = {
    type: 'startWorkflow',
    workflowType: 'retrainOn',
    workflowId: scheduleId,
    taskQueue: TASK_QUEUE,
    args: [occasion],
    staticSummary: `Retrain ${occasion.surface}: ${occasion.reason}`,
  } as const;
  const policies = { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1h' } as const;
  try {
    await temporal.schedule.create({ scheduleId, spec, action, policies });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await temporal.schedule.getHandle(scheduleId).update(({ state }) => ({ spec, action, policies, state }));
  }
}

/** @returns whether there was one */
export async function endNightly({ temporal }: TemporalClient, surface: Surface): Promise<boolean> {
  try {
    await temporal.schedule.getHandle(nightlyIdOf(surface)).delete();
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
}

const nightlyIdOf = (surface: Surface): string => `nightly-${surface}`;
