import { decode } from '../../graph/file/decode.ts';
import { reshape, sum } from '../../graph/functions.ts';
import { graphOf } from '../../graph/graph.ts';
import { openSession, type Value, value } from '../../graph/runtime.ts';
import { input } from '../../graph/tensor.ts';
import { binaryCrossEntropy } from '../../graph/training/losses.ts';
import type { Dataset } from '../../ranker/dataset/dataset.ts';
import { PORTS } from '../../ranker/ranker.ts';
import { attackGraph } from '../attack-graph.ts';
import type { IteratedAttack } from '../attacks.ts';
import { featureBounds } from './movable.ts';

const ROWS_PER_RUN = 8_192;

/** Rows of examples, as a ranker is fed with them, with `clicked` [N, 1]. */
type Fed = Iterable<{ readonly rows: number; readonly feeds: Readonly<Record<string, Value>> }>;

/**
 * Features that are moved so that a ranker of features is as wrong as can be: what was clicked looks the less like it,
 * and what was not the more. See `featureBounds` for what can be moved.
 *
 * @param model an ONNX file with the ports of `rankerGraph`, or with others beside them
 * @param examples whose labels the attacker knows
 * @param measured by whose deviations changes are measured: what the model was trained on
 * @param fed the examples in their order, where the model has more ports
 * @returns [rows, F]
 */
export async function movedFeatures(
  model: Uint8Array,
  examples: Dataset,
  measured: Dataset,
  attack: Pick<IteratedAttack, 'norm' | 'budget' | 'steps' | 'stepSize'>,
  fed: Fed = inRows(examples),
): Promise<Float32Array> {
  const { score } = decode(model, 'the ranker that is attacked').outputs;
  const loss = sum(binaryCrossEntropy(reshape(score!, [-1, 1]), input('clicked', 'float32', ['N', 1])));
  const target = { loss: 'loss', inputs: [PORTS.features] };
  const session = await openSession(attackGraph(graphOf({ loss }), target, { ...attack, ...featureBounds(measured) }));
  const moved = new Float32Array(examples.features.length);
  try {
    let start = 0;
    for (const { rows, feeds } of fed) {
      const results = await session.run(feeds);
      moved.set(results[`adversarial.${PORTS.features}`]!.data as Float32Array, start);
      start += rows * examples.featureNames.length;
    }
    return moved;
  } finally {
    await session.release();
  }
}

function* inRows({ rows, featureNames: { length: width }, features, clicked }: Dataset): Fed {
  for (let start = 0; start < rows; start += ROWS_PER_RUN) {
    const end = Math.min(start + ROWS_PER_RUN, rows);
    const feeds = {
      [PORTS.features]: value('float32', features.subarray(start * width, end * width), [end - start, width]),
      clicked: value('float32', Float32Array.from(clicked.subarray(start, end)), [end - start, 1]),
    };
    yield { rows: end - start, feeds };
  }
}
