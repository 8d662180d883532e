import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createLog } from '../../../schemas/log.ts';
import { decide, rollBack } from '../../../workflows/clients/decisions.ts';
import { TASK_QUEUE } from '../../../workflows/places.ts';
import { routeLogs } from '../../../workflows/worker/runtime-log.ts';
import { ensureSearchAttributes } from '../../../workflows/worker/search-attributes.ts';
import { CHAMPION, standIns } from '../stand-ins.ts';
import { skippingTime } from '../test-server.ts';

const BY = { by: 'anna', reason: 'empty lists' };
let env: TestWorkflowEnvironment;
const client = () => ({ temporal: env.client, close: async () => {} });

beforeAll(async () => {
  const log = createLog('test', 'silent');
  routeLogs(log);
  env = await skippingTime();
  await ensureSearchAttributes(env.nativeConnection, 'default', log);
});
afterAll(() => env?.teardown());

it('two rollbacks of one champion, from pages that are both stale by then, take it back once', async () => {
  const succession = ['home-c', 'home-b', 'home-a'];
  const manifest = 'a'.repeat(64);
  const { activities } = standIns({
    formerChampion: async () => ({ champion: succession[0]!, model: succession[1]!, manifest }),
    promoteRanker: async ({ model, replaces }) => {
      succession.shift();
      return { ...CHAMPION, model, previous: replaces };
    },
  });
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: TASK_QUEUE,
    workflowBundle: inject('workflowBundle'),
    activities,
  });
  await worker.runUntil(async () => {
    expect(await rollBack(client(), 'home', BY, { seen: 'home-c' })).toEqual({ from: 'home-c', to: 'home-b' });
    const again = rollBack(client(), 'home', BY, { seen: 'home-c' });
    await expect(again).rejects.toThrow(/MODEL_REFUSED.*expected home-c as champion; got home-b/);
    expect(succession[0]).toBe('home-b');
  });
});

it('where no worker runs, a rollback is too late after its time, and is over: none happens later', async () => {
  const told = rollBack(client(), 'ads', BY, { patience_ms: 3_000 });
  await expect(told).rejects.toThrow(/TIMED_OUT.*rollback-ads.*within 3 s/);
  const { status } = await env.client.workflow.getHandle('rollback-ads').describe();
  expect(status.name).toBe('TIMED_OUT');
});

it('where no worker runs, a decision waits for one for a while', async () => {
  const input = { surface: 'support', seed: 1, reason: 'a test', requestedBy: 'vitest', approval: true };
  await env.client.workflow.start('retrain', { workflowId: 'retrain-support', taskQueue: TASK_QUEUE, args: [input] });
  const told = decide(client(), 'support', 'approve', BY, { patience_ms: 3_000 });
  await expect(told).rejects.toThrow(/TIMED_OUT.*temper approve.*within 3 s/);
});
