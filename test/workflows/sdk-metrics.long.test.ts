import { NativeConnection } from '@temporalio/worker';
import getPort from 'get-port';
import { expect, inject, it } from 'vitest';
import { createLog } from '../../schemas/log.ts';
import { Metrics } from '../../streams/observe/registry.ts';
import { Report } from '../../streams/report.ts';
import { routeLogs } from '../../workflows/worker/runtime-log.ts';

it("what Temporal's SDK measures is told with the worker's own metrics", async () => {
  const address = `127.0.0.1:${await getPort({ host: '127.0.0.1' })}`;
  routeLogs(createLog('test', 'silent'), address);
  const connection = await NativeConnection.connect({ address: inject('endpoints').temporal! });
  await connection.workflowService.getSystemInfo({});
  const metrics = new Metrics(new Report('worker', 'test'), () => true);
  metrics.include(`http://${address}/metrics`);
  await expect.poll(() => metrics.text()).toMatch(/^temporal_request_total\{.*\} [1-9]/m);
  const text = await metrics.text();
  expect(text).toContain('temper_ready{temper_job="worker"} 1');
  expect(text).toMatch(/^temporal_request_latency_seconds_bucket\{/m);
  await connection.close();
});
