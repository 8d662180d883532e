import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FitProgress, fit } from '../../../../models/graph/training/fit.ts';
import { inOrder } from '../../../../models/graph/training/plans.ts';
import { random } from '../../../../models/random.ts';
import { smallTraining } from './small-training.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-fit-'));
});
afterAll(() => rm(directory, { recursive: true }));

const checkpointsAt = (name: string) => ({ directory: path.join(directory, name), run: name });

describe('a training run', () => {
  it('makes the loss small, counts epochs and steps, and reports', async () => {
    const reports: FitProgress[] = [];
    const result = await fit(smallTraining(1), { onProgress: progress => reports.push(progress) });
    expect(result).toMatchObject({ provider: 'cpu', steps: 4 * 19, best_epoch: 4, resumed_steps: 0 });
    expect(result.losses.at(-1)!.train).toBeLessThan(0.8 * result.losses[0]!.train);
    expect(reports.at(-1)).toMatchObject({ provider: 'cpu', epoch: 4, epochs: 4, step: 76, validation_loss: null });
  });

  it('gives the same bits for the same seed, others for another, and the average if it is asked for', async () => {
    const [first, second, other] = [
      await fit(smallTraining(1)),
      await fit(smallTraining(1)),
      await fit(smallTraining(2)),
    ];
    expect(second.parameters).toEqual(first.parameters);
    expect(second.tables).toEqual(first.tables);
    expect(other.parameters).not.toEqual(first.parameters);
    const { averageDecay, ...plain } = smallTraining(1);
    expect(averageDecay).toBeDefined();
    expect((await fit(plain)).parameters).not.toEqual(first.parameters);
  });

  it('keeps the epoch that validates best, tables too, and ends when none was better for a while', async () => {
    const seen: Float32Array[] = [];
    const told = [3, 2, 1, 4, 5, 6];
    const training = smallTraining(1, { epochs: 50 });
    const values: Float32Array[] = [];
    const result = await fit({
      ...training,
      patience: 2,
      validate: async parameters => {
        seen.push(parameters.slice());
        values.push(training.tables.item.table.values.slice());
        return told[seen.length - 1]!;
      },
    });
    expect(result.best_epoch).toBe(3);
    expect(result.losses.map(({ validation }) => validation)).toEqual([3, 2, 1, 4, 5]);
    expect(result.parameters).toEqual(seen[2]);
    expect(result.tables.item).toEqual(values[2]);
    expect(values[4]).not.toEqual(values[2]);
  });

  it.each([1, 4])(
    'stopped within an epoch and resumed, ends with the same bits, at %i steps a run',
    async stepsPerRun => {
      const { tables, columns, ...rest } = smallTraining(3);
      const { item, ...others } = columns;
      expect([tables, item].every(Boolean)).toBe(true);
      // Several steps a run go without tables: the item is a number like the others.
      const training = () => ({
        ...rest,
        ...(stepsPerRun === 1
          ? smallTraining(3)
          : { columns: { ...others, item: { data: new Float32Array(600 * 3), shape: [3] } } }),
        start: rest.start.slice(),
        stepsPerRun,
      });
      const whole = await fit(training());
      const stop = new AbortController();
      const checkpoints = { ...checkpointsAt(`stopped-${stepsPerRun}`), everySteps: 5 };
      const { optimiser } = rest;
      const schedule = (step: number) => {
        if (step === 46) stop.abort(new Error('stopped'));
        return optimiser.schedule(step);
      };
      const stopping = { ...training(), optimiser: { ...optimiser, schedule } };
      await expect(fit(stopping, { checkpoints, signal: stop.signal })).rejects.toThrow('stopped');
      const resumed = await fit(training(), { checkpoints });
      expect(resumed.resumed_steps).toBeGreaterThan(2 * 19);
      expect(resumed.parameters).toEqual(whole.parameters);
      expect(resumed.tables).toEqual(whole.tables);
      expect(resumed.losses).toEqual(whole.losses);
    },
  );

  it('stops at a batch that diverges, and says which, at what step, and where the last good state is', async () => {
    const training = smallTraining(1);
    const features = training.columns.features!.data as Float32Array;
    features[(32 * 7 + 5) * 4] = Number.POSITIVE_INFINITY;
    const checkpoints = { ...checkpointsAt('diverged'), everySteps: 2 };
    await expect(fit({ ...training, plan: () => inOrder(600, 32) }, { checkpoints })).rejects.toThrow(
      new RegExp(`TRAINING_DIVERGED.*step 8, batch 8 of epoch 1; .*step 6 is kept in ${checkpoints.directory}`),
    );
  });

  it('refuses to go on where validation is not a finite number', async () => {
    await expect(fit({ ...smallTraining(1), validate: async () => Number.NaN })).rejects.toThrow(
      /TRAINING_DIVERGED.*validation after epoch 1.*got NaN/,
    );
  });
});

describe('a training process', () => {
  const SEED = 5;
  const start = (name: string) =>
    fork(path.join(import.meta.dirname, 'fit-process.ts'), [path.join(directory, name), String(SEED), '30'], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });

  it('killed at random moments and started again, ends with the same bits', { timeout: 120_000 }, async () => {
    const undisturbed = await ended(start('undisturbed'));
    const draws = random(20);
    let kills = 0;
    for (let attempt = 0; attempt < 3; attempt++) {
      const child = start('killed');
      const result = ended(child);
      await Promise.race([firstMessage(child), result]);
      await new Promise(resolve => setTimeout(resolve, draws.below(60)));
      if (child.kill('SIGKILL')) kills++;
      await result;
    }
    const resumed = await ended(start('killed'));
    expect(kills).toBeGreaterThan(0);
    expect(resumed!.resumed_steps).toBeGreaterThan(0);
    expect(resumed!.parameters).toEqual(undisturbed!.parameters);
    expect(resumed!.items).toEqual(undisturbed!.items);
  });
});

interface Ended {
  resumed_steps: number;
  parameters: number[];
  items: number[];
}

function firstMessage(child: ChildProcess): Promise<unknown> {
  return new Promise(resolve => child.once('message', resolve));
}

/** What the process said last, or undefined where it was killed before. */
function ended(child: ChildProcess): Promise<Ended | undefined> {
  return new Promise(resolve => {
    let last: Ended | undefined;
    child.on('message', (message: Ended | { step: number }) => {
      if ('parameters' in message) last = message;
    });
    child.once('close', () => resolve(last));
  });
}
