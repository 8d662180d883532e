import { TemperError } from '../../../schemas/errors.ts';
import { type Value, value } from '../runtime.ts';
import type { Plan } from './plans.ts';

/** What a graph is fed with, by the names of its inputs: rows in columns that all have the same number of them. */
export type Columns = Readonly<Record<string, RowColumn | SequenceColumn>>;

/** Rows of one shape, fed as [B, ...shape]. */
export interface RowColumn {
  /** [rows, ...shape] */
  readonly data: ColumnData;
  /** Of a row: [] is a number a row. */
  readonly shape: readonly number[];
}

/** Rows of different lengths, fed as [B, longest of the batch], filled up at their ends. */
export interface SequenceColumn {
  /** All sequences, one behind the other. */
  readonly data: ColumnData;
  /** [rows + 1], rising: where each begins, and at last where the last one ends. */
  readonly starts: Uint32Array | Int32Array;
  /** What stands behind the end of a shorter one; 0 unless given. */
  readonly fill?: number;
}

/** Fed in its own type, but numbers that graphs do not compute with, Uint8Array and Float64Array, as float32. */
export type ColumnData = Float32Array | Int32Array | BigInt64Array | Uint8Array | Float64Array;

export interface Batch {
  /** Its place in the plan: what is to be done next after a kill is the batch behind the last one that was. */
  readonly place: number;
  readonly rows: number;
  /** In memory that the next batch takes again. */
  readonly feeds: Readonly<Record<string, Value>>;
}

/** What makes a plan's batches: of columns, or of whatever knows its rows by itself. */
export interface BatchSource {
  /** @param from how many batches of the plan are done already; see `Batches` */
  of(plan: Plan, from?: number): Iterable<Batch>;
}

/** Mini-batches of columns, copied into buffers as large as the largest batch. */
export class Batches implements BatchSource {
  readonly #feeders: readonly [name: string, feed: Feeder][];

  /** @throws INPUT_INVALID where columns differ in their number of rows, or end within one */
  constructor(columns: Columns) {
    requireSame(Object.entries(columns).map(([name, column]) => [name, rowsOf(column)]));
    this.#feeders = Object.entries(columns).map(([name, column]) => [name, feederOf(column)]);
  }

  /**
   * The batches of a plan, one at a time: each is valid until the next.
   *
   * @param from how many batches of the plan are done already. The same plan gives the same batches, so a run that was
   *   killed within an epoch goes on as if it had not been
   */
  *of({ order, ends }: Plan, from = 0): Iterable<Batch> {
    for (let place = from; place < ends.length; place++) {
      const rows = order.subarray(place === 0 ? 0 : ends[place - 1], ends[place]);
      const feeds = Object.fromEntries(this.#feeders.map(([name, feed]) => [name, feed(rows)]));
      yield { place, rows: rows.length, feeds };
    }
  }
}

/** Copies the rows of a batch into its buffer. */
type Feeder = (rows: Uint32Array) => Value;

function feederOf(column: RowColumn | SequenceColumn): Feeder {
  return 'starts' in column ? sequenceFeeder(column) : rowFeeder(column);
}

function rowFeeder({ data, shape }: RowColumn): Feeder {
  const buffer = bufferFor(data);
  const width = sizeOf(shape);
  return rows => {
    const fed = buffer(rows.length * width);
    for (let n = 0; n < rows.length; n++) copy(data, rows[n]! * width, fed, n * width, width);
    return asValue(fed, [rows.length, ...shape]);
  };
}

function sequenceFeeder({ data, starts, fill = 0 }: SequenceColumn): Feeder {
  const buffer = bufferFor(data);
  const filling = data instanceof BigInt64Array ? BigInt(fill) : fill;
  return rows => {
    let longest = 1;
    for (const row of rows) longest = Math.max(longest, starts[row + 1]! - starts[row]!);
    const fed = buffer(rows.length * longest);
    const into: Numbers = fed;
    for (let n = 0; n < rows.length; n++) {
      const from = starts[rows[n]!]!;
      const length = starts[rows[n]! + 1]! - from;
      copy(data, from, fed, n * longest, length);
      for (let k = length; k < longest; k++) into[n * longest + k] = filling;
    }
    return asValue(fed, [rows.length, longest]);
  };
}

type Fed = Float32Array | Int32Array | BigInt64Array;

interface Numbers {
  [at: number]: number | bigint;
}

/** From so many numbers on, a view and its own copying cost less than a loop. */
const LONG = 32;

/** Both hold numbers, or both bigints. */
function copy(data: ColumnData, from: number, fed: Fed, at: number, length: number): void {
  if (length >= LONG) {
    (fed as Float32Array).set((data as Float32Array).subarray(from, from + length), at);
    return;
  }
  const into: Numbers = fed;
  for (let k = 0; k < length; k++) into[at + k] = data[from + k]!;
}

/** A buffer that is made again only where more is asked for than ever before. */
function bufferFor(data: ColumnData): (length: number) => Fed {
  const make = (length: number): Fed => {
    if (data instanceof BigInt64Array) return new BigInt64Array(length);
    return data instanceof Int32Array ? new Int32Array(length) : new Float32Array(length);
  };
  let whole = make(0);
  return length => {
    if (length > whole.length) whole = make(length);
    return whole.subarray(0, length);
  };
}

function asValue(data: Fed, dims: readonly number[]): Value {
  if (data instanceof BigInt64Array) return value('int64', data, dims);
  return value(data instanceof Int32Array ? 'int32' : 'float32', data, dims);
}

function rowsOf(column: RowColumn | SequenceColumn): number {
  return 'starts' in column ? column.starts.length - 1 : column.data.length / sizeOf(column.shape);
}

function requireSame(counts: readonly [name: string, rows: number][]): void {
  for (const [name, rows] of counts) {
    const [first, wanted] = counts[0]!;
    if (rows === wanted && Number.isInteger(rows)) continue;
    throw new TemperError('INPUT_INVALID', {
      where: `the column ${name}`,
      expected: rows === wanted ? 'whole rows' : `${wanted} rows, as ${first} has`,
      got: String(rows),
    });
  }
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dim) => size * dim, 1);
}
