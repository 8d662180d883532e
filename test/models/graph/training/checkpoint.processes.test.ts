import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { Batches } from '../../../../models/graph/training/batches.ts';
import { readCheckpoint, runName, writeCheckpoint } from '../../../../models/graph/training/checkpoint.ts';
import { MovingAverage } from '../../../../models/graph/training/descent/average.ts';
import { shuffled } from '../../../../models/graph/training/plans.ts';
import { lazyAdam } from '../../../../models/graph/training/tables/row-optimisers.ts';
import { EmbeddingTable, type TableState } from '../../../../models/graph/training/tables/table.ts';
import { random } from '../../../../models/random.ts';
import fc from '../../../properties.ts';

const root = mkdtempSync(path.join(os.tmpdir(), 'temper-checkpoint-'));
const small = path.join(root, 'small');
afterAll(() => rm(root, { recursive: true }));

const state = (step: number, size = 5) => ({ step, parameters: new Float32Array(size).fill(step) });
const inside = (name: string) => path.join(root, name);

describe('a checkpoint', () => {
  it('gives back whatever is made of records, lists, numbers, texts and typed arrays', async () => {
    const number = fc.double().map(x => (x === 0 ? 0 : x));
    const leaf = fc.oneof(
      fc.float32Array(),
      fc.float64Array(),
      fc.int32Array(),
      fc.uint32Array(),
      fc.uint8Array(),
      fc.bigInt64Array(),
      number,
      fc.string(),
      fc.boolean(),
      fc.constant(null),
    );
    const { tree } = fc.letrec(tie => ({
      tree: fc.oneof({ depthSize: 'small' }, leaf, fc.array(tie('tree')), fc.dictionary(fc.string(), tie('tree'))),
    }));
    await fc.assert(
      fc.asyncProperty(tree, async given => {
        await writeCheckpoint(inside('any'), 'run', { given });
        expect(await readCheckpoint(inside('any'), 'run')).toEqual({ given });
      }),
      { numRuns: 50 },
    );
  });

  it('tells arrays apart whose keys joined by points are the same', async () => {
    const given = { '.': Uint8Array.of(1), '': { '': Float32Array.of(2) }, 'a.b': [Int32Array.of(3)], a: { b: [[4]] } };
    await writeCheckpoint(inside('keys'), 'run', given);
    expect(await readCheckpoint(inside('keys'), 'run')).toEqual(given);
  });

  it('is of one run', async () => {
    await writeCheckpoint(inside('run'), runName({ seed: 1 }, [Float32Array.of(1)]), state(1));
    expect(await readCheckpoint(inside('run'), runName({ seed: 1 }, [Float32Array.of(1)]))).toEqual(state(1));
    expect(await readCheckpoint(inside('run'), runName({ seed: 2 }, [Float32Array.of(1)]))).toBeUndefined();
    expect(await readCheckpoint(inside('run'), runName({ seed: 1 }, [Float32Array.of(2)]))).toBeUndefined();
    expect(await readCheckpoint(inside('nowhere'), 'run')).toBeUndefined();
  });

  it.each<[string, (bytes: Buffer) => Uint8Array]>([
    ['was cut short', bytes => bytes.subarray(0, -9)],
    ['has a bit flipped', bytes => bytes.map((byte, at) => (at === bytes.length - 50 ? byte ^ 1 : byte))],
    ['is empty', () => new Uint8Array(0)],
    ['is something else', () => Buffer.from('noise'.repeat(50))],
  ])('is not there if it %s', async (_, damage) => {
    await writeCheckpoint(inside('damaged'), 'run', state(1));
    const file = path.join(inside('damaged'), 'checkpoint');
    await writeFile(file, damage(await readFile(file)));
    expect(await readCheckpoint(inside('damaged'), 'run')).toBeUndefined();
  });

  it('refuses what it could not give back, and keeps the last one', async () => {
    await writeCheckpoint(inside('refused'), 'run', state(1));
    const bad = { ...state(2), tables: [{ seen: new Map() }] };
    await expect(writeCheckpoint(inside('refused'), 'run', bad)).rejects.toThrow(
      /INPUT_INVALID.*state\.tables\.0\.seen; expected records and lists.*got Map/,
    );
    expect(await readCheckpoint(inside('refused'), 'run')).toEqual(state(1));
  });

  it('is whole when its writer is killed within a write, and what the kill left is cleared away', async () => {
    const size = 4_000_000;
    const writer = path.join(import.meta.dirname, 'checkpoint-writer.ts');
    const drafts = async () => (await readdir(inside('killed'))).filter(name => name.endsWith('.draft'));
    let interrupted = 0;
    for (let round = 0; round < 3; round++) {
      const child = fork(writer, [inside('killed'), String(size)], { execArgv: ['--import', 'tsx'] });
      try {
        await once(child, 'message');
        const start_ms = performance.now();
        while ((await drafts()).length === 0 && performance.now() - start_ms < 10_000) await sleep(1);
      } finally {
        child.kill('SIGKILL');
      }
      await once(child, 'exit');
      interrupted += (await drafts()).length;
      const found = await readCheckpoint<ReturnType<typeof state>>(inside('killed'), 'run');
      // Compared here: vitest takes seconds for millions of numbers.
      expect(found!.parameters.length).toBe(size);
      expect(found!.parameters.every(each => each === found!.step)).toBe(true);
    }
    expect(interrupted).toBeGreaterThan(0);
    await writeCheckpoint(inside('killed'), 'run', state(1));
    expect(await readdir(inside('killed'))).toEqual(['checkpoint']);
  }, 60_000);

  it('stays as it is when the disk is full, and is written when there is space again', async context => {
    await mkdir(small);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'temper-test', small], { stdio: 'ignore' });
    } catch {
      context.skip('only root may mount a small file system');
    }
    try {
      await writeCheckpoint(small, 'run', state(1, 100_000));
      await expect(writeCheckpoint(small, 'run', state(2, 200_000))).rejects.toMatchObject({ code: 'DISK_FULL' });
      expect(await readCheckpoint(small, 'run')).toEqual(state(1, 100_000));
      expect(await readdir(small)).toEqual(['checkpoint']);
      await writeCheckpoint(small, 'run', state(3, 100_000));
      expect(await readCheckpoint(small, 'run')).toEqual(state(3, 100_000));
    } finally {
      execFileSync('umount', [small]);
    }
  });
});

