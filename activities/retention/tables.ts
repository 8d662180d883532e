import type { RowStore } from '../../schemas/clickhouse.ts';
import { RETAINED_TABLES, type RetainedRows, type Retention } from '../../schemas/policies/retention.ts';

/** How long a table keeps its rows. */
export interface TableRetention {
  class: RetainedRows;
  table: string;
  /** As the policy wants it, and as the table has it; null: for ever. */
  wanted: string | null;
  found: string | null;
}

/** What each table is told, and what it should be. */
export async function tableRetention(store: RowStore, retention: Retention): Promise<TableRetention[]> {
  const rows = await store.query<{ name: string; engine: string }>(
    'SELECT name, engine_full AS engine FROM system.tables WHERE database = currentDatabase()',
  );
  const engines = new Map(rows.map(({ name, engine }) => [name, engine]));
  return (Object.keys(RETAINED_TABLES) as RetainedRows[]).flatMap(kind =>
    Object.entries(RETAINED_TABLES[kind]).map(([table, column]) => {
      const days = retention[kind];
      const wanted = days === null ? null : ttlOf(column, days);
      return {
        class: kind,
        table,
        wanted,
        found: /\bTTL (.+?)(?: SETTINGS |$)/.exec(engines.get(table) ?? '')?.[1] ?? null,
      };
    }),
  );
}

/** As ClickHouse spells it. Days may be parts of some: they are counted in hours then. */
function ttlOf(column: string, days: number): string {
  const interval = Number.isInteger(days) ? `toIntervalDay(${days})` : `toIntervalHour(${Math.ceil(24 * days)})`;
  return `toDateTime(${column}) + ${interval}`;
}

/**
 * Tells tables how long they keep rows; what they are told already is left. Rows that are too old go with the next merge of
 * their part, as ClickHouse makes them, by a mutation where the time has changed.
 *
 * @returns the tables that were told
 */
export async function retainTables(store: RowStore, retention: Retention): Promise<string[]> {
  const told: string[] = [];
  for (const { table, wanted, found } of await tableRetention(store, retention)) {
    await keepPlace(store, table);
    if (wanted === found) continue;
    await store.command(`ALTER TABLE ${table} ${wanted === null ? 'REMOVE TTL' : `MODIFY TTL ${wanted}`}`);
    told.push(table);
  }
  return told;
}

/** A sink begins behind the last row of its table: once that may have gone, its place has to stand elsewhere. */
async function keepPlace(store: RowStore, table: string): Promise<void> {
  if (table.startsWith('erasure')) return;
  await store.command(
    `INSERT INTO sink_progress SELECT topic, partition, max(offset) + 1, now64(3) FROM ${table}
     WHERE topic NOT LIKE 'import.%' GROUP BY topic, partition`,
  );
}
