/**
 * All keys of a bucket with their states, packed, and what of the log they contain. Cells stand under the names of their
 * aggregates (hashes of these), so that a snapshot can be read whatever was declared when it was written.
 *
 * ```
 * byte version, bucket, log, generation (from version 3 on), number of sources, for each: source, next
 * number of aggregates, for each: hash of its name, number of cells; number of keys, for each:
 *   number of bytes that follow of it (from version 2 on),
 *   key, at_ms, number of cells that are not 0, for each: 2 * (place - the one before) + (1 if whole), value
 *   of users: number of recent events, for each: byte type, at_ms, hash of the id, session, item;
 *     number of items touched, for each: byte type, at_ms, item; number of ids, their hashes
 * ```
 */
import type { Cells, Reducer } from '../../../models/features/aggregates/reducer.ts';
import { hash32 } from '../../../models/hash.ts';
import { TemperError } from '../../../schemas/errors.ts';
import { ByteReader, type ByteWriter } from './bytes.ts';
import { Names } from './keys/names.ts';

const VERSION = 3;
const OF_ONE_GENERATION = 2;
const UNSIZED = 1;
/** By the hash of its key each key of a partition is in one of these. */
export const BUCKETS = 256;

/** What a snapshot contains: all of the log that lies below these offsets of its sources. */
export interface SnapshotHead {
  bucket: number;
  /** From this offset of the log on there is what it does not contain. */
  log: number;
  /** How often all states had been rebuilt from the archive when it was written: a later generation knows more features. */
  generation: number;
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
  format: StateFormat<S>,
  head: SnapshotHead,
  entries: readonly { readonly key: string; readonly state: S }[],
): Buffer {
  writeHead(out, format.reducer, head, entries.length);
  for (const { key, state } of entries) writeEntry(out, format, key, state);
  return out.take();
}

/** All that stands before the first key. */
export function writeHead(out: ByteWriter, { declared, places }: Reducer, head: SnapshotHead, keys: number): void {
  out.byte(VERSION);
  out.whole(head.bucket);
  out.whole(head.log);
  out.whole(head.generation);
  out.whole(head.next.length);
  for (const [source, next] of head.next) {
    out.whole(source);
    out.whole(next);
  }
  out.whole(declared.length);
  for (const [n, { name }] of declared.entries()) {
    out.whole(hash32(name));
    out.whole(places[n + 1]! - places[n]!);
  }
  out.whole(keys);
}

/** A key with its state, and before both how many bytes they are. */
export function writeEntry<S extends Cells>(out: ByteWriter, { write }: StateFormat<S>, key: string, state: S): void {
  const size = out.size();
  out.text(key);
  out.whole(state.at_ms);
  writeCells(out, state.cells);
  write(out, state);
  out.sizedFrom(size);
}

/** A state as today's declarations have written it, without its size and key. */
export function readState<S extends Cells>(bytes: ByteReader, format: StateFormat<S>, names: Names): S {
  const at_ms = bytes.whole();
  const cells = new Float64Array(format.reducer.places.at(-1)!);
  readCells(bytes, cells);
  return format.read(bytes, { at_ms, cells, made: undefined }, names);
}

/** @throws RECORD_REFUSED where it is no snapshot */
export function readSnapshot<S extends Cells>(
  record: Buffer,
  format: StateFormat<S>,
  names = new Names(),
): Snapshot<S> {
  const { bytes, keys, isSized, places, bucket, log, generation, next } = openSnapshot(record, format.reducer);
  const entries: [key: string, state: S][] = [];
  for (let left = keys; left > 0; left--) {
    if (isSized) bytes.whole();
    const key = bytes.text();
    const at_ms = bytes.whole();
    const cells = new Float64Array(format.reducer.places.at(-1)!);
    readCells(bytes, cells, places);
    entries.push([key, format.read(bytes, { at_ms, cells, made: undefined }, names)]);
  }
  return { bucket, log, generation, next, entries };
}

/**
 * A snapshot whose keys have not been read yet. Where it is `asToday`, its keys and states stand there as `writeEntry`
 * would write them now.
 */
export function openSnapshot(record: Buffer, reducer: Reducer) {
  const bytes = new ByteReader(record);
  const isSized = record[0] !== UNSIZED;
  const head = readHead(bytes);
  const { places, isSame } = readLayout(bytes, reducer);
  const keys = bytes.whole();
  return { ...head, bytes, keys, isSized, places, asToday: isSized && isSame };
}

/** What a snapshot contains, without its states. */
export function readSnapshotHead(record: Buffer): SnapshotHead {
  return readHead(new ByteReader(record));
}

function readHead(bytes: ByteReader): SnapshotHead {
  const version = bytes.byte();
  if (version < UNSIZED || version > VERSION) {
    throw new TemperError('RECORD_REFUSED', {
      where: 'a snapshot of features',
      expected: `version ${UNSIZED} to ${VERSION}`,
      got: `${version}`,
      next: 'It was written by a newer Temper: start that one, or delete the topics features.*',
    });
  }
  const bucket = bytes.whole();
  const log = bytes.whole();
  const generation = version > OF_ONE_GENERATION ? bytes.whole() : 0;
  const next = Array.from({ length: bytes.whole() }, () => [bytes.whole(), bytes.whole()] as const);
  return { bucket, log, generation, next };
}

/** For each cell of the record its place among those of today, -1 where there is none: declared no more, or changed. */
function readLayout(bytes: ByteReader, { declared, places }: Reducer): { places: Int32Array; isSame: boolean } {
  const today = new Map(declared.map(({ name }, n) => [hash32(name), n]));
  const found: number[] = [];
  const count = bytes.whole();
  let isSame = count === declared.length;
  for (let n = 0; n < count; n++) {
    const now = today.get(bytes.whole());
    const size = bytes.whole();
    const at = now !== undefined && places[now + 1]! - places[now]! === size ? places[now]! : -1;
    if (now !== n || at < 0) isSame = false;
    for (let cell = 0; cell < size; cell++) found.push(at < 0 ? -1 : at + cell);
  }
  return { places: Int32Array.from(found), isSame };
}

/** The places of cells that are not 0. */
const used: number[] = [];

function writeCells(out: ByteWriter, cells: Float64Array): void {
  let count = 0;
  // -0 is something: a state comes back to the bit.
  for (let c = 0; c < cells.length; c++) if (cells[c] !== 0 || Object.is(cells[c], -0)) used[count++] = c;
  out.whole(count);
  let before = 0;
  for (let n = 0; n < count; n++) {
    const c = used[n]!;
    const value = cells[c]!;
    const whole = value > 0 && value <= Number.MAX_SAFE_INTEGER && Math.floor(value) === value;
    out.whole(2 * (c - before) + (whole ? 1 : 0));
    before = c;
    if (whole) out.whole(value);
    else out.float(value);
  }
}

/** @param places where the record's cells belong; absent: where they were */
function readCells(bytes: ByteReader, cells: Float64Array, places?: Int32Array): void {
  let c = 0;
  for (let left = bytes.whole(); left > 0; left--) {
    const step = bytes.whole();
    c += step >>> 1;
    const value = step & 1 ? bytes.whole() : bytes.float();
    const place = places ? places[c]! : c;
    if (place >= 0) cells[place] = value;
  }
}
