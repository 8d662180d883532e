import { describe, expect, it } from 'vitest';
import { MovingAverage } from '../../../../../models/graph/training/descent/average.ts';
import fc from '../../../../properties.ts';

describe('a moving average of parameters', () => {
  it('is the sum of the past with weights that fall by its decay and add up to 1', () => {
    const past = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(past, fc.double({ min: 0, max: 0.999, noNaN: true }), (values, decay) => {
        const average = MovingAverage.of(1, decay);
        for (const value of values) average.follow(Float32Array.of(value));
        const t = values.length;
        const weights = values.map((_, at) => ((1 - decay) * decay ** (t - 1 - at)) / (1 - decay ** t));
        expect(weights.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
        expect(average.values[0]).toBeCloseTo(
          values.reduce((sum, value, at) => sum + value * weights[at]!, 0),
          4,
        );
      }),
    );
  });

  it('begins with the first parameters, not with zeros', () => {
    const average = MovingAverage.of(2);
    average.follow(Float32Array.of(3, -4));
    expect(average.values).toEqual(Float32Array.of(3, -4));
  });

  it('goes on from a state to the same bits', () => {
    const at = (step: number) => Float32Array.from({ length: 5 }, (_, k) => Math.sin(step * 5 + k));
    const whole = MovingAverage.of(5, 0.9);
    for (let step = 0; step < 6; step++) whole.follow(at(step));
    const first = MovingAverage.of(5, 0.9);
    for (let step = 0; step < 3; step++) first.follow(at(step));
    const second = new MovingAverage(structuredClone(first.state), 0.9);
    for (let step = 3; step < 6; step++) second.follow(at(step));
    expect(second.state).toEqual(whole.state);
  });

  it('refuses parameters of another size', () => {
    expect(() => MovingAverage.of(3).follow(new Float32Array(2))).toThrow(/INPUT_INVALID.*3 parameters; got 2/);
  });
});
