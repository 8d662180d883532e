import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, inject, it, onTestFinished } from 'vitest';
import { trainingIn } from '../../activities/places.ts';
import { openModel } from '../../models/registry/registry.ts';
import { modelsIn } from '../../models/registry/store/place.ts';
import { retrainResult, startRetrain } from '../../workflows/clients/client.ts';
import { INPUT, openRealRoom } from './real-run.ts';

it('a retraining goes on after kill -9 of the worker in mid-training, from the checkpoint, in another worker', async () => {
  const { temporal, clickhouse } = inject('endpoints');
  const room = await openRealRoom(inject('endpoints'), { seed: 5, lists: 6_000, clicks: 'taste' }, {});
  onTestFinished(() => room.clear());
  const { ports, client, startWorker } = room;
  const { dataDir, clickhouseDatabase } = ports.config;
  const argument = JSON.stringify({ temporal, clickhouse, dataDir, clickhouseDatabase });
  const doomed = fork(path.join(import.meta.dirname, 'worker-process.ts'), [argument], {
    execArgv: ['--import', 'tsx'],
  });
  const died = once(doomed, 'exit');
  const { runId } = await startRetrain(client, INPUT);
  const checkpoint = path.join(trainingIn(ports.config, runId), 'checkpoint');
  try {
    await expect.poll(() => existsSync(checkpoint), { interval: 20 }).toBe(true);
  } finally {
    doomed.kill('SIGKILL');
    await died;
  }

  await startWorker();
  const { promoted, model } = await retrainResult(client, 'home');
  expect(promoted).toBe(true);
  const { manifest } = await openModel(modelsIn(ports.config), model!);
  expect(manifest.training!.resumed_epochs).toBeGreaterThanOrEqual(1);
  const audit = "SELECT count() AS rows FROM promotions WHERE model LIKE 'home-%'";
  expect(await ports.store.query(audit)).toMatchObject([{ rows: expect.toSatisfy(rows => Number(rows) === 1) }]);
});
