import { describe, expect, it } from 'vitest';
import { type Labelled, trainHead } from '../../../models/images/head.ts';
import { powerNormalised } from '../../../models/images/power.ts';
import { random } from '../../../models/random.ts';

const WIDTH = 6;

/** Each class is a direction; of several frames one shows it, and the others a direction that is no class. */
function made(seed: number, rows: number, frames: number): Labelled {
  const draws = random(seed);
  const labels = Int32Array.from({ length: rows }, () => draws.below(3));
  const vectors = new Float32Array(rows * frames * WIDTH);
  for (let row = 0; row < rows; row++) {
    const showing = draws.below(frames);
    for (let frame = 0; frame < frames; frame++) {
      const at = (row * frames + frame) * WIDTH;
      for (let k = 0; k < WIDTH; k++) vectors[at + k] = Math.abs(0.2 * draws.normal());
      vectors[at + (frame === showing ? labels[row]! : 3 + draws.below(2))]! += 1;
      if (frame === showing) vectors[at + 5]! += 1;
    }
  }
  return { vectors, frames, width: WIDTH, labels, classes: 3 };
}

const share = (found: Int32Array, { labels }: Labelled) =>
  found.filter((each, row) => each === labels[row]).length / labels.length;

describe('a head', () => {
  it.each([1, 6])('tells classes that it has not seen the examples of, of %i frames', async frames => {
    const [learn, test] = [made(1, 120, frames), made(2, 60, frames)];
    const head = await trainHead(learn, { l2: 1e-3, steps: 200 });
    expect(share(await head.classes(test), test)).toBeGreaterThan(0.9);
    const rows = await head.pooled(test);
    expect(rows.length).toBe(60 * WIDTH);
    for (let row = 0; row < 60; row++) {
      expect(Math.hypot(...rows.subarray(row * WIDTH, (row + 1) * WIDTH))).toBeCloseTo(1, 5);
    }
    await head.release();
  });

  it('is the same for the same examples, and another for another regularisation', async () => {
    const [learn, test] = [made(1, 40, 1), made(3, 300, 1)];
    const classes = async (l2: number) => {
      const head = await trainHead(learn, { l2 });
      const found = await head.classes(test);
      await head.release();
      return found;
    };
    expect(await classes(0.01)).toEqual(await classes(0.01));
    expect(await classes(0.01)).not.toEqual(await classes(100));
  });

  it('whose query has learned sees what the mean does not', async () => {
    const [learn, test] = [made(1, 200, 12), made(2, 100, 12)];
    const mean = (data: Labelled): Labelled => {
      const vectors = new Float32Array(data.labels.length * WIDTH);
      for (const [at, each] of data.vectors.entries()) {
        vectors[Math.floor(at / (12 * WIDTH)) * WIDTH + (at % WIDTH)]! += each / 12;
      }
      return { ...data, vectors, frames: 1 };
    };
    const [attending, averaging] = [await trainHead(learn, { l2: 1e-3 }), await trainHead(mean(learn), { l2: 1e-3 })];
    const [seen, missed] = [
      share(await attending.classes(test), test),
      share(await averaging.classes(mean(test)), test),
    ];
    expect(seen).toBeGreaterThan(missed + 0.05);
    await Promise.all([attending.release(), averaging.release()]);
  });
});

it('the power of one half keeps signs, makes length 1, and leaves nothing where nothing is', () => {
  const found = powerNormalised(Float32Array.of(0.64, -0.36, 0, 0), 2);
  expect(found[0]).toBeCloseTo(0.8, 6);
  expect(found[1]).toBeCloseTo(-0.6, 6);
  expect([...found.subarray(2)]).toEqual([0, 0]);
});
