import { ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openClient, type TemporalClient } from '../../../workflows/clients/client.ts';
import { endNightly, scheduleNightly } from '../../../workflows/clients/nightly.ts';
import { endWatch, scheduleWatch } from '../../../workflows/clients/watch.ts';
import { TASK_QUEUE } from '../../../workflows/places.ts';
import type { Occasion } from '../../../workflows/retrain-on.ts';

const HOUR_MS = 3_600_000;
/** No schedule of these fires while a test runs. */
const MONTH_MS = 30 * 24 * HOUR_MS;
const FAR = (new Date().getUTCHours() + 12) % 24;
const OCCASION: Occasion = { surface: 'ads', reason: 'nightly', requestedBy: 'nightly', lists: 900, approval: true };

let client: TemporalClient;
beforeAll(async () => {
  client = await openClient({ address: inject('endpoints').temporal, namespace: 'default' });
});
afterAll(() => client?.close());

const scheduleOf = (id: string) => client.temporal.schedule.getHandle(id);
const timeOf = (minute: number) => ({ hour: [{ start: FAR, end: FAR }], minute: [{ start: minute, end: minute }] });

it('a nightly retraining has its time in UTC and its occasion, and never two runs at once', async () => {
  await scheduleNightly(client, OCCASION, { hour: FAR, minute: 7 });
  const told = await scheduleOf('nightly-ads').describe();
  expect(told).toMatchObject({
    spec: { calendars: [timeOf(7)] },
    action: { type: 'startWorkflow', workflowType: 'retrainOn', taskQueue: TASK_QUEUE, args: [OCCASION] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: HOUR_MS },
  });
  expect(told.info.nextActionTimes[0]).toSatisfy((at: Date) => at.getUTCHours() === FAR && at.getUTCMinutes() === 7);
});

it('a nightly retraining that is said anew is replaced, and stays paused where somebody has paused it', async () => {
  await scheduleNightly(client, OCCASION, { hour: FAR, minute: 7 });
  await scheduleOf('nightly-ads').pause();
  await scheduleNightly(client, { ...OCCASION, reason: 'another' }, { hour: FAR, minute: 8 });
  expect(await scheduleOf('nightly-ads').describe()).toMatchObject({
    spec: { calendars: [timeOf(8)] },
    action: { args: [{ ...OCCASION, reason: 'another' }] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP },
    state: { paused: true },
  });
});

it('a nightly retraining that is ended is gone, and whoever ends it again is told that there is none', async () => {
  await scheduleNightly(client, OCCASION, { hour: FAR, minute: 7 });
  expect(await endNightly(client, 'ads')).toBe(true);
  await expect(scheduleOf('nightly-ads').describe()).rejects.toThrow(ScheduleNotFoundError);
  expect(await endNightly(client, 'ads')).toBe(false);
});

it('the watch has its interval and really looks, one look at a time; said anew it is replaced, ended it is gone', async () => {
  await scheduleWatch(client, 'ads', MONTH_MS);
  const action = { type: 'startWorkflow', workflowType: 'watch', taskQueue: TASK_QUEUE };
  expect(await scheduleOf('watch-ads').describe()).toMatchObject({
    spec: { intervals: [{ every: MONTH_MS }] },
    action: { ...action, args: [{ surface: 'ads', isDry: false }], workflowExecutionTimeout: HOUR_MS },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: 60_000 },
  });
  await scheduleOf('watch-ads').pause();
  await scheduleWatch(client, 'ads', 2 * MONTH_MS);
  expect(await scheduleOf('watch-ads').describe()).toMatchObject({
    spec: { intervals: [{ every: 2 * MONTH_MS }] },
    state: { paused: true },
  });
  await endWatch(client, 'ads');
  await expect(scheduleOf('watch-ads').describe()).rejects.toThrow(ScheduleNotFoundError);
  await endWatch(client, 'ads');
});
