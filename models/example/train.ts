import { encode } from '../graph/file/encode.ts';
import { mean, softmax } from '../graph/functions.ts';
import { graphOf } from '../graph/graph.ts';
import { openSession, type SessionOptions, value } from '../graph/runtime.ts';
import { type Graph, input } from '../graph/tensor.ts';
import { adam } from '../graph/training/descent/optimisers.ts';
import { type FitHooks, type Fitted, fit } from '../graph/training/fit.ts';
import { crossEntropy } from '../graph/training/losses.ts';
import { type Parameters, ParameterVector } from '../graph/training/parameters.ts';
import { mlp, mlpShapes } from '../ranker/mlp.ts';
import { EXAMPLE, exampleDataset, exampleOrder, exampleParameters } from './dataset.ts';

export interface TrainedExample extends Omit<Fitted, 'parameters' | 'tables'> {
  /** An ONNX file: `features` [N, 100] -> `logits` and `probabilities` [N, 10]. */
  model: Uint8Array;
  /** Share of the examples whose class has the highest logit, by the file. */
  accuracy: number;
}

const { sizes, batch, epochs, rate, rows } = EXAMPLE;

/** Trains the example. It takes a second or two, and its loss is PyTorch's at every step, to about the sixth digit. */
export async function trainExample(options: SessionOptions = {}, hooks: FitHooks = {}): Promise<TrainedExample> {
  const vector = new ParameterVector(mlpShapes(sizes));
  const { features, labels } = exampleDataset();
  const { parameters, tables, ...fitted } = await fit(
    {
      ...options,
      vector,
      loss: learned => mean(crossEntropy(mlp(featuresInput(), sizes, learned), input('label', 'int32', ['N']))),
      optimiser: adam({ rate }),
      start: exampleParameters(),
      columns: {
        features: { data: features, shape: [sizes[0]] },
        label: { data: Int32Array.from(labels), shape: [] },
      },
      plan: epoch => ({ order: exampleOrder(epoch), ends: Uint32Array.from({ length: rows / batch }, ends) }),
      epochs,
    },
    hooks,
  );
  const model = encode(servingGraph(vector.constants(parameters)));
  return { ...fitted, model, accuracy: await accuracyOf(model, features, labels, options) };
}

function featuresInput() {
  return input('features', 'float32', ['N', sizes[0]]);
}

function ends(_: unknown, place: number): number {
  return (place + 1) * batch;
}

function servingGraph(learned: Parameters): Graph {
  const logits = mlp(featuresInput(), sizes, learned);
  return graphOf({ logits, probabilities: softmax(logits) });
}

async function accuracyOf(
  model: Uint8Array,
  features: Float32Array,
  labels: Uint8Array,
  options: SessionOptions,
): Promise<number> {
  const session = await openSession(model, options);
  const { logits } = await session.run({ features: value('float32', features, [rows, sizes[0]]) });
  await session.release();
  const scores = logits!.data as Float32Array;
  const classes = sizes.at(-1)!;
  const right = labels.filter((label, row) => {
    const own = scores.subarray(row * classes, (row + 1) * classes);
    return own.indexOf(Math.max(...own)) === label;
  });
  return right.length / rows;
}
