import { mean } from '../../../models/graph/functions.ts';
import { graphOf } from '../../../models/graph/graph.ts';
import { value } from '../../../models/graph/runtime.ts';
import { type Graph, input, type Tensor } from '../../../models/graph/tensor.ts';
import { adam } from '../../../models/graph/training/descent/optimisers.ts';
import { binaryCrossEntropy } from '../../../models/graph/training/losses.ts';
import { type Parameters, ParameterVector } from '../../../models/graph/training/parameters.ts';
import { createTrainer } from '../../../models/graph/training/trainer.ts';
import { random } from '../../../models/random.ts';
import { initialiseMlp, mlp, mlpShapes } from '../../../models/ranker/mlp.ts';

/** A small perceptron and the rows that it learned: inputs `x` [N, width] and `y` [N, 1], output `loss`. */
export interface Net {
  readonly graph: Graph;
  readonly rows: { readonly x: number[]; readonly y: number[] };
}

/** Trains on whether a row lies outside a circle through its first two elements, by the loss that is asked for. */
export async function trainedNet(
  width: number,
  training: (loss: Tensor, x: Tensor) => Tensor = loss => loss,
): Promise<Net> {
  const sizes = [width, 24, 1];
  const vector = new ParameterVector(mlpShapes(sizes));
  const draws = random(11);
  const parameters = new Float32Array(vector.size);
  initialiseMlp(sizes, vector.views(parameters), draws);
  const rows = Array.from({ length: 256 }, () => Array.from({ length: width }, () => draws.normal()));
  const labels = rows.map(([a, b]) => Number(Math.hypot(a!, b!) > 1.2));

  const lossOf = (given: Parameters) => {
    const x = input('x', 'float32', ['N', width]);
    return { x, loss: mean(binaryCrossEntropy(mlp(x, sizes, given), input('y', 'float32', ['N', 1]))) };
  };
  const zeros = () => new Float32Array(vector.size);
  const trainer = await createTrainer(
    vector,
    given => {
      const { x, loss } = lossOf(given);
      return training(loss, x);
    },
    adam({ rate: 0.02 }),
    { step: 0, parameters, slots: [zeros(), zeros()] },
  );
  const batch = {
    x: value('float32', Float32Array.from(rows.flat()), [rows.length, width]),
    y: value('float32', Float32Array.from(labels), [rows.length, 1]),
  };
  for (let step = 0; step < 300; step++) await trainer.step(batch);
  await trainer.release();
  const { loss } = lossOf(vector.constants(trainer.state.parameters));
  return { graph: graphOf({ loss }), rows: { x: rows.flat(), y: labels } };
}