/** What a factorisation of ratings carries; its gradients are written out here, so that no graph is needed. */
interface Factorisation {
  epoch: number;
  batch: number;
  tables: { user: TableState; item: TableState };
  average: { step: number; values: Float32Array };
}

describe('a training with tables and an average', () => {
  const [ROWS, WIDTH] = [200, 4];
  const draws = random(3);
  const ratings = {
    user: { data: Int32Array.from({ length: ROWS }, () => draws.below(20)), shape: [] },
    item: { data: Int32Array.from({ length: ROWS }, () => draws.below(15)), shape: [] },
    rating: { data: Float32Array.from({ length: ROWS }, () => draws.normal()), shape: [] },
  };

  /** Trains for some steps from the directory's checkpoint on, and leaves one where it stops. */
  async function factorise(directory: string, steps: number, epochs = 3): Promise<Factorisation> {
    const found = await readCheckpoint<Factorisation>(directory, 'run');
    const table = (name: 'user' | 'item') =>
      new EmbeddingTable({ name, width: WIDTH, seed: 1, optimiser: lazyAdam(), deviation: 0.5 }, found?.tables[name]);
    const [user, item] = [table('user'), table('item')];
    user.grow(20);
    item.grow(15);
    const average = found ? new MovingAverage(found.average) : MovingAverage.of(15 * WIDTH);
    const batches = new Batches(ratings);
    const now = (epoch: number, batch: number) => ({
      ...{ epoch, batch, average: average.state },
      tables: { user: user.state, item: item.state },
    });
    let left = steps;
    for (let epoch = found?.epoch ?? 0; epoch < epochs; epoch++) {
      const from = epoch === found?.epoch ? found.batch : 0;
      for (const { place, rows, feeds } of batches.of(shuffled(ROWS, 16, random(1, epoch)), from)) {
        const [users, items] = [feeds.user!.data, feeds.item!.data] as [Int32Array, Int32Array];
        const [u, v] = [new Float32Array(rows * WIDTH), new Float32Array(rows * WIDTH)];
        user.gather(users, u);
        item.gather(items, v);
        const away = Array.from({ length: rows }, (_, n) => {
          const score = u.subarray(n * WIDTH, (n + 1) * WIDTH).reduce((sum, x, k) => sum + x * v[n * WIDTH + k]!, 0);
          return score - Number(feeds.rating!.data[n]);
        });
        const slope = (other: Float32Array) => other.map((x, at) => x * away[Math.floor(at / WIDTH)]!);
        const [toUser, toItem] = [slope(v), slope(u)];
        user.update(users, toUser, 0.01);
        item.update(items, toItem, 0.01);
        average.follow(item.values);
        if (--left > 0) continue;
        await writeCheckpoint(directory, 'run', now(epoch, place + 1));
        return now(epoch, place + 1);
      }
    }
    return now(epochs, 0);
  }

  it.each([1, 13, 20])('stopped after step %i, in mid-epoch or at its end, ends with the same bits', async steps => {
    const whole = await factorise(inside(`whole-${steps}`), 1_000);
    expect(whole.tables.user.step).toBe(3 * 13);
    await factorise(inside(`resumed-${steps}`), steps);
    expect(await factorise(inside(`resumed-${steps}`), 1_000)).toEqual(whole);
  });
});
