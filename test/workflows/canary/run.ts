import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { inject } from 'vitest';
import type { Activities, Look } from '../../../activities/index.ts';
import { createLog } from '../../../schemas/log.ts';
import { nameOf } from '../../../schemas/models/stage-names.ts';
import type { PlannedStage } from '../../../schemas/models/trials.ts';
import { type canary, canaryQuery } from '../../../workflows/canary/canary.ts';
import type { SomeLook } from '../../../workflows/canary/story.ts';
import { routeLogs } from '../../../workflows/worker/runtime-log.ts';
import { ensureSearchAttributes } from '../../../workflows/worker/search-attributes.ts';
import { CHAMPION, LOOK, standIns } from '../stand-ins.ts';
import { skippingTime } from '../test-server.ts';

export const MINUTE_MS = 60_000;
export const STAGES: PlannedStage[] = [
  { stage: { kind: 'shadow' }, for_ms: MINUTE_MS },
  { stage: { kind: 'canary', share: 0.05 }, for_ms: MINUTE_MS },
  { stage: { kind: 'canary', share: 1 }, for_ms: MINUTE_MS },
];
export const INPUT = {
  ...{ surface: 'home', model: 'home-1111111111', manifest: 'a'.repeat(64), champion: CHAMPION.model },
  ...{ stages: STAGES, reason: 'a test', requestedBy: 'vitest' },
} as const;
export const BY = { by: 'anna', reason: 'a look at the shelves' };

export let env: TestWorkflowEnvironment;
const workflowBundle = inject('workflowBundle');

/** A server that skips time, and the workflows' code. */
export async function openCanaries(): Promise<void> {
  const log = createLog('test', 'silent');
  routeLogs(log);
  env = await skippingTime();
  await ensureSearchAttributes(env.nativeConnection, 'default', log);
}
export const closeCanaries = () => env?.teardown();

export const client = () => ({ temporal: env.client, close: async () => {} });

/** Does this while a worker has these activities. */
export async function working<T>(activities: Activities, work: (taskQueue: string) => Promise<T>): Promise<T> {
  const taskQueue = `test-${crypto.randomUUID()}`;
  const worker = await Worker.create({ connection: env.nativeConnection, taskQueue, workflowBundle, activities });
  return worker.runUntil(work(taskQueue));
}

/** One trial to its end; looks come in this order, the last one again and again. */
export async function run(
  looks: (Partial<SomeLook> | Error)[],
  { stages = STAGES, meanwhile }: { stages?: PlannedStage[]; meanwhile?: () => Promise<void> } = {},
  replaced: Partial<Activities> = {},
) {
  const set: string[] = [];
  const ended: string[] = [];
  let turn = 0;
  const { activities, calls } = standIns({
    setStage: async ({ workflow: _workflow, requested_by: _by, ...trial }) => {
      set.push(nameOf(trial.stage));
      return { v: 1, role: 'challenger', salt: '0'.repeat(32), ...trial };
    },
    measureTrial: async () => {
      const look = looks[Math.min(turn++, looks.length - 1)]!;
      if (look instanceof Error) throw look;
      return { ...LOOK, ...look } as Look;
    },
    endTrial: async ({ reason }) => void ended.push(reason),
    ...replaced,
  });
  const outcome = await working(activities, async taskQueue => {
    const options = { taskQueue, workflowId: 'canary-home', args: [{ ...INPUT, stages }] as [typeof INPUT] };
    const handle = await env.client.workflow.start<typeof canary>('canary', options as never);
    await meanwhile?.();
    const result = await handle.result().catch((error: Error) => error);
    const { historyLength: events } = await handle.describe();
    return { result, status: await handle.query(canaryQuery), events };
  });
  return { ...outcome, set, ended, calls, looks: turn };
}
