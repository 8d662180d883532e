import { forgeryIn } from '../../models/privacy/signed-erasure.ts';
import type { Store } from '../../schemas/clickhouse.ts';
import type { Refusal } from '../../schemas/topics/parse.ts';
import { FIELD, type Field, PlainEvent } from '../../schemas/topics/plain-event.ts';
import { admit } from '../admit.ts';
import type { Batch, StreamRecord } from '../kafka/bus.ts';
import { isPlain } from '../plain.ts';
import { RowWriter } from '../row-binary.ts';
import { type Insert, type Inserts, isFull, roomFor } from './inserts.ts';
import { type EventRow, eventRows } from './rows.ts';

const TOPIC = 'shop.events';
/** It stands in each row. */
const TOPIC_BYTES = Buffer.from(TOPIC);
const TEXTS = [
  'id',
  'type',
  'user',
  'session',
  'item',
  'list',
  'surface',
  'query',
  'currency',
] as const satisfies Field[];
const PLACES = TEXTS.map(name => FIELD[name]);
const COLUMNS = [
  ...[...TEXTS, 'target', 'teaches', 'at', 'position', 'value'],
  ...['topic', 'partition', 'offset', 'recorded'],
];

/**
 * Of events, which are more than all others together: a plain one goes from the bytes of its record to those of the
 * insert, and is neither parsed nor written as JSON.
 */
export class EventInserts implements Inserts {
  readonly all: Events[] = [];
  readonly #partition: number;
  readonly #event = new PlainEvent();
  /** A row takes less than its record. */
  readonly #room_bytes: number;
  readonly #keys: string;

  /** @param keys the directory of those by which erasures are signed */
  constructor({ partition, records }: Pick<Batch, 'partition' | 'records'>, keys: string) {
    this.#keys = keys;
    this.#partition = partition;
    this.#room_bytes = roomFor(records);
  }

  take(record: StreamRecord): Refusal | undefined {
    if (isPlain(this.#event, record) && PLACES.every(field => this.#event.isAscii(field))) {
      this.#open(record.offset).addPlain(this.#event, record, this.#partition);
      return undefined;
    }
    const parsed = admit(TOPIC, record);
    if (!parsed.ok) return parsed.refusal;
    const forgery = forgeryIn(this.#keys, parsed.value, record.timestamp_ms);
    if (forgery) return forgery;
    for (const row of eventRows(parsed.value)) this.#open(record.offset).add(row, record, this.#partition);
    return undefined;
  }

  #open(offset: number): Events {
    if (isFull(this.all.at(-1))) this.all.push(new Events(offset, this.#room_bytes));
    return this.all.at(-1)!;
  }
}

class Events implements Insert {
  readonly first: number;
  last: number;
  rows = 0;
  readonly #written: RowWriter;

  constructor(first: number, room_bytes: number) {
    this.first = first;
    this.last = first;
    this.#written = new RowWriter(room_bytes);
  }

  get bytes(): number {
    return this.#written.length;
  }

  add(row: EventRow, record: StreamRecord, partition: number): void {
    for (const name of TEXTS) this.#written.text(row[name]);
    this.#written.text(row.target);
    this.#written.flag(row.teaches);
    this.#rest(row.at, row.position, row.value, record, partition);
  }

  addPlain(event: PlainEvent, record: StreamRecord, partition: number): void {
    for (const field of PLACES) {
      if (event.has(field)) this.#written.slice(event.bytes, event.from[field]!, event.to[field]!);
      else this.#written.text('');
    }
    this.#written.text(''); // a plain event has no target,
    this.#written.flag(true); // and withholds nothing
    this.#rest(event.at_ms, orNone(event.position), orNone(event.value), record, partition);
  }

  #rest(
    at_ms: number,
    position: number | null,
    value: number | null,
    { offset, timestamp_ms }: StreamRecord,
    partition: number,
  ): void {
    const body = this.#written;
    body.int64(at_ms);
    body.uint16OrNone(position);
    body.floatOrNone(value);
    body.slice(TOPIC_BYTES, 0, TOPIC_BYTES.length);
    body.uint16(partition);
    body.int64(offset);
    body.int64(timestamp_ms);
    this.rows++;
    this.last = offset;
  }

  into(store: Store, name: string): Promise<void> {
    const sql = `INSERT INTO events (${COLUMNS.join(', ')}) FORMAT RowBinary`;
    return store.load(sql, this.#written.body(), { log_comment: name });
  }
}

const orNone = (number: number): number | null => (Number.isNaN(number) ? null : number);
