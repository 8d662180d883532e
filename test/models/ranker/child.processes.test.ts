import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { calibrated } from '../../../models/calibrate/calibrate.ts';
import { HARDENING } from '../../../models/harden/hardening.ts';
import { trainInChild } from '../../../models/ranker/child.ts';
import { trainingParts } from '../../../models/ranker/dataset/dataset.ts';
import { writeDataset } from '../../../models/ranker/dataset/dataset-file.ts';
import { type TrainProgress, trainRanker } from '../../../models/ranker/train.ts';
import { examples } from '../../sim/examples.ts';

const dataset = examples({ lists: 400 });
let directory: string;
let file: { path: string; sha256: string };
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-child-'));
  file = await writeDataset(directory, dataset);
});
afterAll(() => rm(directory, { recursive: true }));

const request = (name: string, epochs: number) => ({
  dataset: file,
  directory: path.join(directory, name),
  kind: 'mlp' as const,
  seed: 1,
  epochs,
  patience: epochs,
});

describe('training in a child process', () => {
  it('gives what training here would give, and reports on the way', async () => {
    const reports: TrainProgress[] = [];
    const candidate = await trainInChild(request('plain', 3), { onProgress: progress => reports.push(progress) });
    const parts = trainingParts(dataset);
    const trained = await trainRanker(parts, { seed: 1, epochs: 3 });
    const own = { kind: 'mlp', features: dataset.featureNames.length, items: [], contents: {} } as const;
    const { model, metrics } = await calibrated({ ...own, model: trained.model }, parts.calibration, {});
    expect(candidate.metrics).toMatchObject(metrics);
    expect(new Uint8Array(await readFile(candidate.path))).toEqual(model);
    expect(candidate.bytes).toBe(model.length);
    expect(reports.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
  });

  it('hardens what it trains where that is asked for', async () => {
    const named = {
      ...dataset,
      featureNames: ['item.clicks.1d', 'item.click_rate.1d', 'user.clicks.1d', 'item.known'],
    };
    const movable = await writeDataset(directory, named);
    const candidate = await trainInChild({ ...request('hardened', 2), dataset: movable, harden: true });
    const parts = trainingParts(named);
    const own = { kind: 'mlp', features: 4, items: [], contents: {} } as const;
    const [hardened, plain] = await Promise.all(
      [{ hardening: HARDENING.features }, {}].map(async how => {
        const { model } = await trainRanker(parts, { seed: 1, epochs: 2, ...how });
        return (await calibrated({ ...own, model }, parts.calibration, {})).model;
      }),
    );
    expect(new Uint8Array(await readFile(candidate.path))).toEqual(hardened);
    expect(plain).not.toEqual(hardened);
  }, 120_000);

  it('ends when it is cancelled, and goes on from its checkpoint afterwards', async () => {
    const stop = new AbortController();
    const cancelled = trainInChild(request('cancelled', 120), {
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('not wanted any more')),
    });
    await expect(cancelled).rejects.toThrow('not wanted any more');
    const resumed = await trainInChild(request('cancelled', 120));
    expect(resumed.metrics.resumed_epochs).toBeGreaterThan(0);
    expect(resumed.metrics.epochs).toBe(120);
  });

  it('passes on errors with their code', async () => {
    await expect(
      trainInChild({ ...request('missing', 1), dataset: { ...file, path: '/nowhere' } }),
    ).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringContaining('/nowhere'),
    });
    const other = { ...request('other', 1), dataset: { ...file, sha256: 'f'.repeat(64) } };
    await expect(trainInChild(other)).rejects.toThrow(/INPUT_INVALID.*expected examples with sha256 f{64}/);
  });

  it('does not outlive its parent', async () => {
    const entry = path.join(import.meta.dirname, '../../../models/ranker/train-process.ts');
    const child = fork(entry, { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    child.send(request('orphan', 100_000));
    await once(child, 'message');
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([1, null]);
  });
});
