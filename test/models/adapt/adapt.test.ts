import { describe, expect, it } from 'vitest';
import { type Adapted, bind, countsOf, joined, shapesOf } from '../../../models/adapt/adapted.ts';
import { adapters } from '../../../models/adapt/adapters.ts';
import { lora } from '../../../models/adapt/lora.ts';
import { merge } from '../../../models/adapt/merge.ts';
import { trainable } from '../../../models/adapt/trainable.ts';
import { apply } from '../../../models/graph/apply.ts';
import { decode } from '../../../models/graph/file/decode.ts';
import { encode } from '../../../models/graph/file/encode.ts';
import * as f from '../../../models/graph/functions.ts';
import { graphOf } from '../../../models/graph/graph.ts';
import { openSession, value } from '../../../models/graph/runtime.ts';
import { constant, type Graph, input } from '../../../models/graph/tensor.ts';
import { adam } from '../../../models/graph/training/descent/optimisers.ts';
import { ParameterVector } from '../../../models/graph/training/parameters.ts';
import { createTrainer } from '../../../models/graph/training/trainer.ts';
import { nodesOf } from '../../../models/graph/walk.ts';
import { random } from '../../../models/random.ts';

const draws = random(7);
const weight = (name: string, shape: [number, number] | [number]) =>
  constant(
    'float32',
    Float32Array.from({ length: shape[0] * (shape[1] ?? 1) }, () => draws.normal() / 2),
    shape,
    name,
  );

/** Products in all forms: batches by a matrix, a Gemm with both sides transposed and alpha, a weight that is used twice. */
function network(): Graph {
  const x = input('x', 'float32', ['N', 'L', 4]);
  const tied = weight('tied', [6, 6]);
  const inner = f.relu(f.add(f.matmul(x, weight('first.weight', [4, 6])), weight('first.bias', [6])));
  const twice = f.matmul(f.tanh(f.matmul(inner, tied)), tied);
  const gemm = apply('Gemm', [f.swap(f.rows(twice)), weight('last.weight', [5, 6]), weight('last.bias', [5])], {
    transA: 1,
    transB: 1,
    alpha: 0.5,
  });
  return graphOf({ y: gemm });
}
const graph = network();

const FORMS: Record<string, () => Adapted> = {
  lora: () => lora(graph, { patterns: [/weight$/, /^tied$/], rank: 2, alpha: 3, seed: 1 }),
  adapters: () => adapters(graph, { patterns: [/bias$/], width: 3, seed: 1 }),
  trainable: () => trainable(graph, [/^last\./, /^tied$/]),
  'adapters upon lora': () => {
    const low = lora(graph, { patterns: [/^first/], rank: 2, seed: 1 });
    const both = adapters(low.graph, { patterns: [/^last.bias$/], width: 3, seed: 1 });
    return { graph: both.graph, parameters: { ...low.parameters, ...both.parameters } };
  },
};

describe.each(Object.entries(FORMS))('a graph adapted by %s', (_, adapt) => {
  it('begins at what it computed before', async () => {
    const { graph: adapted, parameters } = adapt();
    expect(await run(merge(adapted, parameters))).toEqual(close(await run(graph)));
  });

  it('learns, and computes the same when it is merged', async () => {
    const { graph: adapted, parameters } = adapt();
    const { losses, trained } = await train({ graph: adapted, parameters });
    expect(losses.at(-1)!).toBeLessThan(losses[0]! * 0.9);

    const unmerged = await run(bind(adapted, trained));
    expect(await run(merge(adapted, trained))).toEqual(close(unmerged));
    expect(unmerged).not.toEqual(close(await run(graph)));
  });
});

