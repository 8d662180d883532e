import { TemperError } from '../../schemas/errors.ts';
import { distinctBatches } from '../encoders/fine-tune/plan.ts';
import { bootstrap, type Interval } from '../evaluate/bootstrap.ts';
import * as f from '../graph/functions.ts';
import type { SessionOptions } from '../graph/runtime.ts';
import { input, type Tensor } from '../graph/tensor.ts';
import { adamW } from '../graph/training/descent/optimisers.ts';
import { cosineDecay, scheduled } from '../graph/training/descent/schedules.ts';
import { fit } from '../graph/training/fit.ts';
import { infoNce } from '../graph/training/losses.ts';
import { type Parameters, ParameterVector } from '../graph/training/parameters.ts';
import { random } from '../random.ts';
import { trainAlignment, type Vectors } from './align.ts';
import { FRAME_QUERY, frameAttention, frameAttentionShapes } from './frame-attention.ts';
import { evenPooling, type FramePooling, pooledFrames } from './frame-pooling.ts';
import { powerNormalised } from './power.ts';

/** Videos of products and what is said of these. */
export interface VideoPairs {
  /** Of each video the vectors of its frames, one at least, each of length 1. */
  readonly videos: readonly (readonly Float32Array[])[];
  /** How many numbers a frame has. */
  readonly width: number;
  /** The text of each video's product, and its vectors [videos, width]. Products with the same text are not told apart. */
  readonly names: readonly string[];
  readonly texts: Vectors;
}

/** How well texts that were held out find their videos among those held out, by cosines in a common space. */
export interface Finding {
  'recall@1': number;
  'recall@10': number;
  mrr: number;
}

export interface LearnedPooling {
  pooling: FramePooling;
  learned_from: number;
  held_out: number;
  mean: Finding;
  learned: Finding;
  /** In the mean reciprocal rank, learned minus mean, over texts. */
  gain: Interval;
}

const OPTIONS = { width: 128, epochs: 40, batch: 128, rate: 1e-3, decay: 0.1, temperature: 0.07 };
const HELD_OUT = 0.2;
/** With fewer nothing can be said of what is held out. */
const LEAST = 50;

/**
 * Learns by which query frames are pooled, with a projection of videos and one of texts, by InfoNCE in both directions.
 * It begins at the mean. Then texts are to find the videos of products that were held out, pooled by the mean and by the
 * query, each with projections that are learned anew: so it is judged by the vectors that are stored.
 *
 * @throws DATA_INSUFFICIENT with fewer than 50 videos of different texts
 */
export async function learnPooling(
  pairs: VideoPairs,
  options: SessionOptions & { seed: number },
): Promise<LearnedPooling> {
  const { seed } = options;
  const { learnFrom, heldOut } = divided(pairs.names, seed);
  const pooling = await queryOf(pairs, learnFrom, options);
  const judge = async (by: FramePooling) => {
    const vectors = { vectors: rowsOf(pairs.videos.map(frames => pooledFrames(frames, by))), width: pairs.width };
    return await reciprocalRanks(pairs, vectors, { learnFrom, heldOut }, options);
  };
  const [mean, learned] = [await judge(evenPooling(pairs.width)), await judge(pooling)];
  const gain = bootstrap(
    mean.length,
    times => mean.reduce((sum, each, n) => sum + times[n]! * (learned[n]! - each), 0) / mean.length,
    { seed },
  )!;
  const of = { mean: findingOf(mean), learned: findingOf(learned) };
  return { pooling, learned_from: learnFrom.length, held_out: heldOut.length, ...of, gain };
}

/** Videos of the same text are on one side. */
function divided(names: readonly string[], seed: number): { learnFrom: number[]; heldOut: number[] } {
  const different = [...new Set(names)];
  if (different.length < LEAST) {
    throw new TemperError('DATA_INSUFFICIENT', {
      where: 'learning which frames count',
      expected: `videos of ${LEAST} products with different texts`,
      got: `${different.length}`,
      next: 'All frames count alike until there are more',
    });
  }
  const order = random(seed).shuffle(Int32Array.from(different.keys()));
  const aside = new Set(Array.from(order.subarray(0, Math.round(HELD_OUT * different.length)), n => different[n]!));
  const places = [...names.keys()];
  return {
    learnFrom: places.filter(place => !aside.has(names[place]!)),
    heldOut: places.filter(place => aside.has(names[place]!)),
  };
}

