import { ApplicationFailure, Context } from '@temporalio/activity';
import { WorkflowFailedError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { fromFailure, toFailure } from '../../activities/failure.ts';
import type { Activities } from '../../activities/index.ts';
import { TemperError } from '../../schemas/errors.ts';
import { createLog } from '../../schemas/log.ts';
import { retrainStatus } from '../../workflows/clients/client.ts';
import { type retrain, statusQuery } from '../../workflows/retrain.ts';
import { routeLogs } from '../../workflows/worker/runtime-log.ts';
import { ensureSearchAttributes } from '../../workflows/worker/search-attributes.ts';
import { CANDIDATE, standIns, verdictThat } from './stand-ins.ts';
import { skippingTime } from './test-server.ts';

const INPUT = { surface: 'home', seed: 7, reason: 'a test', requestedBy: 'vitest' } as const;
const ALL_STEPS = ['champion', 'snapshot', 'validate', 'train', 'evaluate', 'register', 'promote'];

let env: TestWorkflowEnvironment;
const workflowBundle = inject('workflowBundle');

beforeAll(async () => {
  const log = createLog('test', 'silent');
  routeLogs(log);
  env = await skippingTime();
  await ensureSearchAttributes(env.nativeConnection, 'default', log);
});
afterAll(() => env?.teardown());

/** Runs one retraining to its end with these activities, while `meanwhile` looks on. */
async function run(activities: Activities, meanwhile?: (workflowId: string) => Promise<void>) {
  const taskQueue = `test-${crypto.randomUUID()}`;
  const worker = await Worker.create({ connection: env.nativeConnection, taskQueue, workflowBundle, activities });
  return worker.runUntil(async () => {
    const handle = await env.client.workflow.start<typeof retrain>('retrain', {
      taskQueue,
      workflowId: 'retrain-home',
      args: [INPUT],
    });
    await meanwhile?.(handle.workflowId);
    return await handle.result();
  });
}

describe('the retrain workflow', () => {
  it('goes through all steps in their order, tells of them, and promotes', async () => {
    const { activities, calls } = standIns();
    const result = await run(activities);
    expect(result).toMatchObject({ promoted: true, model: 'home-1111111111', champion: 'home-1111111111' });
    expect(calls).toEqual([
      'ensureChampion',
      'snapshotExamples',
      'validateSnapshot',
      'trainRanker',
      'evaluateRanker',
      'registerRanker',
      'promoteRanker',
      'clearTraining',
    ]);
    const status = await retrainStatus({ temporal: env.client, close: async () => {} }, 'home');
    expect(status.past.map(({ step }) => step)).toEqual(ALL_STEPS);
    expect(status).toMatchObject({
      state: 'completed',
      step: 'done',
      model: 'home-1111111111',
      words: 'completed: promoted home-1111111111',
    });
  });

  it('passes the reason and the judged champion on to the promotion', async () => {
    const asked: unknown[] = [];
    const { activities } = standIns({
      promoteRanker: async request => {
        asked.push(request);
        return { v: 1, ...request, previous: request.replaces };
      },
    });
    await run(activities);
    expect(asked).toMatchObject([
      {
        surface: 'home',
        replaces: 'popularity-0000000000',
        reason: 'a test (asked by vitest)',
        workflow: expect.stringMatching(/^retrain-home\//),
      },
    ]);
    expect(asked[0]).not.toHaveProperty('approved_by');
  });

  it('neither registers nor promotes what the gate refuses, and says why', async () => {
    const { activities, calls } = standIns({ evaluateRanker: async () => verdictThat(false) });
    const result = await run(activities);
    expect(result).toMatchObject({
      promoted: false,
      model: null,
      champion: 'popularity-0000000000',
      verdict: { passed: false },
    });
    expect(calls).not.toContain('registerRanker');
    expect(calls).not.toContain('promoteRanker');
    expect(calls.at(-1)).toBe('clearTraining');
    const status = await retrainStatus({ temporal: env.client, close: async () => {} }, 'home');
    expect(status.words).toBe('completed: refused: worse');
  });

  it('trains nothing on examples that are refused, and says why', async () => {
    const { activities, calls } = standIns({ validateSnapshot: async () => verdictThat(false) });
    const result = await run(activities);
    expect(result).toMatchObject({ promoted: false, model: null, verdict: { passed: false } });
    expect(calls).toEqual(['ensureChampion', 'snapshotExamples', 'validateSnapshot', 'clearTraining']);
    const status = await retrainStatus({ temporal: env.client, close: async () => {} }, 'home');
    expect(status.words).toBe('completed: refused: worse');
  });

  it('trains again after a failure that may pass', async () => {
    let attempts = 0;
    const { activities, calls } = standIns({
      trainRanker: async () => {
        if (++attempts < 3) throw toFailure(new TemperError('SERVICE_FAILED', { where: 'the child' }));
        return { ...CANDIDATE, path: '/m' };
      },
    });
    expect(await run(activities)).toMatchObject({ promoted: true });
    expect(calls.filter(name => name === 'trainRanker')).toHaveLength(3);
  });

  it('fails at once, with the sentence, where trying again cannot help', async () => {
    const { activities, calls } = standIns({
      snapshotExamples: async () => {
        throw toFailure(
          new TemperError('DATA_INSUFFICIENT', { expected: 'at least 200 lists', got: '3 lists', where: 'home' }),
        );
      },
    });
    const error = await run(activities).catch(cause => cause);
    expect(error).toBeInstanceOf(WorkflowFailedError);
    expect(fromFailure(error, 'retrain-home').message).toBe(
      'DATA_INSUFFICIENT: there is too little data; at home; expected at least 200 lists; got 3 lists',
    );
    expect(calls).toEqual(['ensureChampion', 'snapshotExamples', 'clearTraining']);
    const status = await retrainStatus({ temporal: env.client, close: async () => {} }, 'home');
    expect(status).toMatchObject({ state: 'failed', step: 'snapshot', failure: expect.stringContaining('3 lists') });
  });

  it('gives up training after ten attempts', async () => {
    const { activities, calls } = standIns({
      trainRanker: async () => {
        throw ApplicationFailure.retryable('the child died');
      },
    });
    await expect(run(activities)).rejects.toThrow(WorkflowFailedError);
    expect(calls.filter(name => name === 'trainRanker')).toHaveLength(10);
  });

  it('has promoted, even where the workbench cannot be cleared', async () => {
    const { activities } = standIns({
      clearTraining: async () => {
        throw ApplicationFailure.nonRetryable('the disk is gone');
      },
    });
    expect(await run(activities)).toMatchObject({ promoted: true });
  });

  it('ends the training when it is cancelled, clears up, and promotes nothing', async () => {
    let wasCancelled = false;
    const { activities, calls } = standIns({
      trainRanker: async () => {
        const context = Context.current();
        const timer = setInterval(() => context.heartbeat({ epoch: 1 }), 100);
        try {
          return await context.cancelled;
        } finally {
          wasCancelled = true;
          clearInterval(timer);
        }
      },
    });
    const error = await run(activities, async workflowId => {
      const handle = env.client.workflow.getHandle(workflowId);
      await expect.poll(() => calls.includes('trainRanker'), { timeout: 20_000 }).toBe(true);
      expect(await handle.query(statusQuery)).toMatchObject({ step: 'train', verdict: null, model: null });
      await handle.cancel();
    }).catch(cause => cause);
    expect(error).toBeInstanceOf(WorkflowFailedError);
    expect(wasCancelled).toBe(true);
    expect(calls).toEqual(['ensureChampion', 'snapshotExamples', 'validateSnapshot', 'trainRanker', 'clearTraining']);
  });
});
