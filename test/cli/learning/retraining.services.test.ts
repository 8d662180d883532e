import { setTimeout as sleep } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
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

it('who stops waiting for a retraining asks nothing more, also while Temporal stops: nothing throws behind him', async () => {
  const way = await wayTo(env.address);
  const thrown: unknown[] = [];
  const note = (error: unknown) => thrown.push(error);
  process.on('uncaughtException', note);
  try {
    const config = { ...readConfig({}, {}), temporal: way.address, temporalNamespace: 'default' };
    const stopping = new AbortController();
    const said: string[] = [];
    const told = retrainAndTell(
      config,
      { surface: 'home', seed: 1, reason: 'a test' },
      words => said.push(words),
      stopping.signal,
    );
    const ended = expect(told).rejects.toThrow(/abort/i);
    await vi.waitUntil(() => said.length > 0, { timeout: 20_000 });
    stopping.abort();
    way.cut();
    await ended;
    await sleep(2_000); // what is tried again comes within the first second, and then throws
    expect(way.open()).toBe(0);
    expect(thrown).toEqual([]);
  } finally {
    process.off('uncaughtException', note);
    way.cut();
  }
});
