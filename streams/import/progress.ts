import { z } from 'zod';
import type { Store } from '../../schemas/clickhouse.ts';
import { surely } from '../surely.ts';

const count = z.int().nonnegative();

/** How far a file is loaded: everything before is in the tables, and in the dead letters. */
export const Loaded = z.object({
  /** Rows of the file, and for lines how many bytes of its text they are. */
  rows: count,
  bytes: count,
  /** A Parquet file lands whole; 0 where it has not. */
  landed: count,
  events: count,
  products: count,
  lists: count,
  skipped: count,
  refused: count,
  /** When the file was first met: what is dated ahead of it is refused, also by whoever goes on. */
  begun_ms: count,
  done: z.boolean(),
});
export type Loaded = z.infer<typeof Loaded>;

/** The topics of all files that are loaded whole. */
export async function loadedImports(store: Store): Promise<string[]> {
  const sql = `SELECT work FROM imports FINAL WHERE startsWith(work, 'import.') AND JSONExtractBool(state, 'done')
    AND JSONExtractUInt(state, 'events') > 0 ORDER BY work`;
  const rows = await surely(() => store.query<{ work: string }>(sql));
  return rows.map(({ work }) => work);
}

/** How far the examples of some files are made. */
export const Made = z.object({
  /** Which part of the users is in work. */
  part: count,
  /** Every list of that part from before this time is done. */
  until_ms: count,
  lists: count,
  rows: count,
  done: z.boolean(),
});
export type Made = z.infer<typeof Made>;

/** Notes in ClickHouse, beside what they tell of: whoever imports the same files again goes on from there. */
export class Notes<S extends object> {
  readonly #store: Store;
  readonly #schema: z.ZodType<S>;

  constructor(store: Store, schema: z.ZodType<S>) {
    this.#store = store;
    this.#schema = schema;
  }

  async read(work: string, otherwise: S): Promise<Noted<S>> {
    const [row] = await this.#store.query<{ state: string; step: string }>(
      'SELECT state, step FROM imports FINAL WHERE work = {work:String}',
      { work },
    );
    const state = row ? this.#schema.parse(JSON.parse(row.state)) : otherwise;
    let step = Number(row?.step ?? 0);
    return {
      state,
      write: async () => {
        step += 1;
        const row = { work, step, state: JSON.stringify(state) };
        await surely(() => this.#store.insert('imports', [row]));
      },
    };
  }
}

export interface Noted<S> {
  /** Changed in place, then written. */
  state: S;
  write(): Promise<void>;
}
