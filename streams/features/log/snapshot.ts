/**
 * All keys of a bucket with their states, packed, and what of the log they contain. Cells stand under the names of their
 * aggregates (hashes of these), so that a snapshot can be read whatever was declared when it was written.
 *
 * ```
 * byte version, bucket, log, number of sources, for each: source, next
 * number of aggregates, for each: hash of its name, number of cells; number of keys, for each:
 *   key, at_ms, number of cells that are not 0, for each: 2 * (place - the one before) + (1 if whole), value
 *   of users: number of recent events, for each: byte type, at_ms, hash of the id, session, item;
 *     number of items touched, for each: byte type, at_ms, item; number of ids, their hashes
 * ```
 */
import type { Cells, Reducer } from '../../../models/features/aggregates/reducer.ts';
import { hash32 } from '../../../models/hash.ts';
import { TemperError } from '../../../schemas/errors.ts';
import { ByteReader, type ByteWriter } from './bytes.ts';

const VERSION = 1;
/** By the hash of its key each key of a partition is in one of these. */
export const BUCKETS = 256;

/** What a snapshot contains: all of the log that lies below these offsets of its sources. */
export interface SnapshotHead {
  bucket: number;
  /** From this offset of the log on there is what it does not contain. */
  log: number;
  next: readonly (readonly [source: number, next: number])[];
}

export interface Snapshot<S> extends SnapshotHead {
  entries: (readonly [key: string, state: S])[];
}

/** What a state has beside its cells. */
export interface StateFormat<S> {
  reducer: Reducer;
  write(out: ByteWriter, state: S): void;
  read(bytes: ByteReader, cells: Cells, names: Names): S;
}

export function bucketOf(key: string): number {
  return hash32(key) % BUCKETS;
}

export function writeSnapshot<S extends Cells>(
  out: ByteWriter,
  { reducer, write }: StateFormat<S>,
  head: SnapshotHead,
  entries: readonly { readonly key: string; readonly state: S }[],
): Buffer {
  out.byte(VERSION);
  out.whole(head.bucket);
  out.whole(head.log);
  out.whole(head.next.length);
  for (const [source, next] of head.next) {
    out.whole(source);
    out.whole(next);
  }
  const { declared, places } = reducer;
  out.whole(declared.length);
  for (const [n, { name }] of declared.entries()) {
    out.whole(hash32(name));
    out.whole(places[n + 1]! - places[n]!);
  }
  out.whole(entries.length);
  for (const { key, state } of entries) {
    out.text(key);
    out.whole(state.at_ms);
    writeCells(out, state.cells);
    write(out, state);
  }
  return out.take();
}

/** @throws RECORD_REFUSED where it is no snapshot */
export function readSnapshot<S extends Cells>(
  record: Buffer,
  format: StateFormat<S>,
  names = new Names(),
): Snapshot<S> {
  const bytes = new ByteReader(record);
  const { bucket, log, next } = readHead(bytes);
  const places = readLayout(bytes, format.reducer);
  const width = format.reducer.places.at(-1)!;
  const entries = Array.from({ length: bytes.whole() }, () => {
    const key = bytes.text();
    const at_ms = bytes.whole();
    const cells = readCells(bytes, places, width);
    return [key, format.read(bytes, { at_ms, cells }, names)] as const;
  });
  return { bucket, log, next, entries };
}

/** What a snapshot contains, without its states. */
export function readSnapshotHead(record: Buffer): SnapshotHead {
  return readHead(new ByteReader(record));
}

function readHead(bytes: ByteReader): SnapshotHead {
  const version = bytes.byte();
  if (version !== VERSION) {
    throw new TemperError('RECORD_REFUSED', {
      where: 'a snapshot of features',
      expected: `version ${VERSION}`,
      got: `${version}`,
      next: 'It was written by a newer Temper: start that one, or delete the topics features.*',
    });
  }
  const bucket = bytes.whole();
  const log = bytes.whole();
  const next = Array.from({ length: bytes.whole() }, () => [bytes.whole(), bytes.whole()] as const);
  return { bucket, log, next };
}

/** For each cell of the record its place among those of today, -1 where there is none: declared no more, or changed. */
function readLayout(bytes: ByteReader, { declared, places }: Reducer): Int32Array {
  const today = new Map(declared.map(({ name }, n) => [hash32(name), n]));
  const found: number[] = [];
  for (let left = bytes.whole(); left > 0; left--) {
    const n = today.get(bytes.whole());
    const size = bytes.whole();
    const at = n !== undefined && places[n + 1]! - places[n]! === size ? places[n]! : -1;
    for (let cell = 0; cell < size; cell++) found.push(at < 0 ? -1 : at + cell);
  }
  return Int32Array.from(found);
}

function writeCells(out: ByteWriter, cells: Float64Array): void {
  let used = 0;
  for (let c = 0; c < cells.length; c++) if (cells[c] !== 0) used++;
  out.whole(used);
  let before = 0;
  for (let c = 0; c < cells.length; c++) {
    const value = cells[c]!;
    if (value === 0) continue;
    const whole = value > 0 && Number.isSafeInteger(value);
    out.whole(2 * (c - before) + (whole ? 1 : 0));
    before = c;
    if (whole) out.whole(value);
    else out.float(value);
  }
}

function readCells(bytes: ByteReader, places: Int32Array, width: number): Float64Array {
  const cells = new Float64Array(width);
  let c = 0;
  for (let left = bytes.whole(); left > 0; left--) {
    const step = bytes.whole();
    c += step >>> 1;
    const value = step & 1 ? bytes.whole() : bytes.float();
    const place = places[c]!;
    if (place >= 0) cells[place] = value;
  }
  return cells;
}

/** Each text once in memory, for those that many states hold. */
export class Names {
  readonly #held = new Map<string, string>();

  /** The text as it is held: a copy of its own, not a part of a longer one. */
  of(text: string): string {
    let held = this.#held.get(text);
    if (held === undefined) {
      held = ownCopy(text);
      this.#held.set(held, held);
    }
    return held;
  }
}

/** V8 lets a part of a text hold on to the whole. */
export function ownCopy(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}
