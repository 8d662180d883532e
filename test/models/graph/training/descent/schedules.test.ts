import { describe, expect, it } from 'vitest';
import { adam } from '../../../../../models/graph/training/descent/optimisers.ts';
import {
  constantRate,
  cosineDecay,
  inverseSqrtDecay,
  linearDecay,
  type Schedule,
  scheduled,
  stepDecay,
  warmUp,
} from '../../../../../models/graph/training/descent/schedules.ts';
import fc from '../../../../properties.ts';

const at = (schedule: Schedule, ...steps: number[]) => steps.map(step => schedule(step));
const close = (values: number[]) => values.map(each => expect.closeTo(each, 10));

describe('schedules', () => {
  it.each<[string, Schedule, number[], number[]]>([
    ['constant', constantRate(), [1, 1_000], [1, 1]],
    ['warm-up', warmUp(4), [1, 2, 4, 5, 99], [0.25, 0.5, 1, 1, 1]],
    ['linear', linearDecay(10, 0.2), [0, 5, 10, 99], [1, 0.6, 0.2, 0.2]],
    ['cosine', cosineDecay(12), [0, 4, 6, 8, 12, 99], [1, 0.75, 0.5, 0.25, 0, 0]],
    ['cosine to an end', cosineDecay(10, 0.1), [5, 10], [0.55, 0.1]],
    ['steps', stepDecay(3, 0.5), [1, 3, 4, 6, 7], [1, 1, 0.5, 0.5, 0.25]],
    ['warm-up, then linear', warmUp(2, linearDecay(4)), [1, 2, 3, 4, 6, 7], [0.5, 1, 0.75, 0.5, 0, 0]],
  ])('%s', (_, schedule, steps, factors) => {
    expect(at(schedule, ...steps)).toEqual(close(factors));
  });

  it('warm-up and inverse square root are the schedule of the transformer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 50_000 }), (n, step) => {
        const vaswani = Math.min(step ** -0.5, step * n ** -1.5) * Math.sqrt(n);
        expect(warmUp(n, inverseSqrtDecay(n))(step)).toBeCloseTo(vaswani, 10);
      }),
    );
  });

  it('multiply the rate of an optimiser, and leave the rest to it', () => {
    const plain = adam({ rate: 0.01 });
    const warmed = scheduled(plain, warmUp(10));
    expect(warmed.schedule(5)).toEqual({ ...plain.schedule(5), rate: plain.schedule(5).rate / 2 });
    expect(warmed.schedule(10)).toEqual(plain.schedule(10));
    expect(warmed.slots).toEqual(plain.slots);
  });
});
