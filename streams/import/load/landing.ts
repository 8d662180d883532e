import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { Store } from '../../../schemas/clickhouse.ts';
import { surely } from '../../surely.ts';
import type { Chunk } from './chunks.ts';
import type { ArchiveFile } from './files.ts';
import { LANDING, landLines, landParquet } from './plain-sql.ts';

/** Rows keep their order, by which they are numbered. */
const IN_ORDER = { max_threads: 1, max_insert_threads: 1, input_format_parquet_preserve_order: 1 };

/** Lists with their vectors are some 10 KB each. */
const PAGE = 5_000;

/** Rows from one up to another. */
export interface Range {
  from: number;
  end: number;
}

/** The table in which a file's rows are, between ClickHouse's reading and the verdict. */
export class Landing {
  readonly #store: Store;
  readonly #file: ArchiveFile;
  readonly #table: string;

  constructor(store: Store, file: ArchiveFile) {
    this.#store = store;
    this.#file = file;
    this.#table = `landing_${file.topic.slice('import.'.length)}`;
  }

  /** Empty, whatever was left in it. */
  async make(): Promise<void> {
    await this.drop();
    await this.#store.command(`CREATE TABLE ${this.#table} (${LANDING}) ENGINE = MergeTree ORDER BY row`);
  }

  async drop(): Promise<void> {
    await this.#store.command(`DROP TABLE IF EXISTS ${this.#table}`);
  }

  /** How many rows are in it; 0 where there is no such table. */
  async rows(): Promise<number> {
    const [table] = await this.#store.query<{ rows: string }>(
      'SELECT total_rows AS rows FROM system.tables WHERE database = currentDatabase() AND name = {table:String}',
      { table: this.#table },
    );
    return Number(table?.rows ?? 0);
  }

  async takeLines({ first, body }: Chunk, now_ms: number): Promise<void> {
    const sql = landLines({ table: this.#table, first, now_ms });
    await this.#store.load(sql, Readable.from([body]), IN_ORDER);
  }

  /** @returns false where the signal aborted meanwhile */
  async takeParquet(now_ms: number, signal: AbortSignal): Promise<boolean> {
    const body = createReadStream(this.#file.path, { highWaterMark: 1024 * 1024 });
    const giveUp = () => void body.destroy(new Error('stopped'));
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      const sql = landParquet({ table: this.#table, first: 0, now_ms });
      await this.#store.load(sql, body, IN_ORDER);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
    return !signal.aborted;
  }

  /**
   * Puts the plain ones into `events`, but for those that are there.
   *
   * @param mayBeThere whoever was here before may have moved them; so may a try whose outcome is unknown
   * @returns how many they are
   */
  async moveEvents({ from, end }: Range, mayBeThere: boolean): Promise<number> {
    const { topic } = this.#file;
    const these = `FROM ${this.#table} WHERE plain AND row >= ${from} AND row < ${end}`;
    // When the shop's broker took them is not known: they count as in time.
    const insert = (but: string) => `INSERT INTO events
        (id, type, at, user, session, item, list, position, surface, query, value, currency, topic, partition, offset,
         recorded)
      SETTINGS max_insert_threads = 1
      SELECT id, type, fromUnixTimestamp64Milli(at_ms), user, session, item, list, position, surface, query, value,
        currency, '${topic}', 0, row, fromUnixTimestamp64Milli(at_ms)
      ${these} ${but} ORDER BY row`;
    const absent = `AND row NOT IN
      (SELECT offset FROM events WHERE topic = '${topic}' AND offset >= ${from} AND offset < ${end})`;
    await surely(attempt => this.#store.command(insert(mayBeThere || attempt > 1 ? absent : '')));
    const [moved] = await surely(() => this.#store.query<{ n: string }>(`SELECT count() AS n ${these}`));
    return Number(moved!.n);
  }

  /** The others, as they were, page by page: whoever takes his time over them keeps no answer waiting. */
  async *doubtful({ from, end }: Range): AsyncGenerator<{ row: number; raw: string }> {
    const sql = `SELECT toUInt32(row) AS row, raw FROM ${this.#table}
      WHERE NOT plain AND row >= {from:UInt64} AND row < {end:UInt64} ORDER BY row LIMIT ${PAGE}`;
    for (let next = from; ; ) {
      const rows = await surely(() => this.#store.query<{ row: number; raw: string }>(sql, { from: next, end }));
      yield* rows;
      if (rows.length < PAGE) return;
      next = rows.at(-1)!.row + 1;
    }
  }
}
