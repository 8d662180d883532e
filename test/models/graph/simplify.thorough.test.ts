import { describe, expect, it } from 'vitest';
import { apply } from '../../../models/graph/apply.ts';
import * as f from '../../../models/graph/functions.ts';
import { gradients } from '../../../models/graph/gradients.ts';
import { graphOf } from '../../../models/graph/graph.ts';
import { halves } from '../../../models/graph/half.ts';
import { openSession, value } from '../../../models/graph/runtime.ts';
import { simplify } from '../../../models/graph/simplify/simplify.ts';
import { constant, type Graph, input, integers, scalar, type Tensor } from '../../../models/graph/tensor.ts';
import { nodesOf } from '../../../models/graph/walk.ts';
import { type Random, random } from '../../../models/random.ts';

const x = input('x', 'float32', ['N', 4]);
const numbers = (...values: number[]) => constant('float32', Float32Array.from(values), [values.length]);
const number = (sizes: Tensor) => f.cast(sizes, 'float32');
const sizeN = f.slice(f.shapeOf(x), 0, 0, 1);

/** Expressions of `x`, and the operations that are left of them. */
const KNOWN: Record<string, [of: Tensor, left: string[]]> = {
  'what depends on constants alone': [f.add(x, f.exp(f.mul(numbers(1, 2, 3, 4), 2))), ['Add']],
  'sizes that are known': [f.mul(x, f.cast(f.gather(apply('Shape', [x]), integers([1])), 'float32')), ['Mul']],
  'a shape put together from sizes': [f.reshape(x, f.concat([sizeN, integers([2, 2])], 0)), ['Reshape']],
  'an expansion to sizes that are there': [
    f.expand(f.exp(x), f.concat([integers([3]), f.shapeOf(x)], 0)),
    ['Exp', 'Expand'],
  ],
  'an expansion that changes nothing': [f.exp(f.expand(x, f.shapeOf(x))), ['Exp']],
  identities: [f.exp(f.identity(f.identity(x))), ['Exp']],
  'a cast to the same type': [f.exp(apply('Cast', [x], { to: 1 })), ['Exp']],
  'reshapes that follow on each other': [f.exp(f.unsqueeze(f.reshape(x, [-1, 2, 2]), [0])), ['Reshape', 'Exp']],
  'reshapes there and back': [f.exp(f.reshape(f.reshape(x, [-1]), [-1, 4])), ['Exp']],
  'transpositions there and back': [f.exp(f.transpose(f.transpose(x, [1, 0]), [1, 0])), ['Exp']],
  'transpositions that follow on each other': [
    f.exp(f.transpose(f.transpose(f.unsqueeze(x, [0]), [1, 2, 0]), [1, 2, 0])),
    ['Unsqueeze', 'Transpose', 'Exp'],
  ],
  'neutral numbers': [f.exp(f.div(f.mul(f.sub(f.add(0, x), 0), numbers(1, 1, 1, 1)), 1)), ['Exp']],
  'a slice of all, a margin of nothing, a join of one': [
    f.exp(f.concat([f.pad(f.slice(x, 1, 0, 9), [0, 0], [0, 0])], 0)),
    ['Exp'],
  ],
  'an end that is no number of JavaScript': [
    f.slice(x, 1, 1, f.unsqueeze(constant('int64', BigInt64Array.of(2n ** 63n - 1n), []), [0])),
    ['Slice'],
  ],
  'a remainder with the sign of its divisor': [f.mul(x, number(f.mod(integers([-1]), integers([3])))), ['Mul']],
  'whole numbers as truth values': [f.add(x, number(f.cast(f.cast(integers([5]), 'bool'), 'int64'))), ['Add']],
  'whole numbers that a smaller type cuts': [
    f.mul(x, number(f.cast(f.cast(integers([300]), 'int8'), 'int64'))),
    ['Mul'],
  ],
  'the number that a half holds': [f.mul(x, number(f.cast(constant('float16', halves([3]), [1]), 'int64'))), ['Mul']],
  'what is computed twice': [f.sub(f.exp(f.mul(x, 2)), f.exp(f.mul(x, 2))), ['Mul', 'Exp', 'Sub']],
};

/** Expressions in which something looks like the above and is not. */
const KEPT: Record<string, [of: Tensor, left: string[]]> = {
  'a slice backwards': [apply('Slice', [x, integers([-1]), integers([-99]), integers([1]), integers([-1])]), ['Slice']],
  'a neutral number that spreads': [f.add(x, constant('float32', new Float32Array(8), [2, 1, 4])), ['Add']],
  'subtraction from 0': [f.sub(0, x), ['Sub']],
  'division of 1': [f.div(1, x), ['Div']],
  'sums over different axes': [
    f.add(f.sum(x, [0], { keep: true }), f.sum(x, [1], { keep: true })),
    ['ReduceSum', 'ReduceSum', 'Add'],
  ],
  'a result much larger than what it is computed from': [
    f.add(f.expand(scalar(3), [2, 1, 4_000]), f.slice(x, 1, 0, 1)),
    ['Expand', 'Slice', 'Add'],
  ],
  'a value that is constant on the way back': [f.mul(x, f.stopGradient(x)), ['StopGradient', 'Mul']],
};

