import * as f from '../../graph/functions.ts';
import { graphOf } from '../../graph/graph.ts';
import { openSession, type SessionOptions, value } from '../../graph/runtime.ts';
import { input, type Tensor } from '../../graph/tensor.ts';
import { random } from '../../random.ts';
import { attackGraph } from '../attack-graph.ts';

/** What may be done to a picture, in pixels of which 0 is black and 1 is white. */
export interface Steering {
  /** By how much each colour of a pixel may change. */
  readonly budget: number;
  readonly steps: number;
  /** Of the area, the share of a square in which alone it may, somewhere; all of it, where it is not given. */
  readonly share?: number;
  readonly seed: number;
}

/** An encoder of pictures as a graph. */
export interface Seeing {
  /** [B, W], from `pixels` [B, 3, side, side], each (value - 127) / 128 of 0 to 255. */
  readonly vector: Tensor;
  readonly side: number;
}

/** Pictures of a run: with more, memory grows, and nothing else. */
const BATCH = 4;
const SCALE = 255 / 128;

/**
 * Pictures that are changed so that their vectors go as far along a direction as can be, by PGD through the encoder from
 * a random start (Madry et al., "Towards deep learning models resistant to adversarial attacks", ICLR 2018), or within a
 * square alone (as Brown et al., "Adversarial patch", 2017, but made for each picture).
 *
 * @param squares [3, side, side] each, as `squaresOf` makes them; they stay as they are
 * @param directions [W] each
 */
export async function steered(
  { vector, side }: Seeing,
  squares: readonly Float32Array[],
  directions: readonly Float32Array[],
  { budget, steps, share, seed }: Steering,
  { onProgress, ...session }: SessionOptions & { onProgress?: (done: number) => void } = {},
): Promise<Float32Array[]> {
  const [size, width] = [3 * side * side, Number(vector.shape[1])];
  const planes = ['B', 3, side, side];
  const [unit, start] = [input('unit', 'float32', planes), input('start', 'float32', planes)];
  const loss = f.sum(f.mul(vector, input('direction', 'float32', ['B', width])));
  const bounds = { low: -127 / 128, high: 1 };
  const opened = await openSession(
    attackGraph(
      graphOf({ loss }),
      { loss: 'loss', inputs: ['pixels'] },
      { norm: 'linf', budget, steps, unit, start: [start], ...bounds },
    ),
    session,
  );
  const found: Float32Array[] = [];
  try {
    for (let at = 0; at < squares.length; at += BATCH) {
      const some = squares.slice(at, at + BATCH);
      const shape = [some.length, 3, side, side];
      const fed = (rows: (row: number) => Float32Array) =>
        value('float32', joined(some.map((_, n) => rows(at + n))), shape);
      const results = await opened.run({
        pixels: fed(row => squares[row]!),
        unit: fed(row =>
          share === undefined ? new Float32Array(size).fill(SCALE) : square(side, share, random(seed, row)),
        ),
        start: fed(row => uniform(size, random(seed, row, 1))),
        direction: value('float32', joined(directions.slice(at, at + BATCH)), [some.length, width]),
      });
      const moved = results['adversarial.pixels']!.data as Float32Array;
      for (const n of some.keys()) found.push(moved.slice(n * size, (n + 1) * size));
      onProgress?.(found.length);
    }
    return found;
  } finally {
    await opened.release();
  }
}

/** Where the square is, the unit, and 0 elsewhere. */
function square(side: number, share: number, draws: ReturnType<typeof random>): Float32Array {
  const length = Math.min(side, Math.round(side * Math.sqrt(share)));
  const [left, top] = [draws.below(side - length + 1), draws.below(side - length + 1)];
  return Float32Array.from({ length: 3 * side * side }, (_, at) => {
    const [x, y] = [at % side, Math.floor(at / side) % side];
    return x >= left && x < left + length && y >= top && y < top + length ? SCALE : 0;
  });
}

function uniform(size: number, draws: ReturnType<typeof random>): Float32Array {
  return Float32Array.from({ length: size }, () => 2 * draws.uniform() - 1);
}

function joined(rows: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(rows.length * (rows[0]?.length ?? 0));
  for (const [n, row] of rows.entries()) all.set(row, n * row.length);
  return all;
}
