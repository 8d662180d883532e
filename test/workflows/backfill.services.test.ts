import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Activities } from '../../activities/index.ts';
import { createLog } from '../../schemas/log.ts';
import { type BackfillInput, type backfill, backfillQuery } from '../../workflows/backfill.ts';
import { WORKFLOWS_PATH } from '../../workflows/places.ts';
import { routeLogs } from '../../workflows/runtime-log.ts';
import { standIns } from './stand-ins.ts';
import { testServer } from './test-server.ts';

const INPUT: BackfillInput = { features: ['user.clicks.1d'], anyway: false };
const DIFFERENT = { keys: 10, compared: 500, different: 3, example: null, changed: 4 };

let env: TestWorkflowEnvironment;
let workflowBundle: WorkflowBundle;

beforeAll(async () => {
  routeLogs(createLog('test', 'silent'));
  env = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable: testServer() } });
  workflowBundle = await bundleWorkflowCode({ workflowsPath: WORKFLOWS_PATH, logger: Runtime.instance().logger });
});
afterAll(() => env?.teardown());

async function run(replaced: Partial<Activities>, input = INPUT) {
  const { activities, calls } = standIns(replaced);
  const taskQueue = `test-${crypto.randomUUID()}`;
  const worker = await Worker.create({ connection: env.nativeConnection, taskQueue, workflowBundle, activities });
  const outcome = await worker.runUntil(async () => {
    const options = { taskQueue, workflowId: taskQueue, args: [input] as [BackfillInput] };
    const handle = await env.client.workflow.start<typeof backfill>('backfill', options);
    const result = await handle.result().catch((error: Error) => error);
    return { result, status: await handle.query(backfillQuery) };
  });
  return { ...outcome, calls };
}

const times = (calls: readonly string[], name: string) => calls.filter(call => call === name).length;

describe('a backfill', () => {
  it('rebuilds users, then items, compares, and switches until nothing of before is left', async () => {
    const parts: string[] = [];
    const lacking = [256, 256, 256, 256, 3];
    const { result, status, calls } = await run({
      rebuildStates: async ({ entity, partition }) => void parts.push(`${entity}-${partition}`),
      publishStates: async () => lacking.shift() ?? 0,
    });
    expect(parts).toEqual(['user-0', 'user-1', 'item-0', 'item-1']);
    expect(result).toMatchObject({ switched: true, generation: 1, comparison: { keys: 40, changed: 16 } });
    expect(status).toMatchObject({ step: 'done', switched: true });
    expect(times(calls, 'publishStates')).toBe(12);
    expect(calls.slice(0, 2)).toEqual(['beginBackfill', 'positionBackfill']);
    expect(calls.at(-1)).toBe('clearBackfill');
  });

  it('switches nothing where other features would change too, unless it was asked to', async () => {
    const refused = await run({ compareStates: async () => DIFFERENT });
    expect(refused.result).toMatchObject({ switched: false, comparison: { different: 12 } });
    expect(refused.calls).not.toContain('publishStates');
    expect(refused.calls.at(-1)).toBe('clearBackfill');
    const anyway = await run({ compareStates: async () => DIFFERENT }, { ...INPUT, anyway: true });
    expect(anyway.result).toMatchObject({ switched: true });
  });

  it('gives up where somebody goes on writing what was before', async () => {
    const { result, calls } = await run({ publishStates: async () => 1 });
    expect(result).toBeInstanceOf(Error);
    expect(times(calls, 'publishStates')).toBe(20 * 4);
    expect(calls.at(-1)).toBe('clearBackfill');
  });
});
