import { expect, it } from 'vitest';
import { chooseHead, type Examples, withViews } from '../../../../bench/quality/images/choose-head.ts';
import { random } from '../../../../models/random.ts';

const WIDTH = 64;

function made(rows: number, shift = 0.4): Omit<Examples, 'views'> {
  const draws = random(3);
  const labels = Int32Array.from({ length: rows }, (_, row) => row % 2);
  const vectors = Float32Array.from({ length: rows * WIDTH }, () => Math.abs(draws.normal()));
  for (let row = 0; row < rows; row++) vectors[row * WIDTH + labels[row]!]! += shift;
  return { vectors, labels, frames: 1, width: WIDTH, classes: 2 };
}

it('views that only repeat the examples are not taken; each example is judged by a head that has not seen it', {
  timeout: 60_000,
}, async () => {
  const examples = made(60);
  const { chosen, tried } = await chooseHead(
    { ...examples, views: { again: examples.vectors } },
    { seed: 1, steps: 40 },
  );
  expect(tried.map(({ views }) => views)).toEqual([[], ['again']]);
  expect(chosen.views).toEqual([]);
  expect(chosen.accuracy).toBeGreaterThan(0.5);
  expect(chosen.accuracy).toBeLessThan(1);
});

it('views that show what few noisy examples hide are taken', { timeout: 60_000 }, async () => {
  const examples = made(30, 2);
  const labelAt = (at: number) => Math.floor(at / WIDTH) % 2;
  const clear = Float32Array.from({ length: 30 * WIDTH }, (_, at) => Number(at % WIDTH === labelAt(at)));
  const { chosen, tried } = await chooseHead({ ...examples, views: { clear } }, { seed: 1, steps: 40 });
  expect(chosen).toEqual(tried[1]);
  expect(chosen.accuracy).toBeGreaterThan(tried[0]!.accuracy);
});

it('views stand behind the examples, row by row, with the same labels', () => {
  const examples = { ...made(4), views: { mirrored: new Float32Array(4 * WIDTH).fill(7) } };
  const { vectors, labels } = withViews(examples, ['mirrored'], [3, 0]);
  expect([...labels]).toEqual([1, 0, 1, 0]);
  expect([...vectors.subarray(0, WIDTH)]).toEqual([...examples.vectors.subarray(3 * WIDTH)]);
  expect([...vectors.subarray(2 * WIDTH)]).toEqual(new Array(2 * WIDTH).fill(7));
});
