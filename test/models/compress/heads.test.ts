import { describe, expect, it } from 'vitest';
import { headImportance, keptHeads } from '../../../models/compress/head-importance.ts';
import { pruneHeads } from '../../../models/compress/heads.ts';
import { parity } from '../../../models/compress/parity.ts';
import { bert } from '../../../models/encoders/bert.ts';
import * as f from '../../../models/graph/functions.ts';
import { graphOf } from '../../../models/graph/graph.ts';
import { rewrite } from '../../../models/graph/rewrite.ts';
import { openSession } from '../../../models/graph/runtime.ts';
import { constant, type Graph, type Tensor } from '../../../models/graph/tensor.ts';
import { encoder, encoderWeights, SIZE, texts } from './models.ts';

const WIDTH = 8;
const MIXED = 'encoder.layer.1.attention.output.dense.weight';

/** The encoder's weights, with all that leaves some heads of the second layer multiplied by a number. */
function withGain(heads: readonly number[], gain: number) {
  const weights = encoderWeights();
  const mixed = weights.get(MIXED)!;
  const data = Float32Array.from(mixed.data as Float32Array, (each, k) =>
    heads.includes(Math.floor((k % 32) / WIDTH)) ? gain * each : each,
  );
  return weights.set(MIXED, { dtype: 'float32', shape: mixed.shape, data });
}

const loss = ({ vector }: Readonly<Record<string, Tensor>>) => f.sum(f.exp(f.slice(vector!, 1, 0, 3)));

describe('attention heads', () => {
  it('that are pruned are gone: the answers are those of a model in which they say nothing', async () => {
    const { graph, report } = pruneHeads(encoder(), SIZE, [
      [0, 1, 2, 3],
      [1, 3],
    ]);
    const { vector } = await parity(bert(withGain([0, 2], 0), SIZE), graph, texts(6));
    expect(vector!.max_abs_difference).toBeLessThan(1e-6);
    expect(report.tensors).toHaveLength(7);
    expect(report.bytes.after).toBeLessThan(report.bytes.before - 4 * 4 * 2 * WIDTH * 32);
  });

  it('matter as much as the loss changes with them', async () => {
    const importance = await headImportance(encoder(), SIZE, loss, [texts(1)]);
    const slope = async (head: number) => {
      const lossOf = async (gain: number) => {
        const graph = graphOf({ loss: loss(bert(withGain([head], gain), SIZE).outputs) });
        const session = await openSession(graph);
        const results = await session.run(texts(1));
        await session.release();
        return Number(results.loss!.data[0]);
      };
      return Math.abs((await lossOf(1.05)) - (await lossOf(0.95))) / 0.1;
    };
    const slopes = [await slope(0), await slope(1), await slope(2), await slope(3)];
    const length = Math.hypot(...slopes);
    expect([...importance[1]!]).toEqual(slopes.map(each => expect.closeTo(each / length, 2)));
  });

  it('do not matter where nothing reads them, and those go first', async () => {
    const importance = await headImportance(bert(withGain([2], 0), SIZE), SIZE, loss, [texts(5), texts(5, 4)]);
    expect(importance[1]![2]).toBe(0);
    expect(keptHeads(importance, 1 / 8)).toEqual([
      [0, 1, 2, 3],
      [0, 1, 3],
    ]);
    expect(keptHeads(importance, 1).map(heads => heads.length)).toEqual([1, 1]);
  });

  it('are pruned in an encoder alone, and never all of a layer', () => {
    const other: Graph = rewrite(encoder(), (was, now) =>
      was.origin.kind === 'output' && was.origin.node.op === 'Softmax'
        ? f.mul(now, constant('float32', Float32Array.of(2), []))
        : now,
    );
    expect(() => pruneHeads(other, SIZE, [[0], [0]])).toThrow(/INPUT_INVALID.*bert.ts/);
    expect(() => pruneHeads(encoder(), SIZE, [[0], []])).toThrow(/INPUT_INVALID.*layer 1.*4 heads/);
    expect(() => pruneHeads(encoder(), SIZE, [[0], [4]])).toThrow(/INPUT_INVALID.*layer 1.*\[4\]/);
  });
});
