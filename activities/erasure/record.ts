import { z } from 'zod';
import type { RowStore } from '../../schemas/clickhouse.ts';
import { type Deeds, ErasureId } from '../../schemas/erasures.ts';
import { at_ms } from '../../schemas/topics/events.ts';
import { deleteRows } from './deletion.ts';

export const RecordErasure = z.object({
  erasure: ErasureId,
  asked_ms: at_ms,
  until_ms: at_ms,
  by: z.string(),
  reason: z.string(),
  state: z.enum(['expiring', 'erased', 'incomplete']),
  /** Where something is left. */
  left: z.array(z.string()),
  at_ms,
});
export type RecordErasure = z.infer<typeof RecordErasure>;

/** Notes what is about to be done: whoever does it again after a death may find nothing any more to count. */
export async function noteDeeds(
  store: RowStore,
  erasure: string,
  kind: 'rows' | 'records' | 'snapshot' | 'model',
  names: readonly string[],
  count = 1,
): Promise<void> {
  const rows = names.map(name => ({ erasure, at: Date.now(), kind, name, count }));
  await store.insert('erasure_deeds', rows);
}

/** What was done, as it was noted: the most that was seen of each at a time. */
export async function deedsOf(store: RowStore, erasure: string): Promise<Deeds> {
  const rows = await store.query<{ kind: string; name: string; most: string }>(
    `SELECT kind, name, max(count) AS most FROM erasure_deeds WHERE erasure = {erasure:String}
     GROUP BY kind, name ORDER BY kind, name`,
    { erasure },
  );
  const of = (kind: string) => rows.filter(row => row.kind === kind);
  const counts = (kind: string) => Object.fromEntries(of(kind).map(({ name, most }) => [name, Number(most)]));
  return {
    rows: counts('rows'),
    records: counts('records'),
    snapshots: of('snapshot').map(({ name }) => name),
    models: of('model').map(({ name }) => name),
  };
}

/** Of some models those that had been trained on what somebody did who was erased since, and how many that are. */
export async function knewErased(
  store: Pick<RowStore, 'query'>,
  models: readonly string[],
): Promise<{ model: string; users: number }[]> {
  const rows = await store.query<{ model: string; users: string }>(
    `SELECT name AS model, uniqExact(erasure) AS users FROM erasure_deeds
     WHERE kind = 'model' AND name IN {models:Array(String)} GROUP BY model ORDER BY model`,
    { models },
  );
  return rows.map(({ model, users }) => ({ model, users: Number(users) }));
}

/**
 * The audit row, which says by the hash when what was erased, and for whom. Once it says `erased`, nobody's id is left
 * here either. Until then whoever asks again needs the traces: the rows from which they were made are gone.
 */
export async function recordErasure(store: RowStore, record: RecordErasure): Promise<Deeds> {
  const { erasure, asked_ms: asked, until_ms: until, at_ms: at, ...said } = record;
  const row = { erasure, asked, until, at, ...said };
  await store.insert('erasures', [row]);
  if (record.state === 'erased') {
    for (const table of ['erasure_traces', 'erasures_open']) {
      await deleteRows(store, table, `erasure = '${erasure}'`, erasure);
    }
  }
  return deedsOf(store, erasure);
}
