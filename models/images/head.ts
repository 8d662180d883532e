import * as f from '../graph/functions.ts';
import { graphOf } from '../graph/graph.ts';
import { openSession, type SessionOptions, value } from '../graph/runtime.ts';
import { input, type Tensor } from '../graph/tensor.ts';
import { adam } from '../graph/training/descent/optimisers.ts';
import { fit } from '../graph/training/fit.ts';
import { crossEntropy } from '../graph/training/losses.ts';
import { type ParameterShapes, type Parameters, ParameterVector } from '../graph/training/parameters.ts';
import { inOrder } from '../graph/training/plans.ts';
import { frameAttention, frameAttentionShapes } from './frame-attention.ts';
import { powerNormalised } from './power.ts';

/** Things to be told apart: of a picture one vector, of a video as many as it has frames. */
export interface Seen {
  /** [rows, frames, width] */
  readonly vectors: Float32Array;
  readonly frames: number;
  readonly width: number;
}

export interface Labelled extends Seen {
  /** [rows], each below `classes`. */
  readonly labels: Int32Array;
  readonly classes: number;
}

export interface HeadOptions extends SessionOptions {
  /** Half the sum of the squared weights counts this often. */
  readonly l2: number;
  /** Of Adam, each over all rows. */
  readonly steps?: number;
}

/** What tells classes from frozen vectors. */
export interface Head {
  /** The class of each row. */
  classes(seen: Seen): Promise<Int32Array>;
  /** A vector of length 1 for each row: its frames as the head has learned to look at them. [rows, width] */
  pooled(seen: Seen): Promise<Float32Array>;
  release(): Promise<void>;
}

const RATE = 0.02;

/**
 * Multinomial logistic regression on vectors that are brought to the power of one half, and, where there are several
 * frames, on their attention by a query that is learned with it. The same examples and options give the same head.
 */
export async function trainHead(examples: Labelled, { l2, steps = 100, ...options }: HeadOptions): Promise<Head> {
  const { frames, width, classes, labels } = examples;
  const shapes: ParameterShapes = {
    ...(frames > 1 && frameAttentionShapes(width)),
    weight: [width, classes],
    bias: [classes],
  };
  const vector = new ParameterVector(shapes);
  const { parameters } = await fit({
    ...options,
    vector,
    loss: learned => {
      const likelihood = f.mean(
        crossEntropy(logits(pooled(examples, learned), learned), input('label', 'int32', ['N'])),
      );
      return f.add(likelihood, f.mul(f.sumSquare(learned.weight!), l2 / 2));
    },
    optimiser: adam({ rate: RATE }),
    start: new Float32Array(vector.size),
    columns: {
      vectors: { data: powerNormalised(examples.vectors, width), shape: [frames, width] },
      label: { data: labels, shape: [] },
    },
    plan: () => inOrder(labels.length, labels.length),
    epochs: steps,
  });
  const learned = vector.constants(parameters);
  return openHead(examples, learned, options);
}

async function openHead(shape: Seen, learned: Parameters, options: SessionOptions): Promise<Head> {
  const seen = pooled(shape, learned);
  const graph = graphOf({
    class: f.cast(f.argMax(logits(seen, learned)), 'int32'),
    pooled: f.l2Normalise(seen),
  });
  const session = await openSession(graph, options);
  const run = ({ vectors, frames, width }: Seen) => {
    const rows = vectors.length / (frames * width);
    return session.run({ vectors: value('float32', powerNormalised(vectors, width), [rows, frames, width]) });
  };
  return {
    classes: async seen => (await run(seen)).class!.data as Int32Array,
    pooled: async seen => (await run(seen)).pooled!.data as Float32Array,
    release: () => session.release(),
  };
}

/** [N, width] to [N, classes]; of unit vectors the elements are brought to about 1. */
function logits(pooled: Tensor, { weight, bias }: Parameters): Tensor {
  return f.gemm(f.mul(pooled, Math.sqrt(Number(pooled.shape[1]))), weight!, { c: bias! });
}

/** [N, frames, width] to [N, width] */
function pooled({ frames, width }: Seen, learned: Parameters): Tensor {
  const seen = input('vectors', 'float32', ['N', frames, width]);
  return frames === 1 ? f.squeeze(seen, [1]) : frameAttention(seen, learned);
}
