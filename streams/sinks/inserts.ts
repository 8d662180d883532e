import type { Store } from '../../schemas/clickhouse.ts';
import { LIMITS } from '../../schemas/limits.ts';
import type { Refusal } from '../../schemas/topics/parse.ts';
import { admit } from '../admit.ts';
import type { TopicName } from '../graph.ts';
import type { Batch, StreamRecord } from '../kafka/bus.ts';
import { RowWriter } from '../row-binary.ts';
import type { Archive } from './rows.ts';

/** What a batch puts into its table. */
export interface Inserts {
  /** In the order in which they are made. */
  readonly all: readonly Insert[];
  /** Why the record is refused, if it is. */
  take(record: StreamRecord): Refusal | undefined;
}

/** One block of rows, as the bytes that are sent: the same in each try, and all that waits of them while ClickHouse is away. */
export interface Insert {
  /** Offsets of its first and its last record. */
  readonly first: number;
  readonly last: number;
  readonly rows: number;
  readonly bytes: number;
  /** @param name what ClickHouse's `system.query_log` says of it */
  into(store: Store, name: string): Promise<void>;
}

/** Whether the rows of a record have to begin another insert. They stay together, or a crash would lose some of them. */
export function isFull(insert: Insert | undefined): boolean {
  return insert === undefined || insert.rows >= LIMITS.rows_per_insert || insert.bytes >= LIMITS.insert_bytes;
}

/** What the rows of a batch take at first: most as much as their records. What lies ready for more would be waste in each of many small inserts. */
export function roomFor(records: readonly StreamRecord[]): number {
  const bytes = records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
  return Math.min(bytes, LIMITS.insert_bytes);
}

/** Where a record lies, and when the broker took it: columns of every table. */
interface Source {
  topic: string;
  partition: number;
  offset: number;
  recorded: number;
}

/** Of any topic, as its archive maps its records. */
export class RowInserts implements Inserts {
  readonly all: Rows[] = [];
  readonly #archive: Archive<unknown>;
  readonly #place: { topic: TopicName; partition: number };
  readonly #room_bytes: number;

  constructor(
    archive: Archive<unknown>,
    { topic, partition, records }: Pick<Batch, 'topic' | 'partition' | 'records'>,
  ) {
    this.#archive = archive;
    this.#place = { topic: topic as TopicName, partition };
    this.#room_bytes = roomFor(records);
  }

  take(record: StreamRecord): Refusal | undefined {
    const { key, value, timestamp_ms } = record;
    if (value === null && key !== null && this.#archive.withdrawn) {
      this.#add(this.#archive.withdrawn(key, timestamp_ms), record);
      return undefined;
    }
    const parsed = admit(this.#place.topic, record);
    if (!parsed.ok) return parsed.refusal;
    this.#add(this.#archive.rows(parsed.value), record);
    return undefined;
  }

  #add(rows: readonly object[], { offset, timestamp_ms }: StreamRecord): void {
    if (rows.length === 0) return;
    if (isFull(this.all.at(-1))) this.all.push(new Rows(this.#archive.table, offset, this.#room_bytes));
    this.all.at(-1)!.add(rows, { ...this.#place, offset, recorded: timestamp_ms });
  }
}

class Rows implements Insert {
  readonly first: number;
  last: number;
  rows = 0;
  readonly #table: string;
  readonly #written: RowWriter;

  constructor(table: string, first: number, room_bytes: number) {
    this.#table = table;
    this.first = first;
    this.last = first;
    this.#written = new RowWriter(room_bytes);
  }

  get bytes(): number {
    return this.#written.length;
  }

  add(rows: readonly object[], source: Source): void {
    for (const row of rows) this.#written.utf8(`${JSON.stringify(Object.assign(row, source))}\n`);
    this.rows += rows.length;
    this.last = source.offset;
  }

  into(store: Store, name: string): Promise<void> {
    return store.load(`INSERT INTO ${this.#table} FORMAT JSONEachRow`, this.#written.body(), { log_comment: name });
  }
}