describe('simplifying a graph', () => {
  it.each(Object.entries({ ...KNOWN, ...KEPT }))('%s', async (_, [of, left]) => {
    const graph = graphOf({ y: of });
    const simple = await simplify(graph);
    expect(nodesOf(simple.tensors).map(({ op }) => op)).toEqual(left);
    expect(await answers(simple, random(1))).toEqual(await answers(graph, random(1)));
  });

  it('keeps inputs, outputs and their names, even where an output is an input or a constant then', async () => {
    const unread = input('unread', 'int64', []);
    const simple = await simplify(graphOf({ same: f.identity(x), two: f.add(scalar(1), 1), y: f.neg(x) }, [unread, x]));
    expect(simple.inputs).toEqual([unread, x]);
    expect(Object.keys(simple.outputs)).toEqual(['same', 'two', 'y']);
    expect(simple.outputs.same).toBe(x);
    expect(simple.outputs.two!.origin).toMatchObject({ kind: 'constant', data: Float32Array.of(2) });
  });

  it('leaves constants with names apart, for they may be trained', async () => {
    const named = (name: string) => constant('float32', Float32Array.of(5), [1], name);
    const simple = await simplify(graphOf({ y: f.add(f.mul(x, named('a')), named('b')) }));
    const names = simple.tensors.flatMap(({ origin }) => (origin.kind === 'constant' ? [origin.name] : []));
    expect(names).toEqual(['a', 'b']);
  });

  it('leaves constants with names also where they change nothing yet, or something is computed from them alone', async () => {
    const named = (name: string, ...values: number[]) => constant('float32', Float32Array.from(values), [1, 4], name);
    const y = f.add(f.mul(x, named('scale', 1, 1, 1, 1)), named('bias', 0, 0, 0, 0));
    const simple = await simplify(graphOf({ y: f.matmul(y, f.transpose(named('weight', 1, 2, 3, 4), [1, 0])) }));
    const names = simple.tensors.flatMap(({ origin }) => (origin.kind === 'constant' ? [origin.name] : []));
    expect(names.sort()).toEqual(['bias', 'scale', 'weight']);
  });

  it('computes the same, bit by bit, for graphs at random and their gradients; twice makes no difference', async () => {
    let [before, after] = [0, 0];
    for (let seed = 0; seed < 60; seed++) {
      const y = atRandom(random(seed), 12);
      const graph = graphOf({ y, slope: gradients(f.mean(f.tanh(y)), [x])[0]! });
      const simple = await simplify(graph);
      expect(await answers(simple, random(seed)), `seed ${seed}`).toEqual(await answers(graph, random(seed)));
      const again = await simplify(simple);
      expect(nodesOf(again.tensors).length, `seed ${seed}`).toBe(nodesOf(simple.tensors).length);
      before += nodesOf(graph.tensors).length;
      after += nodesOf(simple.tensors).length;
    }
    expect(after).toBeLessThan(0.9 * before);
  });
});

/** What a graph answers for 3 rows at random; -0 is 0. */
async function answers(graph: Graph, draws: Random): Promise<Record<string, number[]>> {
  const session = await openSession(graph);
  const results = await session.run({ x: value('float32', Float32Array.from({ length: 12 }, draws.normal), [3, 4]) });
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { data, dims }]) => [
      name,
      [...dims, ...Array.from(data as Float32Array, each => each + 0)],
    ]),
  );
}

/** An expression of `x` by steps that are drawn, each from [N, 4] to [N, 4], some of which do nothing. */
function atRandom(draws: Random, steps: number): Tensor {
  const made: Tensor[] = [x];
  const any = () => made[draws.below(made.length)]!;
  const some = () => numbers(...Array.from({ length: 4 }, () => draws.below(3)));
  const ways: (() => Tensor)[] = [
    () => f.tanh(any()),
    () => f.mul(any(), any()),
    () => f.add(any(), any()),
    () => f.add(any(), some()),
    () => f.mul(any(), f.add(some(), f.tanh(some()))),
    () => f.mul(any(), 1),
    () => f.sub(any(), 0),
    () => f.identity(any()),
    () => f.transpose(f.transpose(any(), [1, 0]), [1, 0]),
    () => f.transpose(f.tanh(f.transpose(any(), [1, 0])), [1, 0]),
    () => f.reshape(f.tanh(f.reshape(any(), [-1, 2])), [-1, 4]),
    () => f.reshape(f.unsqueeze(any(), [1]), f.concat([sizeN, integers([4])], 0)),
    () => f.concat([f.slice(any(), 1, 2, 4), f.slice(any(), 1, 0, 2)], 1),
    () => f.expand(any(), f.shapeOf(any())),
    () => f.mul(any(), f.sum(any(), [1], { keep: true })),
    () => f.where(f.greater(any(), any()), any(), any()),
  ];
  for (let step = 0; step < steps; step++) made.push(f.tanh(ways[draws.below(ways.length)]!()));
  return f.add(made.at(-1)!, x);
}