async function queryOf(
  { videos, width, names, texts }: VideoPairs,
  rows: readonly number[],
  { seed, ...where }: SessionOptions & { seed: number },
): Promise<FramePooling> {
  const frames = Math.max(...rows.map(row => videos[row]!.length));
  const seen = new Uint8Array(rows.length * frames);
  const shown = new Float32Array(rows.length * frames * width);
  for (const [n, row] of rows.entries()) {
    for (const [frame, vector] of videos[row]!.entries()) {
      seen[n * frames + frame] = 1;
      shown.set(powerNormalised(vector, width), (n * frames + frame) * width);
    }
  }
  const said = rowsOf(rows.map(row => texts.vectors.subarray(row * texts.width, (row + 1) * texts.width)));
  const shapes = { ...frameAttentionShapes(width), video: [width, OPTIONS.width], text: [texts.width, OPTIONS.width] };
  const vector = new ParameterVector(shapes);
  const named = rows.map(row => ({ query: String(row), text: names[row]! }));
  const planOf = (epoch: number) => distinctBatches(named, OPTIONS.batch, random(seed, epoch));
  const { parameters } = await fit({
    ...where,
    vector,
    loss: learned => {
      const video = f.matmul(attended({ frames, width }, learned), learned.video!);
      const text = f.matmul(input('text', 'float32', ['N', texts.width]), learned.text!);
      return f.mean(infoNce(f.l2Normalise(video), f.l2Normalise(text), OPTIONS.temperature));
    },
    optimiser: scheduled(
      adamW({ rate: OPTIONS.rate, decay: OPTIONS.decay }),
      cosineDecay(OPTIONS.epochs * planOf(0).ends.length),
    ),
    start: initial(vector, seed),
    columns: {
      frames: { data: shown, shape: [frames, width] },
      seen: { data: seen, shape: [frames] },
      text: { data: said, shape: [texts.width] },
    },
    plan: planOf,
    epochs: OPTIONS.epochs,
  });
  return { query: vector.views(parameters)[FRAME_QUERY]!.slice() };
}

function attended({ frames, width }: { frames: number; width: number }, learned: Parameters): Tensor {
  const seen = f.cast(input('seen', 'float32', ['N', frames]), 'bool');
  return frameAttention(input('frames', 'float32', ['N', frames, width]), learned, seen);
}

/** Projections by chance, and the query of the mean. */
function initial(vector: ParameterVector, seed: number): Float32Array {
  const draws = random(seed);
  const start = Float32Array.from({ length: vector.size }, () => 0.05 * draws.normal());
  vector.views(start)[FRAME_QUERY]!.fill(0);
  return start;
}

/** Of each held-out text 1 over the rank of the first video that has it, among the held-out videos. */
async function reciprocalRanks(
  { names, texts }: VideoPairs,
  videos: Vectors,
  { learnFrom, heldOut }: { learnFrom: readonly number[]; heldOut: readonly number[] },
  options: SessionOptions & { seed: number },
): Promise<number[]> {
  const numbers = new Map([...new Set(names)].map((name, number) => [name, number]));
  const first = new Map(names.map((name, row) => [numbers.get(name)!, row]));
  const of = ({ vectors, width }: Vectors, rows: readonly number[]) =>
    rowsOf(rows.map(row => vectors.subarray(row * width, (row + 1) * width)));
  const distinct = [...first.values()];
  const alignment = await trainAlignment(
    {
      pictures: { vectors: of(videos, learnFrom), width: videos.width },
      texts: { vectors: of(texts, distinct), width: texts.width },
      pairs: learnFrom.map((row, picture) => ({ picture, text: numbers.get(names[row]!)! })),
    },
    options,
  );
  const [shown, asked] = [await alignment.pictures(of(videos, heldOut)), await alignment.texts(of(texts, heldOut))];
  await alignment.release();
  const { width } = alignment;
  const product = (query: number, place: number) => {
    let sum = 0;
    for (let k = 0; k < width; k++) sum += asked[query * width + k]! * shown[place * width + k]!;
    return sum;
  };
  const queries = [...heldOut.keys()].filter(n => first.get(numbers.get(names[heldOut[n]!]!)!) === heldOut[n]);
  return queries.map(query => {
    const scores = heldOut.map((_, place) => product(query, place));
    const isOwn = (place: number) => names[heldOut[place]!] === names[heldOut[query]!];
    const best = Math.max(...scores.filter((_, place) => isOwn(place)));
    return 1 / (1 + scores.filter((score, place) => score >= best && !isOwn(place)).length);
  });
}

function findingOf(ranks: readonly number[]): Finding {
  const mean = (of: (rank: number) => number) => ranks.reduce((sum, rank) => sum + of(rank), 0) / ranks.length;
  const within = (k: number) => mean(rank => Number(rank >= 1 / k - 1e-9));
  return { 'recall@1': within(1), 'recall@10': within(10), mrr: mean(rank => rank) };
}

function rowsOf(rows: readonly Float32Array[]): Float32Array {
  const width = rows[0]?.length ?? 0;
  const all = new Float32Array(rows.length * width);
  for (const [n, row] of rows.entries()) all.set(row, n * width);
  return all;
}
