import { describe, expect, it } from 'vitest';
import { computedInFloat16, storedInFloat16 } from '../../../models/compress/float16.ts';
import { parity } from '../../../models/compress/parity.ts';
import { prune } from '../../../models/compress/prune.ts';
import { decode } from '../../../models/graph/file/decode.ts';
import { encode } from '../../../models/graph/file/encode.ts';
import * as f from '../../../models/graph/functions.ts';
import { graphOf } from '../../../models/graph/graph.ts';
import { openSession, value } from '../../../models/graph/runtime.ts';
import { constant, type Graph, input } from '../../../models/graph/tensor.ts';
import { encoder, ranker, rows, texts } from './models.ts';

describe('float16', () => {
  it('as storage halves the file and keeps the answers', async () => {
    const { graph, report } = storedInFloat16(ranker());
    expect(report.bytes.after).toBeLessThan(report.bytes.before * 0.6);
    const { score } = await parity(ranker(), decode(encode(graph)), rows(100));
    expect(score!.max_abs_difference).toBeLessThan(1e-2);
    expect(score!.max_abs_difference).toBeGreaterThan(0);
  });

  it('rounds weights to the nearest float16, and cuts those beyond it', async () => {
    const weights = Float32Array.from(
      { length: 64 },
      (_, k) => [1 + 2 ** -12, 1 + 2 ** -11 + 2 ** -12, 1e9, -1e9][k % 4]!,
    );
    const x = input('x', 'float32', [64]);
    const { graph } = storedInFloat16(graphOf({ y: f.mul(x, constant('float32', weights, [64], 'w')) }));
    const session = await openSession(graph);
    const { y } = await session.run({ x: value('float32', new Float32Array(64).fill(1), [64]) });
    await session.release();
    expect([...y!.data.slice(0, 4)]).toEqual([1, 1 + 2 ** -10, 65_504, -65_504]);
  });

  it.each<[string, () => Graph, Parameters<typeof parity>[2], string]>([
    ['a ranker', ranker, rows(100), 'score'],
    ['an encoder', encoder, texts(5), 'vector'],
  ])('as arithmetic of %s keeps inputs, outputs and, nearly, the answers', async (_, model, feeds, output) => {
    const { graph } = computedInFloat16(model());
    const ports = (of: Graph) => Object.entries(of.outputs).map(([name, { dtype, shape }]) => [name, dtype, shape]);
    expect(ports(graph)).toEqual(ports(model()));
    expect(graph.tensors.filter(({ dtype, origin }) => dtype === 'float32' && origin.kind === 'constant')).toEqual([]);
    const found = (await parity(model(), decode(encode(graph)), feeds))[output]!;
    expect(found.cosine).toBeGreaterThan(0.9999);
    expect(found.max_abs_difference).toBeGreaterThan(0);
  });
});

describe('pruning by size', () => {
  const x = input('x', 'float32', ['N', 2]);
  const small = constant('float32', Float32Array.of(1, -2, 3, 4), [2, 2], 'small');
  const large = constant('float32', Float32Array.of(10, -20, 30, 3), [2, 2], 'large');
  const two = graphOf({ y: f.matmul(f.matmul(x, small), large) });
  const weights = (graph: Graph) =>
    graph.tensors.flatMap(({ origin }) =>
      origin.kind === 'constant' && origin.name ? [[origin.name, [...origin.data].map(Number)]] : [],
    );

  it('takes the smallest of all, the first of equal ones', () => {
    const { graph, report } = prune(two, { share: 3 / 8 });
    expect(Object.fromEntries(weights(graph))).toEqual({ small: [0, 0, 0, 4], large: [10, -20, 30, 3] });
    expect(report.weights).toEqual({ touched: 3, all: 8 });
  });

  it('or those of each matrix', () => {
    const { graph } = prune(two, { share: 0.5, scope: 'layer' });
    expect(Object.fromEntries(weights(graph))).toEqual({ small: [0, 0, 3, 4], large: [0, -20, 30, 0] });
  });

  it('takes nothing, all, or what is meant', () => {
    expect(weights(prune(two, { share: 0 }).graph)).toEqual(weights(two));
    expect(Object.fromEntries(weights(prune(two, { share: 1 }).graph)).small).toEqual([0, 0, 0, 0]);
    expect(prune(two, { share: 1, patterns: [/large/] }).report.tensors).toEqual(['large']);
    expect(() => prune(two, { share: 1.5 })).toThrow(/INPUT_INVALID.*0 to 1.*1.5/);
  });

  it('changes a ranker the less, the fewer go', async () => {
    const distance = async (share: number) =>
      (await parity(ranker(), prune(ranker(), { share }).graph, rows(100))).score!.max_abs_difference;
    const [few, many] = [await distance(0.1), await distance(0.7)];
    expect(few).toBeGreaterThan(0);
    expect(few).toBeLessThan(many / 2);
  });
});
