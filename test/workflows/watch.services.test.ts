import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Activities, WatchLook } from '../../activities/index.ts';
import type { Signal } from '../../models/watch/decide.ts';
import { createLog } from '../../schemas/log.ts';
import type { watch } from '../../workflows/watch/watch.ts';
import { routeLogs } from '../../workflows/worker/runtime-log.ts';
import { ensureSearchAttributes } from '../../workflows/worker/search-attributes.ts';
import { CHAMPION, standIns, WATCHED } from './stand-ins.ts';
import { skippingTime } from './test-server.ts';

const DRIFT: Signal = {
  ...{ signal: 'drift', says: 'bad', state: 'on', since_ms: 1, value: 0.5, low: null, high: 0.1, limit: 0.25 },
  ...{ reason: '3 of 92 features have drifted', sequence: null, isAlone: false },
};

let env: TestWorkflowEnvironment;
const workflowBundle = inject('workflowBundle');

beforeAll(async () => {
  const log = createLog('test', 'silent');
  routeLogs(log);
  env = await skippingTime();
  await ensureSearchAttributes(env.nativeConnection, 'default', log);
});
afterAll(() => env?.teardown());

/** One look that says this. */
async function run(
  look: Partial<WatchLook> | null,
  { isDry = false, ...replaced }: Partial<Activities> & { isDry?: boolean } = {},
) {
  const recorded: unknown[] = [];
  const { activities, calls } = standIns({
    lookAtChampion: async ({ surface, at_ms, workflow }) => look && { ...WATCHED, surface, at_ms, workflow, ...look },
    recordDeed: async deed => void recorded.push(deed),
    ...replaced,
  });
  const taskQueue = `test-${crypto.randomUUID()}`;
  const worker = await Worker.create({ connection: env.nativeConnection, taskQueue, workflowBundle, activities });
  return worker.runUntil(async () => {
    const handle = await env.client.workflow.start<typeof watch>('watch', {
      ...{ taskQueue, workflowId: taskQueue, args: [{ surface: 'home', isDry }] },
    });
    const result = await handle.result();
    const { memo } = await handle.describe();
    const began = result.outcome === 'a retraining has begun';
    const retraining = began ? await env.client.workflow.getHandle('retrain-home').result() : undefined;
    return { result, memo, calls, recorded, retraining };
  });
}

describe('a look of the watch', () => {
  it('that finds nothing is told, and nothing follows', async () => {
    const { result, calls, memo } = await run({});
    expect(result.outcome).toBe('');
    expect(calls).toEqual(['lookAtChampion']);
    expect(memo).toMatchObject({ status: { model: WATCHED.model, act: 'none' } });
    expect((await run(null)).result).toEqual({ look: null, outcome: '' });
    expect((await run({ act: 'alert', reason: 'outcomes' })).calls).toEqual(['lookAtChampion']);
  });

  it('begins the retraining, with the reason and as the configuration says, and writes that down', async () => {
    const drifted = { act: 'retrain', reason: 'drift: 3 of 92', signals: [DRIFT] } as const;
    const span = { from_ms: 1_000, until_ms: 2_000 };
    const frozen: unknown[] = [];
    const stood = standIns().activities;
    const snapshotExamples: Activities['snapshotExamples'] = async request => {
      frozen.push(request);
      return stood.snapshotExamples(request);
    };
    const retrainAs = { ...drifted, signals: [DRIFT], retraining: { trial: [], approval: false, span } };
    const { result, recorded, retraining, memo } = await run(retrainAs, { snapshotExamples });
    expect(result.outcome).toBe('a retraining has begun');
    expect(retraining).toMatchObject({ promoted: true });
    expect(recorded).toMatchObject([{ act: 'retrain', outcome: result.outcome, model: WATCHED.model }]);
    expect(memo).toMatchObject({ status: { signals: { drift: 'on' }, outcome: result.outcome } });
    expect(frozen).toMatchObject([{ surface: 'home', ...span }]);
    const { memo: asked } = await env.client.workflow.getHandle('retrain-home').describe();
    expect(asked).toMatchObject({ reason: 'drift: 3 of 92', requestedBy: 'watch' });
  });

  it('takes the champion back, as long as it is the one that was looked at', async () => {
    const asked: unknown[] = [];
    const promoteRanker: Activities['promoteRanker'] = async request => {
      asked.push(request);
      return { ...CHAMPION, model: request.model, previous: request.replaces };
    };
    const fell = { act: 'rollback', reason: 'fall: click rate -30.0 %' } as const;
    const { result, recorded } = await run({ ...fell, model: CHAMPION.model }, { promoteRanker });
    expect(result.outcome).toBe('home-0000000000 serves again');
    expect(asked).toMatchObject([{ kind: 'rollback', requested_by: 'watch', reason: `${fell.reason} (watch)` }]);
    expect(recorded).toMatchObject([{ act: 'rollback', outcome: result.outcome }]);

    const late = await run({ ...fell, model: 'home-9999999999' }, { promoteRanker });
    expect(late.result.outcome).toMatch(/^no rollback: .* is champion now, and not home-9999999999/);
    expect(asked).toHaveLength(1);
    expect(late.recorded).toMatchObject([{ outcome: late.result.outcome }]);
  });

  it('that finds a retraining at work has begun none, and is written down as a word alone', async () => {
    const busy = await env.client.workflow.start('retrain', { taskQueue: 'nobody', workflowId: 'retrain-home' });
    const { result, recorded, memo } = await run({ act: 'retrain', reason: 'drift: 3 of 92', signals: [DRIFT] });
    await busy.terminate();
    expect(result).toMatchObject({ look: { act: 'alert' }, outcome: 'a retraining runs already' });
    expect(recorded).toMatchObject([{ act: 'alert', outcome: result.outcome }]);
    expect(memo).toMatchObject({ status: { act: 'alert', outcome: result.outcome } });
  });

  it('of somebody who only wants to see does nothing', async () => {
    const { result, calls } = await run({ act: 'rollback', reason: 'fall' }, { isDry: true });
    expect(result).toMatchObject({ look: { act: 'rollback' }, outcome: '' });
    expect(calls).toEqual(['lookAtChampion']);
  });
});
