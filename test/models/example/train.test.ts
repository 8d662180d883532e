import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exampleDataset } from '../../../models/example/dataset.ts';
import { trainExample } from '../../../models/example/train.ts';
import { openSession, value } from '../../../models/graph/runtime.ts';

const fixture = new URL('../graph/fixtures/torch-seed.json', import.meta.url);
const torch = JSON.parse(readFileSync(fixture, 'utf8')) as { losses: number[] };

describe('training the example', () => {
  it('from the same start on the same batches, has the loss of PyTorch at every step', async () => {
    const losses: number[] = [];
    const { steps } = await trainExample({}, { onSteps: seen => losses.push(...seen) });
    expect(steps).toBe(torch.losses.length);
    const away = torch.losses.map((loss, step) => Math.abs(losses[step]! - loss));
    expect(losses.length).toBe(torch.losses.length);
    expect(Math.max(...away)).toBeLessThan(1e-4);
  });

  it('gives a file that knows most of the examples', async () => {
    const { model, accuracy } = await trainExample();
    expect(accuracy).toBeGreaterThan(0.9);
    const session = await openSession(model);
    const { features } = exampleDataset();
    const { probabilities } = await session.run({ features: value('float32', features.subarray(0, 200), [2, 100]) });
    await session.release();
    expect(probabilities!.dims).toEqual([2, 10]);
    expect((probabilities!.data as Float32Array).reduce((a, b) => a + b, 0)).toBeCloseTo(2, 4);
  });
});
