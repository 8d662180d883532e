import { setTimeout as sleep } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { retrainAndTell } from '../../../cli/learning/retraining.ts';
import { createLog } from '../../../schemas/log.ts';
import { readConfig } from '../../../schemas/settings/config.ts';
import { routeLogs } from '../../../workflows/worker/runtime-log.ts';
import { skippingTime } from '../../workflows/test-server.ts';
import { wayTo } from './way-to.ts';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  routeLogs(createLog('test', 'silent'));
  env = await skippingTime();
});
afterAll(() => env?.teardown());

it('who waits for a retraining goes on waiting while Temporal is away, and says so', async () => {
  const way = await wayTo(env.address);
  try {
    const config = { ...readConfig({}, {}), temporal: way.address, temporalNamespace: 'default' };
    const stopping = new AbortController();
    const said: string[] = [];
    const about = { surface: 'search', seed: 1, reason: 'a test' } as const;
    const told = retrainAndTell(config, about, words => said.push(words), stopping.signal);
    let isOver = false;
    const ended = expect(told.finally(() => (isOver = true))).rejects.toThrow(/abort/i);
    await expect.poll(() => said.length).toBeGreaterThan(0);
    way.cut();
    await expect.poll(() => said.join('\n')).toContain('does not answer');
    await sleep(1_000);
    expect(isOver).toBe(false);
    stopping.abort();
    await ended;
  } finally {
    way.cut();
  }
});
