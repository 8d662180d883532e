import { describe, expect, it } from 'vitest';
import { parity } from '../../../models/compress/parity.ts';
import { quantise } from '../../../models/compress/quantise.ts';
import { apply } from '../../../models/graph/apply.ts';
import { decode } from '../../../models/graph/file/decode.ts';
import { encode } from '../../../models/graph/file/encode.ts';
import * as f from '../../../models/graph/functions.ts';
import { graphOf } from '../../../models/graph/graph.ts';
import { openSession, value } from '../../../models/graph/runtime.ts';
import { constant, type Graph, input, type Tensor } from '../../../models/graph/tensor.ts';
import { nodesOf } from '../../../models/graph/walk.ts';
import { random } from '../../../models/random.ts';
import { ranker, rows } from './models.ts';

const [FROM, TO] = [64, 48];
const draws = random(1);
const numbers = (size: number, scale = 1) => Float32Array.from({ length: size }, () => scale * draws.normal());
const matrix = (rows: number, columns: number, name = 'weight') =>
  constant('float32', numbers(rows * columns, 0.2), [rows, columns], name);
const bias = constant('float32', numbers(TO), [TO], 'bias');
const x = input('x', 'float32', ['N', FROM]);
const texts = input('x', 'float32', ['N', 3, FROM]);
const fed = (rank: 2 | 3) => ({
  x: value('float32', numbers(5 * FROM * (rank === 3 ? 3 : 1)), rank === 3 ? [5, 3, FROM] : [5, FROM]),
});
const opsOf = (graph: Graph) => nodesOf(graph.tensors).map(({ op }) => op);

describe('weights in 8 bits', () => {
  it.each<[string, Tensor, 2 | 3]>([
    ['a MatMul', f.matmul(x, matrix(FROM, TO)), 2],
    ['a MatMul of many matrices', f.matmul(texts, matrix(FROM, TO)), 3],
    ['a Gemm with a bias', f.gemm(x, matrix(FROM, TO), { c: bias }), 2],
    ['a Gemm of a transposed matrix', f.gemm(x, matrix(TO, FROM), { c: bias, transB: true }), 2],
    ['a Gemm with alpha and beta', f.gemm(x, matrix(TO, FROM), { c: bias, transB: true, alpha: 0.3, beta: 2 }), 2],
  ])('keep the answers of %s', async (_, y, rank) => {
    const before = graphOf({ y });
    const { graph, report } = quantise(before);
    expect(opsOf(graph)).toContain('MatMulInteger');
    expect(opsOf(graph)).not.toContain(opsOf(before)[0]);
    const { y: found } = await parity(before, decode(encode(graph)), fed(rank));
    expect(found!.cosine).toBeGreaterThan(0.9995);
    expect(report.tensors).toEqual(['weight']);
    expect(report.weights.touched).toBe(FROM * TO);
    expect(report.bytes.after).toBeLessThan(report.bytes.before / 2);
  });

  it('keep the rows of a table within half a step of their own scale', async () => {
    const [words, width] = [40, 32];
    const table = constant(
      'float32',
      Float32Array.from({ length: words * width }, (_, k) => draws.normal() * 10 ** ((Math.floor(k / width) % 5) - 2)),
      [words, width],
      'words',
    );
    const ids = input('ids', 'int64', ['N', 'T']);
    const before = graphOf({ y: f.gather(table, ids) });
    const { graph, report } = quantise(before);
    const session = await openSession(graph);
    const all = value(
      'int64',
      BigInt64Array.from({ length: words }, (_, k) => BigInt(k)),
      [words / 4, 4],
    );
    const { y } = await session.run({ ids: all });
    await session.release();
    const was = table.origin.kind === 'constant' ? (table.origin.data as Float32Array) : numbers(0);
    for (let row = 0; row < words; row++) {
      const own = was.subarray(row * width, (row + 1) * width);
      const step = Math.max(...own.map(Math.abs)) / 127;
      for (const [k, each] of own.entries()) {
        expect(Math.abs(each - Number(y!.data[row * width + k]))).toBeLessThanOrEqual(step * 0.5001);
      }
    }
    expect(report.bytes.after).toBeLessThan(report.bytes.before / 2);
  });

  it('bring what three products share to 8 bits once', () => {
    const shared = graphOf({
      q: f.matmul(x, matrix(FROM, TO, 'q')),
      k: f.matmul(x, matrix(FROM, TO, 'k')),
      v: f.matmul(x, matrix(FROM, TO, 'v')),
    });
    expect(opsOf(quantise(shared).graph).filter(op => op === 'DynamicQuantizeLinear')).toHaveLength(1);
  });

  it('leave what is not meant, what is small, and what is no weight', () => {
    const graph = graphOf({
      meant: f.matmul(x, matrix(FROM, TO, 'layer0.weight')),
      other: f.matmul(x, matrix(FROM, TO, 'layer1.weight')),
      small: f.matmul(x, matrix(FROM, 2, 'layer0.head')),
      fed: f.matmul(x, input('w', 'float32', [FROM, TO])),
    });
    expect(quantise(graph, { patterns: [/^layer0/] }).report.tensors).toEqual(['layer0.weight']);
  });

  it('do not overflow in sums of 16 bits, as int8 weights do on processors without VNNI', async () => {
    const ones = constant('float32', new Float32Array(FROM * TO).fill(1), [FROM, TO], 'weight');
    const before = graphOf({ y: f.matmul(x, ones) });
    const most = { x: value('float32', new Float32Array(FROM).fill(1), [1, FROM]) };
    const { y } = await parity(before, quantise(before).graph, most);
    expect(y!.max_abs_difference).toBeLessThan(1e-3);
  });

  it('of columns of zeros are zeros', async () => {
    const zeros = constant('float32', new Float32Array(FROM * TO), [FROM, TO], 'weight');
    const before = graphOf({ y: f.add(f.matmul(x, zeros), apply('Identity', [bias])) });
    expect((await parity(before, quantise(before).graph, fed(2))).y!.max_abs_difference).toBe(0);
  });

  it('order the rows of a ranker nearly as it did', async () => {
    const { score } = await parity(ranker(), quantise(ranker()).graph, rows(200));
    expect(score!.rank_correlation).toBeGreaterThan(0.99);
    expect(score!.cosine).toBeGreaterThan(0.999);
  });
});

describe('parity', () => {
  it('is exact between a model and itself, and sees a score that is turned around', async () => {
    const same = await parity(ranker(), ranker(), rows(50));
    expect(same.score).toEqual({ max_abs_difference: 0, cosine: expect.closeTo(1, 6), rank_correlation: 1 });
    const turned = graphOf({ score: f.neg(ranker().outputs.score!) });
    const { score } = await parity(graphOf({ score: ranker().outputs.score! }), turned, rows(50));
    expect(score!.rank_correlation).toBeCloseTo(-1, 9);
    expect(score!.cosine).toBeCloseTo(-1, 6);
  });

  it('names the row that is furthest away', async () => {
    const v = input('v', 'float32', ['N', 2]);
    const feeds = { v: value('float32', Float32Array.of(1, 0, 1, 1), [2, 2]) };
    const swapped = f.concat([f.slice(v, 1, 1, 2), f.slice(v, 1, 0, 1)], 1);
    const found = await parity(graphOf({ y: f.identity(v) }), graphOf({ y: swapped }), feeds);
    expect(found.y).toEqual({ max_abs_difference: 1, cosine: 0, rank_correlation: null });
  });
});
