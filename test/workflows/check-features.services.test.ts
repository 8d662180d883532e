import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { toFailure } from '../../activities/failure.ts';
import type { Activities } from '../../activities/index.ts';
import { TemperError } from '../../schemas/errors.ts';
import { createLog } from '../../schemas/log.ts';
import type { checkFeatures } from '../../workflows/check-features.ts';
import { routeLogs } from '../../workflows/worker/runtime-log.ts';
import { COMPARISON, standIns } from './stand-ins.ts';
import { skippingTime } from './test-server.ts';

const INPUT = { hours: 2, lists: 40, items: 4 };
const SETTLING_MS = 15_000;

let env: TestWorkflowEnvironment;
const workflowBundle = inject('workflowBundle');

beforeAll(async () => {
  routeLogs(createLog('test', 'silent'));
  env = await skippingTime();
});
afterAll(() => env?.teardown());

async function run(compareFeatures: Activities['compareFeatures']) {
  const { activities, calls } = standIns({ compareFeatures });
  const taskQueue = `test-${crypto.randomUUID()}`;
  const worker = await Worker.create({ connection: env.nativeConnection, taskQueue, workflowBundle, activities });
  const result = await worker.runUntil(
    env.client.workflow.execute<typeof checkFeatures>('checkFeatures', {
      taskQueue,
      workflowId: taskQueue,
      args: [INPUT],
    }),
  );
  return { result, calls };
}

describe('a check of features', () => {
  it('looks at the lists of its hours, but for those whose events are on their way into the archive', async () => {
    const before_ms = await env.currentTimeMs();
    const { result, calls } = await run(async request => ({ ...COMPARISON, ...request, lists: COMPARISON.lists }));
    const { from_ms, until_ms, ...rest } = result as typeof result & { items: number };
    expect(until_ms - from_ms).toBe(INPUT.hours * 3_600_000);
    expect(until_ms).toBeGreaterThanOrEqual(before_ms - SETTLING_MS - 1_000);
    expect(until_ms).toBeLessThanOrEqual((await env.currentTimeMs()) - SETTLING_MS);
    expect(rest).toMatchObject({ items: INPUT.items, different: 1, leftOut: COMPARISON.leftOut });
    expect(calls).toEqual(['compareFeatures']);
  });

  it('asks again where ClickHouse did not answer, and about the same lists', async () => {
    const asked: unknown[] = [];
    const { result } = await run(async request => {
      asked.push(request);
      if (asked.length < 3) throw toFailure(new TemperError('UNREACHABLE', { where: 'ClickHouse' }));
      return COMPARISON;
    });
    expect(result).toEqual(COMPARISON);
    expect(asked).toHaveLength(3);
    expect(new Set(asked.map(request => JSON.stringify(request))).size).toBe(1);
  });

  it('gives up at once on what no second try mends', async () => {
    let tries = 0;
    const refused = run(async () => {
      tries++;
      throw toFailure(new TemperError('INPUT_INVALID', { where: 'ClickHouse' }));
    });
    await expect(refused).rejects.toThrow();
    expect(tries).toBe(1);
  });
});
