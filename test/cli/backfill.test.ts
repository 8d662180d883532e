import { describe, expect, it } from 'vitest';
import { backfill, inWords } from '../../cli/features/backfill.ts';
import { readConfig } from '../../schemas/settings/config.ts';
import type { BackfillStanding } from '../../workflows/clients/backfill.ts';

describe('a backfill', () => {
  it.each([
    [[], false],
    [['user.clicks.1d'], true],
  ])('is of features that are named or of all sums, not of %j with --all %j', async (names, all) => {
    const asked = backfill(readConfig({}), names, { all, anyway: false });
    await expect(asked).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });

  it('is told in words, however it ended', () => {
    const parts = { done: 3, of: 8 };
    const rebuilding = {
      features: [],
      began_ms: 1,
      step: 'rebuild',
      parts,
      comparison: null,
      switched: false,
    } as const;
    const told = (more: Partial<BackfillStanding>) =>
      inWords({ ...rebuilding, state: 'running', ...more, features: more.features ?? [] });
    expect(told({})).toBe('all sums: rebuild, 3 of 8 partitions');
    expect(told({ state: 'failed' })).toBe('all sums: rebuild, 3 of 8 partitions (failed)');
    expect(told({ state: 'completed', switched: true })).toBe('all sums: serves');
    expect(told({ state: 'completed', features: ['user.clicks.1d'] })).toMatch(/^user.clicks.1d: refused/);
  });
});
