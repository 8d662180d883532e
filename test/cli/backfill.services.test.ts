import { setTimeout as sleep } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { backfill } from '../../cli/features/backfill.ts';
import { createLog } from '../../schemas/log.ts';
import { readConfig } from '../../schemas/settings/config.ts';
import { routeLogs } from '../../workflows/worker/runtime-log.ts';
import { skippingTime } from '../workflows/test-server.ts';
import { wayTo } from './learning/way-to.ts';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  routeLogs(createLog('test', 'silent'));
  env = await skippingTime();
});
afterAll(() => env?.teardown());

it('who waits for a backfill while Temporal stops is told that it goes on, and nothing throws behind it', async () => {
  const way = await wayTo(env.address);
  const thrown: unknown[] = [];
  const note = (error: unknown) => thrown.push(error);
  process.on('uncaughtException', note);
  try {
    const elsewhere = { kafka: ['127.0.0.1:1'], clickhouse: 'http://127.0.0.1:1' };
    const config = { ...readConfig({}, {}), ...elsewhere, temporal: way.address, temporalNamespace: 'default' };
    const waiting = backfill(config, [], { all: true, anyway: false });
    const ended = expect(waiting).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining(`Temporal at ${way.address}`),
    });
    await sleep(2_500);
    expect(way.open()).toBeGreaterThan(0);
    way.cut();
    await ended;
    await sleep(2_000); // what is tried again comes within the first second, and then throws
    expect(thrown).toEqual([]);
  } finally {
    process.off('uncaughtException', note);
    way.cut();
  }
}, 120_000);
