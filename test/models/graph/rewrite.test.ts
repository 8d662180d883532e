import { describe, expect, it } from 'vitest';
import * as f from '../../../models/graph/functions.ts';
import { graphOf } from '../../../models/graph/graph.ts';
import { rewrite } from '../../../models/graph/rewrite.ts';
import { openSession, value } from '../../../models/graph/runtime.ts';
import { constant, type Graph, input, type Tensor } from '../../../models/graph/tensor.ts';
import { nodesOf } from '../../../models/graph/walk.ts';

const x = input('x', 'float32', ['N', 2]);
const weight = constant('float32', Float32Array.of(1, 2, 3, 4), [2, 2], 'weight');
const [left, right] = f.split(f.matmul(x, weight), [1, 1], 1) as [Tensor, Tensor];
const graph = graphOf({ y: f.sub(f.exp(left), right), z: f.neg(x) });

describe('rewriting a graph', () => {
  it('gives the same graph, and the same nodes, where nothing is replaced', () => {
    const same = rewrite(graph, (_, now) => now);
    expect(nodesOf(same.tensors)).toEqual(nodesOf(graph.tensors));
    expect(same.outputs.y).toBe(graph.outputs.y);
  });

  it('computes again what follows from a replaced constant, and leaves the rest', async () => {
    const twice = rewrite(graph, (was, now) => (was === weight ? f.mul(weight, 2) : now));
    expect(twice.outputs.z).toBe(graph.outputs.z);
    expect(await run(twice, [0.1, 0.2])).toEqual(close([Math.exp(2 * 0.7) - 2 * 1.0]));
  });

  it('lets a replacement build upon what was replaced before it', async () => {
    const both = rewrite(graph, (was, now) => {
      if (was === weight) return f.mul(now, 2);
      return was.origin.kind === 'output' && was.origin.node.op === 'Exp' ? f.add(now, 1) : now;
    });
    expect(await run(both, [0.1, 0.2])).toEqual(close([Math.exp(2 * 0.7) + 1 - 2 * 1.0]));
  });

  it('applies an operation of several outputs once', () => {
    const twice = rewrite(graph, (was, now) => (was === weight ? f.mul(weight, 2) : now));
    expect(nodesOf(twice.tensors).filter(({ op }) => op === 'Split')).toHaveLength(1);
  });

  it('keeps inputs that nothing reads, and their order', () => {
    const unread = graphOf({ y: f.neg(x) }, [input('unread', 'int64', ['N']), x]);
    const { inputs } = rewrite(unread, (_, now) => now);
    expect(inputs).toEqual(unread.inputs);
  });

  it('refuses what an operation does not take, by its name', () => {
    const narrow = constant('float32', new Float32Array(3), [3, 1]);
    expect(() => rewrite(graph, (was, now) => (was === weight ? narrow : now))).toThrow(/GRAPH_INVALID.*MatMul/);
  });
});

async function run(of: Graph, numbers: number[]): Promise<number[]> {
  const session = await openSession(of);
  const { y } = await session.run({ x: value('float32', Float32Array.from(numbers), [1, 2]) });
  await session.release();
  return [...(y!.data as Float32Array)];
}

function close(numbers: number[]) {
  return numbers.map(number => expect.closeTo(number, 5));
}
