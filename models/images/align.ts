import { TemperError } from '../../schemas/errors.ts';
import { distinctBatches } from '../encoders/fine-tune/plan.ts';
import * as f from '../graph/functions.ts';
import { graphOf } from '../graph/graph.ts';
import { openSession, type SessionOptions, value } from '../graph/runtime.ts';
import { input, type Tensor } from '../graph/tensor.ts';
import { adamW } from '../graph/training/descent/optimisers.ts';
import { cosineDecay, scheduled } from '../graph/training/descent/schedules.ts';
import { fit } from '../graph/training/fit.ts';
import { infoNce } from '../graph/training/losses.ts';
import { type Parameters, ParameterVector } from '../graph/training/parameters.ts';
import { random } from '../random.ts';
import { powerNormalised } from './power.ts';

/** Vectors of one encoder. */
export interface Vectors {
  /** [rows, width] */
  readonly vectors: Float32Array;
  readonly width: number;
}

/** What belongs together: row `picture` of the pictures and row `text` of the texts. */
export interface AlignmentPairs {
  readonly pictures: Vectors;
  readonly texts: Vectors;
  readonly pairs: readonly { readonly picture: number; readonly text: number }[];
}

export interface AlignmentOptions extends SessionOptions {
  readonly seed: number;
  /** Of the space in which both meet. */
  readonly width?: number;
  readonly epochs?: number;
  /** Pairs of a step; each picture has the texts of the others as wrong ones, and the other way round. */
  readonly batch?: number;
  readonly rate?: number;
  /** Weights lose this share, times the rate, with every step. */
  readonly decay?: number;
  readonly temperature?: number;
}

/** Pictures and texts in one space: the products of their vectors are cosines. */
export interface Alignment {
  readonly width: number;
  /** [rows, width of the encoder] -> [rows, width], rows of length 1 */
  pictures(vectors: Float32Array): Promise<Float32Array>;
  texts(vectors: Float32Array): Promise<Float32Array>;
  release(): Promise<void>;
}

const DEFAULTS = { width: 128, epochs: 40, batch: 128, rate: 1e-3, decay: 0.1, temperature: 0.07 };

/**
 * A linear projection for each of two frozen encoders, trained by InfoNCE in both directions (Radford et al., "Learning
 * transferable visual models from natural language supervision", 2021; with frozen encoders as in Zhai et al., "LiT",
 * 2022). The same pairs, options and seed give the same projections.
 *
 * @throws DATA_INSUFFICIENT where no two pairs can be told apart
 */
export async function trainAlignment(data: AlignmentPairs, options: AlignmentOptions): Promise<Alignment> {
  const { seed, width, epochs, batch, rate, decay, temperature, ...where } = { ...DEFAULTS, ...options };
  const { pictures, texts, pairs } = data;
  const vector = new ParameterVector({ picture: [pictures.width, width], text: [texts.width, width] });
  const named = pairs.map(({ picture, text }) => ({ query: String(picture), text: String(text) }));
  const planOf = (epoch: number) => distinctBatches(named, batch, random(seed, epoch));
  const steps = epochs * planOf(0).ends.length;
  if (steps === 0) {
    throw new TemperError('DATA_INSUFFICIENT', {
      where: 'aligning pictures and texts',
      expected: 'two pairs that share neither picture nor text',
      got: `${pairs.length} pairs`,
    });
  }
  const { parameters } = await fit({
    ...where,
    vector,
    loss: learned => {
      const [picture, text] = (['picture', 'text'] as const).map(side => projected(side, data, learned));
      return f.mean(infoNce(picture!, text!, temperature));
    },
    optimiser: scheduled(adamW({ rate, decay }), cosineDecay(steps)),
    start: initial(vector, seed),
    columns: {
      picture: {
        data: gathered(
          powered(pictures),
          pairs.map(({ picture }) => picture),
        ),
        shape: [pictures.width],
      },
      text: {
        data: gathered(
          texts,
          pairs.map(({ text }) => text),
        ),
        shape: [texts.width],
      },
    },
    plan: planOf,
    epochs,
  });
  return await openAlignment(data, vector.constants(parameters), width, where);
}

async function openAlignment(
  data: AlignmentPairs,
  learned: Parameters,
  width: number,
  options: SessionOptions,
): Promise<Alignment> {
  const open = (side: Side) => openSession(graphOf({ projected: projected(side, data, learned) }), options);
  const [picture, text] = await Promise.all([open('picture'), open('text')]);
  return {
    width,
    async pictures(vectors) {
      const rows = vectors.length / data.pictures.width;
      const fed = value('float32', powerNormalised(vectors, data.pictures.width), [rows, data.pictures.width]);
      return (await picture.run({ picture: fed })).projected!.data as Float32Array;
    },
    async texts(vectors) {
      const fed = value('float32', vectors, [vectors.length / data.texts.width, data.texts.width]);
      return (await text.run({ text: fed })).projected!.data as Float32Array;
    },
    async release() {
      await Promise.all([picture.release(), text.release()]);
    },
  };
}

type Side = 'picture' | 'text';

/** [N, width of the space], rows of length 1. */
function projected(side: Side, { pictures, texts }: AlignmentPairs, learned: Parameters): Tensor {
  const from = side === 'picture' ? pictures.width : texts.width;
  return f.l2Normalise(f.matmul(input(side, 'float32', ['N', from]), learned[side]!));
}

function initial(vector: ParameterVector, seed: number): Float32Array {
  const draws = random(seed);
  return Float32Array.from({ length: vector.size }, () => 0.05 * draws.normal());
}

function powered({ vectors, width }: Vectors): Vectors {
  return { vectors: powerNormalised(vectors, width), width };
}

function gathered({ vectors, width }: Vectors, rows: readonly number[]): Float32Array {
  const found = new Float32Array(rows.length * width);
  for (const [place, row] of rows.entries()) found.set(vectors.subarray(row * width, (row + 1) * width), place * width);
  return found;
}
