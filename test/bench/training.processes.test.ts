import { expect, it } from 'vitest';
import { benchTraining } from '../../bench/speed/training.ts';
import { openSide } from '../../bench/training/side.ts';

it('measures our side alone where Python has no PyTorch', async () => {
  const { torch, rows } = await benchTraining({ rounds: 1, seconds: 0.05, python: '/no/python' });
  expect(torch).toBeNull();
  for (const row of rows) {
    expect(row).toMatchObject({ torch: null, ratio: null });
    expect(row.ours).toBeGreaterThan(0);
  }
});

it('says what a side wrote that ended instead of answering', async () => {
  await expect(openSide(process.execPath, ['-e', 'console.error("no such model"); process.exit(3)'])).rejects.toThrow(
    'no such model',
  );
});
