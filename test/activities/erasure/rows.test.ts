import { expect, it } from 'vitest';
import { scanRows } from '../../../activities/erasure/rows.ts';
import { USER_TABLES } from '../../../schemas/erasures.ts';
import { MemoryStore } from '../memory-ports.ts';

it('rows that an import has left on their way are found, and go by no erasure', async () => {
  const none = Object.fromEntries(
    [...Object.keys(USER_TABLES), 'feature_consistency'].map(table => [table, [{ n: '0' }]]),
  );
  const erasing = { erasure: 'e'.repeat(32), until_ms: 1 };
  const store = (n: string) => new MemoryStore({ ...none, system: [{ name: 'landing_0a1b' }], landing_0a1b: [{ n }] });
  expect(await scanRows(store('2'), erasing)).toEqual([
    { where: 'ClickHouse landing_0a1b, of an import that has not ended', count: 2, expires_ms: null },
  ]);
  expect(await scanRows(store('0'), erasing)).toEqual([]);
});
