import { expect, it } from 'vitest';
import { OPS } from '../../../models/graph/ops/index.ts';
import { random } from '../../../models/random.ts';
import { derivatives, expressionOf, nodesOf, PRECISION } from './gradients/case.ts';
import { CASES } from './gradients/index.ts';
import { describeOnEach } from './providers.ts';

const SEEDS = [1, 2, 3, 4];

describeOnEach('gradients agree with central differences along a random direction', provider => {
  it.each(Object.entries(CASES))('%s', async (_, each) => {
    for (const seed of SEEDS) {
      const { analytic, numeric } = await derivatives(each, seed, provider);
      const { dtype = 'float64', tolerance = PRECISION[dtype].tolerance } = expressionOf(each, random(seed));
      expect(Math.abs(analytic - numeric), `seed ${seed}: ${analytic} and ${numeric}`).toBeLessThan(
        tolerance * Math.max(1, Math.abs(numeric)),
      );
    }
  });
});

it('there is a case for each operation that has a gradient', () => {
  const seen = new Set(Object.values(CASES).flatMap(each => nodesOf(each, 1).map(({ op }) => op)));
  const differentiable = Object.keys(OPS).filter(op => OPS[op]!.gradient);
  expect(differentiable.filter(op => !seen.has(op))).toEqual([]);
});
