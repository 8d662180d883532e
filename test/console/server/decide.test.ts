import { expect, it } from 'vitest';
import { decideAndNote } from '../../../console/server/decide.ts';
import type { RowStore } from '../../../schemas/clickhouse.ts';
import { TemperError } from '../../../schemas/errors.ts';
import type { TemporalClient } from '../../../workflows/clients/client.ts';

const ASKED = { surface: 'home', verb: 'rollback', by: 'anna', reason: 'empty lists' } as const;
const SESSION = { role: 'operator', id: 's-1', until_ms: 1 } as const;

/** Temporal as it is when it is gone; it counts what was asked of it. */
function gone() {
  let times = 0;
  const getHandle = () => {
    times++;
    throw new Error('no connection');
  };
  return { client: { temporal: { workflow: { getHandle } } } as unknown as TemporalClient, times: () => times };
}

function storeThat(insert: RowStore['insert']): RowStore {
  return { insert } as RowStore;
}

it('nothing is done that can’t be written down first', async () => {
  const down = new TemperError('UNREACHABLE', { where: 'ClickHouse' });
  const { client, times } = gone();
  const store = storeThat(() => Promise.reject(down));
  await expect(decideAndNote(store, client, ASKED, SESSION)).rejects.toThrow(down);
  expect(times()).toBe(0);
});

it('what fails is written down too, by the session that asked for it', async () => {
  const rows: Record<string, unknown>[] = [];
  const tokens: (string | undefined)[] = [];
  const store = storeThat(async (table, more, token) => {
    expect(table).toBe('console_deeds');
    rows.push(...(more as Record<string, unknown>[]));
    tokens.push(token);
  });
  const { client, times } = gone();
  await expect(decideAndNote(store, client, ASKED, SESSION)).rejects.toThrow('no connection');
  expect(times()).toBe(1);
  expect(rows.map(({ outcome }) => outcome)).toEqual(['asked', 'failed']);
  expect(rows[1]).toMatchObject({
    session: 's-1',
    role: 'operator',
    deed: 'rollback',
    by: 'anna',
    reason: 'empty lists',
  });
  expect(rows[1]!.id).toBe(rows[0]!.id);
  expect(new Set(tokens).size).toBe(2);
});