describe('what is added and what is frozen', () => {
  it('counts what is trained of all that there is', () => {
    expect(countsOf(FORMS.trainable!())).toEqual({ trainable: 30 + 5 + 36, total: 24 + 6 + 36 + 30 + 5 });
    const ranks = 2 * (4 + 6) + 2 * (6 + 6) + 2 * (6 + 5);
    expect(countsOf(FORMS.lora!()).trainable).toBe(ranks);
  });

  it('keeps what does not match, to the bit', async () => {
    const { graph: adapted, parameters } = FORMS.trainable!();
    const { trained } = await train({ graph: adapted, parameters });
    expect(constantsOf(merge(adapted, trained)).get('first.weight')).toEqual(constantsOf(graph).get('first.weight'));
    expect(constantsOf(merge(adapted, trained)).get('tied')).not.toEqual(constantsOf(graph).get('tied'));
  });

  it('merges lora into a file of the same size, with the same operations', () => {
    const { graph: adapted, parameters } = FORMS.lora!();
    const merged = merge(adapted, parameters);
    expect(opsOf(merged)).toEqual(opsOf(graph));
    expect(encode(merged).length).toBe(encode(graph).length);
  });

  it('adapts a graph out of a file in the same way', async () => {
    const file = decode(encode(graph));
    const { graph: adapted, parameters } = lora(file, { patterns: [/weight$/], rank: 2, seed: 1 });
    expect(await run(merge(adapted, parameters))).toEqual(close(await run(graph)));
  });

  it('refuses patterns that name nothing, with the names that there are', () => {
    expect(() => lora(graph, { patterns: [/query/], rank: 2, seed: 1 })).toThrow(/GRAPH_INVALID.*query.*first\.weight/);
    expect(() => trainable(graph, [/query/])).toThrow(/GRAPH_INVALID/);
    expect(() => adapters(graph, { patterns: [], width: 2, seed: 1 })).toThrow(/GRAPH_INVALID/);
  });

  it.each([
    ['transposed', { transB: true }],
    ['scaled', { alpha: 2 }],
  ])('merges lora into a weight that is %s in one of two places', async (_, how) => {
    const x = input('x', 'float32', ['N', 2]);
    const tied = weight('tied', [2, 2]);
    const two = graphOf({ y: f.add(f.gemm(x, tied), f.gemm(f.tanh(x), tied, how)) });
    const low = lora(two, { patterns: [/^tied$/], rank: 1, seed: 1 });
    const learned = {
      ...low.parameters,
      'tied.lora.b': constant('float32', Float32Array.of(1, -2), [1, 2], 'tied.lora.b'),
    };
    const answer = async (of: Graph) => {
      const session = await openSession(of);
      const { y } = await session.run({ x: value('float32', Float32Array.of(1, 2), [1, 2]) });
      await session.release();
      return [...(y!.data as Float32Array)];
    };
    const unmerged = await answer(bind(low.graph, learned));
    expect(await answer(merge(low.graph, learned))).toEqual(unmerged.map(each => expect.closeTo(each, 5)));
  });

  it('refuses to merge one factor without the other', () => {
    const { graph: adapted, parameters } = FORMS.lora!();
    const { 'tied.lora.a': _, ...others } = parameters;
    expect(() => merge(adapted, others)).toThrow(/GRAPH_INVALID.*tied\.lora\.b/);
  });
});

const batch = {
  x: value(
    'float32',
    Float32Array.from({ length: 24 }, () => draws.normal()),
    [2, 3, 4],
  ),
};

async function run(of: Graph): Promise<number[]> {
  const session = await openSession(of);
  const { y } = await session.run(batch);
  await session.release();
  return [...(y!.data as Float32Array)];
}

/** Some steps towards zero outputs. */
async function train({ graph: adapted, parameters }: Adapted) {
  const vector = new ParameterVector(shapesOf(parameters));
  const start = joined(parameters);
  const trainer = await createTrainer(
    vector,
    given => {
      const y = bind(adapted, given).outputs.y!;
      return f.mean(f.mul(y, y));
    },
    adam({ rate: 0.02 }),
    { step: 0, parameters: start, slots: [new Float32Array(start.length), new Float32Array(start.length)] },
  );
  const losses: number[] = [];
  for (let step = 0; step < 40; step++) losses.push(await trainer.step(batch));
  const trained = vector.constants(trainer.state.parameters);
  await trainer.release();
  return { losses, trained };
}

function constantsOf({ tensors }: Graph) {
  return new Map(
    tensors.flatMap(({ origin }) => (origin.kind === 'constant' ? [[origin.name, origin.data] as const] : [])),
  );
}

function opsOf({ tensors }: Graph): string[] {
  return nodesOf(tensors).map(({ op }) => op);
}

function close(numbers: readonly number[]) {
  return numbers.map(number => expect.closeTo(number, 5));
}
