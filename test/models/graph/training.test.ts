import { describe, expect, it } from 'vitest';
import * as f from '../../../models/graph/functions.ts';
import { value } from '../../../models/graph/runtime.ts';
import { input } from '../../../models/graph/tensor.ts';
import { adam } from '../../../models/graph/training/optimisers.ts';
import { ParameterVector } from '../../../models/graph/training/parameters.ts';
import { createTrainer } from '../../../models/graph/training/trainer.ts';

const vector = new ParameterVector({ w: [2, 1], b: [1] });
const start = () => ({
  step: 0,
  parameters: Float32Array.of(0.5, -0.3, 0.1),
  slots: [new Float32Array(3), new Float32Array(3)],
});

/** Mean squared error of a line through x [N, 2] and y [N, 1]. */
const squaredError = (parameters: Record<string, ReturnType<typeof input>>) => {
  const away = f.sub(
    f.gemm(input('x', 'float32', ['N', 2]), parameters.w!, { c: parameters.b! }),
    input('y', 'float32', ['N', 1]),
  );
  return f.mean(f.mul(away, away));
};
const x = [1, 2, -1, 0.5, 0.3, -2];
const y = [1, 0, -1];
const batch = { x: value('float32', Float32Array.from(x), [3, 2]), y: value('float32', Float32Array.from(y), [3, 1]) };

describe('the trainer', () => {
  it('follows Adam as its paper writes it, computed here in plain numbers', async () => {
    const trainer = await createTrainer(vector, squaredError, adam({ rate: 0.05 }), start());
    const plain = { p: [0.5, -0.3, 0.1], m: [0, 0, 0], v: [0, 0, 0] };
    for (let t = 1; t <= 30; t++) {
      const away = y.map(
        (target, row) => x[2 * row]! * plain.p[0]! + x[2 * row + 1]! * plain.p[1]! + plain.p[2]! - target,
      );
      const loss = await trainer.step(batch);
      expect(loss).toBeCloseTo(away.reduce((sum, each) => sum + each ** 2, 0) / 3, 5);
      for (const k of [0, 1, 2]) {
        const slope = away.reduce((sum, each, row) => sum + (2 / 3) * each * (k === 2 ? 1 : x[2 * row + k]!), 0);
        plain.m[k] = 0.9 * plain.m[k]! + 0.1 * slope;
        plain.v[k] = 0.999 * plain.v[k]! + 0.001 * slope ** 2;
        plain.p[k]! -= (0.05 * (plain.m[k]! / (1 - 0.9 ** t))) / (Math.sqrt(plain.v[k]! / (1 - 0.999 ** t)) + 1e-8);
      }
    }
    await trainer.release();
    expect(trainer.state.step).toBe(30);
    for (const [k, p] of plain.p.entries()) expect(trainer.state.parameters[k]).toBeCloseTo(p, 5);
  });

  it('goes on from a state to the same bits', async () => {
    const whole = await createTrainer(vector, squaredError, adam(), start());
    for (let step = 0; step < 6; step++) await whole.step(batch);
    const first = await createTrainer(vector, squaredError, adam(), start());
    for (let step = 0; step < 2; step++) await first.step(batch);
    const second = await createTrainer(vector, squaredError, adam(), structuredClone(first.state));
    for (let step = 0; step < 4; step++) await second.step(batch);
    expect(second.state).toEqual(whole.state);
    await Promise.all([whole, first, second].map(each => each.release()));
  });

  it('works in two sets of buffers, and allocates none', async () => {
    const trainer = await createTrainer(vector, squaredError, adam(), start());
    const seen = new Set<ArrayBufferLike>();
    for (let step = 0; step < 5; step++) {
      seen.add(trainer.state.parameters.buffer);
      await trainer.step(batch);
    }
    expect(seen.size).toBe(2);
    await trainer.release();
  });

  it('stops at a loss that is not finite, with the step, and keeps the state before it', async () => {
    const trainer = await createTrainer(vector, squaredError, adam(), start());
    await trainer.step(batch);
    const before = structuredClone(trainer.state);
    const bad = { ...batch, y: value('float32', Float32Array.of(0, Number.POSITIVE_INFINITY, 0), [3, 1]) };
    await expect(trainer.step(bad)).rejects.toThrow(/TRAINING_DIVERGED.*step 2.*got Infinity/);
    expect(trainer.state).toEqual(before);
    await trainer.release();
  });
});
