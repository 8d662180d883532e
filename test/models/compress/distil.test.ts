import { describe, expect, it } from 'vitest';
import { answersOf, distillation, squaredDifference } from '../../../models/compress/distil.ts';
import { parity } from '../../../models/compress/parity.ts';
import * as f from '../../../models/graph/functions.ts';
import { gradients } from '../../../models/graph/gradients.ts';
import { graphOf } from '../../../models/graph/graph.ts';
import { openSession, value } from '../../../models/graph/runtime.ts';
import { input, type Tensor } from '../../../models/graph/tensor.ts';
import { adam } from '../../../models/graph/training/descent/optimisers.ts';
import { type Parameters, ParameterVector } from '../../../models/graph/training/parameters.ts';
import { createTrainer } from '../../../models/graph/training/trainer.ts';
import { random } from '../../../models/random.ts';
import { initialiseMlp, mlp, mlpShapes } from '../../../models/ranker/mlp.ts';
import { rankerGraph } from '../../../models/ranker/ranker.ts';
import { ranker, rows } from './models.ts';

const [student, teacher] = [input('student', 'float32', ['N', 3]), input('teacher', 'float32', ['N', 3])];

async function run(outputs: Record<string, Tensor>, fed: Record<string, number[]>) {
  const session = await openSession(graphOf(outputs));
  const feeds = Object.entries(fed).map(([name, each]) => [
    name,
    value('float32', Float32Array.from(each), [each.length / 3, 3]),
  ]);
  const results = await session.run(Object.fromEntries(feeds));
  await session.release();
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, Array.from(data, Number)]));
}

describe('distillation', () => {
  it('is the divergence from the softened teacher, computed here in plain numbers', async () => {
    const [s, t, T] = [[1, 2, -1], [0.5, -2, 3], 3];
    const soft = (z: number[]) => {
      const powers = z.map(each => Math.exp(each / T));
      return powers.map(each => each / powers.reduce((a, b) => a + b, 0));
    };
    const expected = T ** 2 * soft(t).reduce((sum, p, k) => sum + p * Math.log(p / soft(s)[k]!), 0);
    const { loss } = await run(
      { loss: distillation(student, teacher, { temperature: T }) },
      { student: s, teacher: t },
    );
    expect(loss![0]).toBeCloseTo(expected, 5);
  });

  it('is 0 where both say the same, and its slope keeps its size at any temperature', async () => {
    const fed = { student: [1, 2, -1], teacher: [1.1, 1.9, -1] };
    const same = { student: fed.teacher, teacher: fed.teacher };
    const slopeAt = async (temperature: number) => {
      const loss = distillation(student, teacher, { temperature });
      expect((await run({ loss }, same)).loss![0]).toBeCloseTo(0, 5);
      const { slope } = await run({ slope: gradients(f.sum(loss), [student])[0]! }, fed);
      return Math.hypot(...slope!);
    };
    const [hot, hotter] = [await slopeAt(10), await slopeAt(40)];
    expect(Math.abs(hot / hotter - 1)).toBeLessThan(0.1);
  });

  it('counts true labels beside the teacher', async () => {
    const truth = input('truth', 'float32', ['N', 3]);
    const fed = { student: [1, 2, -1], teacher: [0, 0, 1], truth: [0, 1, 0] };
    const loss = (teacherShare: number) => distillation(student, teacher, { labels: { truth, teacherShare } });
    const found = await run({ none: loss(0), half: loss(0.5), all: loss(1) }, fed);
    expect(found.half![0]).toBeCloseTo((found.none![0]! + found.all![0]!) / 2, 5);
    expect(found.none![0]).toBeCloseTo(Math.log(Math.exp(1) + Math.exp(2) + Math.exp(-1)) - 2, 5);
  });

  it('teaches a student of a quarter of the size what a ranker says', async () => {
    const sizes = [30, 16, 1];
    const vector = new ParameterVector(mlpShapes(sizes));
    const parameters = new Float32Array(vector.size);
    initialiseMlp(sizes, vector.views(parameters), random(1));
    const loss = (own: Parameters) => {
      const features = input('features', 'float32', ['N', 30]);
      const { score } = answersOf(ranker(), { features });
      return squaredDifference(f.reshape(mlp(features, sizes, own), [-1]), score!);
    };
    const zeros = () => new Float32Array(vector.size);
    const state = { step: 0, parameters, slots: [zeros(), zeros()] };
    const studentOf = (values: Float32Array) => rankerGraph(30, x => mlp(x, sizes, vector.constants(values)));
    const untaught = studentOf(parameters.slice());
    const trainer = await createTrainer(vector, loss, adam({ rate: 0.01 }), state);
    const draws = random(7);
    for (let step = 0; step < 800; step++) {
      const batch = Float32Array.from({ length: 128 * 30 }, () => draws.normal());
      await trainer.step({ features: value('float32', batch, [128, 30]) });
    }
    await trainer.release();
    const before = (await parity(ranker(), untaught, rows(200))).score!;
    const after = (await parity(ranker(), studentOf(trainer.state.parameters), rows(200))).score!;
    expect(before.rank_correlation).toBeLessThan(0.5);
    expect(after.rank_correlation).toBeGreaterThan(0.8);
  });

  it('needs all that the teacher reads', () => {
    expect(() => answersOf(ranker(), { x: student })).toThrow(/INPUT_INVALID.*features/);
  });
});
