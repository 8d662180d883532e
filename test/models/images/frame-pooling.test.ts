import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { graphOf } from '../../../models/graph/graph.ts';
import { openSession, value } from '../../../models/graph/runtime.ts';
import { constant, input } from '../../../models/graph/tensor.ts';
import type { ImageEncoder } from '../../../models/images/encoder.ts';
import { FRAME_QUERY, frameAttention } from '../../../models/images/frame-attention.ts';
import {
  evenPooling,
  pooledFrames,
  readPooling,
  versionOf,
  writePooling,
} from '../../../models/images/frame-pooling.ts';
import { learnPooling } from '../../../models/images/learn-pooling.ts';
import { powerNormalised } from '../../../models/images/power.ts';
import { videoEncoder } from '../../../models/images/video.ts';
import { random } from '../../../models/random.ts';

const unit = (numbers: Iterable<number>) => {
  const all = Float32Array.from(numbers);
  return all.map(x => x / Math.hypot(...all));
};

describe('the frames of a video', () => {
  const draws = random(5);
  const frames = Array.from({ length: 3 }, () => unit(Array.from({ length: 6 }, () => Math.abs(draws.normal()))));

  it('count alike where nothing was learned', () => {
    const sum = unit(frames[0]!.map((_, k) => frames.reduce((all, frame) => all + frame[k]!, 0)));
    expect([...pooledFrames(frames, evenPooling(6))]).toEqual([...sum].map(x => expect.closeTo(x, 6)));
  });

  it('weigh what the graph that learns gives them', async () => {
    const query = Float32Array.from({ length: 6 }, () => 4 * draws.normal());
    const graph = graphOf({
      pooled: frameAttention(input('frames', 'float32', ['N', 3, 6]), {
        [FRAME_QUERY]: constant('float32', query, [6]),
      }),
    });
    const session = await openSession(graph);
    const powered = Float32Array.from(frames.flatMap(frame => [...powerNormalised(frame, 6)]));
    const found = await session.run({ frames: value('float32', powered, [1, 3, 6]) });
    await session.release();
    // The graph pools the powers: where the frames are their own powers, both are the same.
    const own = frames.map(frame => powerNormalised(frame, 6));
    const weights = (pooled: ArrayLike<number>) => solve(own, pooled);
    const [a, b, c] = weights(found.pooled!.data as Float32Array);
    const logits = own.map(frame => frame.reduce((sum, x, k) => sum + x * query[k]!, 0));
    const total = logits.reduce((sum, each) => sum + Math.exp(each), 0);
    for (const [n, weight] of [a!, b!, c!].entries()) expect(weight).toBeCloseTo(Math.exp(logits[n]!) / total, 3);
    const expected = unit(frames[0]!.map((_, k) => a! * frames[0]![k]! + b! * frames[1]![k]! + c! * frames[2]![k]!));
    expect([...pooledFrames(frames, { query })]).toEqual([...expected].map(x => expect.closeTo(x, 3)));
  });

  it('make another encoder where they count otherwise', () => {
    const images = { id: 'tiny@0123abcd', width: 2 } as ImageEncoder;
    const learned = { query: Float32Array.of(1, 0) };
    expect(videoEncoder(images, learned).id).not.toBe(videoEncoder(images).id);
    expect(videoEncoder(images, evenPooling(2)).id).toBe(videoEncoder(images).id);
    expect(versionOf(learned)).not.toBe(versionOf({ query: Float32Array.of(1, 0.5) }));
  });
});

/** The weights with which vectors sum up to another one: least squares by the normal equations of three. */
function solve(vectors: readonly Float32Array[], sum: ArrayLike<number>): number[] {
  const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((all, x, k) => all + x * b[k]!, 0);
  const rows = vectors.map(v => [...vectors.map(w => dot(v, w)), dot(v, sum)]);
  for (let at = 0; at < 3; at++) {
    for (let other = 0; other < 3; other++) {
      if (other === at) continue;
      const times = rows[other]![at]! / rows[at]![at]!;
      rows[other] = rows[other]!.map((x, k) => x - times * rows[at]![k]!);
    }
  }
  return rows.map((row, n) => row[3]! / row[n]!);
}

describe('what was learned of frames', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'temper-frames-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('is kept by the encoder that it is of', async () => {
    expect(await readPooling(directory, 'tiny@1', 3)).toBeUndefined();
    await writePooling(directory, 'tiny@1', { query: Float32Array.of(1, -2, 0.5) });
    expect(await readPooling(directory, 'tiny@1', 3)).toEqual({ query: Float32Array.of(1, -2, 0.5) });
    expect(await readPooling(directory, 'tiny@2', 3)).toBeUndefined();
  });

  it('is refused where it is of another width, or no numbers', async () => {
    const file = await writePooling(directory, 'tiny@1', { query: Float32Array.of(1, 2) });
    await expect(readPooling(directory, 'tiny@1', 3)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await writeFile(file, Buffer.alloc(12, 255));
    await expect(readPooling(directory, 'tiny@1', 3)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });
});

describe('which frames count', () => {
  const [WIDTH, HIDDEN, TEXT] = [24, 6, 8];

  /** Of 2 to 5 frames one shows what the text says and has a mark; the others show something else, without it. */
  function made(count: number) {
    const [draws, maps] = [random(3), random(99)];
    const map = Array.from({ length: HIDDEN * (WIDTH - 1) }, maps.normal);
    const toText = Array.from({ length: HIDDEN * TEXT }, maps.normal);
    const shown = (hidden: number[], mark: number) => {
      const of = (k: number) => hidden.reduce((sum, x, at) => sum + x * map[at * (WIDTH - 1) + k]!, 0);
      return unit(Array.from({ length: WIDTH }, (_, k) => (k === 0 ? mark : Math.abs(of(k - 1)))));
    };
    const hiddens = Array.from({ length: count }, () => Array.from({ length: HIDDEN }, draws.normal));
    const videos = hiddens.map(hidden => {
      const frames = Array.from({ length: 1 + draws.below(4) }, () =>
        shown(Array.from({ length: HIDDEN }, draws.normal), 0),
      );
      frames.splice(draws.below(frames.length + 1), 0, shown(hidden, 5));
      return frames;
    });
    const texts = Float32Array.from(
      hiddens.flatMap(hidden =>
        Array.from({ length: TEXT }, (_, k) =>
          Math.abs(hidden.reduce((sum, x, at) => sum + x * toText[at * TEXT + k]!, 0)),
        ),
      ),
    );
    return { videos, width: WIDTH, names: hiddens.map((_, n) => `text ${n}`), texts: { vectors: texts, width: TEXT } };
  }

  it('is learned from texts, and finds what the mean does not', async () => {
    const { pooling, mean, learned, gain, held_out } = await learnPooling(made(600), { seed: 1 });
    expect(held_out).toBe(120);
    expect(pooling.query[0]).toBeGreaterThan(0);
    expect(learned.mrr).toBeGreaterThan(mean.mrr);
    expect(gain.value).toBeCloseTo(learned.mrr - mean.mrr, 6);
    expect(learned['recall@10']).toBeGreaterThanOrEqual(learned['recall@1']);
  });

  it('is not told from a few', async () => {
    await expect(learnPooling(made(40), { seed: 1 })).rejects.toMatchObject({ code: 'DATA_INSUFFICIENT' });
  });
});
