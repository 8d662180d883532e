import { expect, it } from 'vitest';
import { OPS } from '../../../models/graph/ops/index.ts';
import { input, type Tensor } from '../../../models/graph/tensor.ts';
import { ordered } from '../../../models/graph/walk.ts';
import { random } from '../../../models/random.ts';
import { ACTIVATIONS } from './gradients/activations.ts';
import { type Case, type Cases, derivatives, expressionOf, PRECISION } from './gradients/case.ts';
import { COMPOSED } from './gradients/composed.ts';
import { ELEMENTWISE } from './gradients/elementwise.ts';
import { INDEXING } from './gradients/indexing.ts';
import { LAYOUT } from './gradients/layout.ts';
import { LOGIC } from './gradients/logic.ts';
import { LOSSES } from './gradients/losses.ts';
import { MATRIX } from './gradients/matrix.ts';
import { NORMALISATION } from './gradients/normalisation.ts';
import { REDUCTIONS } from './gradients/reductions.ts';
import { WINDOWS } from './gradients/windows.ts';
import { describeOnEach } from './providers.ts';

/** A line for each operation, and for each form in which its gradient is another one. */
const CASES: Cases = {
  ...ELEMENTWISE,
  ...ACTIVATIONS,
  ...LOGIC,
  ...MATRIX,
  ...REDUCTIONS,
  ...NORMALISATION,
  ...LAYOUT,
  ...INDEXING,
  ...WINDOWS,
  ...LOSSES,
  ...COMPOSED,
};
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
  const seen = new Set(Object.values(CASES).flatMap(opsOf));
  const differentiable = Object.keys(OPS).filter(op => OPS[op]!.gradient);
  expect(differentiable.filter(op => !seen.has(op))).toEqual([]);
});

function opsOf(each: Case): string[] {
  const { shapes, of, dtype = 'float64' } = expressionOf(each, random(1));
  const inputs = shapes.map((shape, place) => input(`x${place}`, dtype, shape));
  const y: Tensor = of(...(inputs as Parameters<typeof of>));
  return ordered([y]).flatMap(({ origin }) => (origin.kind === 'output' ? [origin.node.op] : []));
}
