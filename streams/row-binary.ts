/**
 * ClickHouse's RowBinary, as far as events and examples need it: a text is its length as a LEB128 number and its UTF-8,
 * a number is little-endian, and before what may be NULL stands a byte that is 1 where it is (ClickHouse's
 * documentation, "RowBinary"). Of vectors it takes a tenth of what JSON takes.
 */

import { Readable } from 'node:stream';

const NOTHING = Buffer.alloc(0);
/** Of a body that is sent. */
const PIECE_BYTES = 64 * 1024;

/** Reads values in the order in which they were selected. */
export class RowReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get ended(): boolean {
    return this.#at >= this.#bytes.length;
  }

  text(): string {
    const length = this.#length();
    this.#at += length;
    return this.#bytes.toString('utf8', this.#at - length, this.#at);
  }

  flag(): boolean {
    return this.#bytes[this.#at++] === 1;
  }

  uint16(): number {
    this.#at += 2;
    return this.#bytes.readUInt16LE(this.#at - 2);
  }

  /** Whole numbers up to 2^53. */
  int64(): number {
    this.#at += 8;
    return this.#bytes.readUInt32LE(this.#at - 8) + this.#bytes.readInt32LE(this.#at - 4) * 2 ** 32;
  }

  float64(): number {
    this.#at += 8;
    return this.#bytes.readDoubleLE(this.#at - 8);
  }

  orNone<T>(value: () => T): T | undefined {
    return this.#bytes[this.#at++] === 1 ? undefined : value();
  }

  #length(): number {
    let [length, shift] = [0, 0];
    for (;;) {
      const byte = this.#bytes[this.#at++]!;
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return length;
      shift += 7;
    }
  }
}

/** Writes values in the order of the columns; grows as it fills. */
export class RowWriter {
  #bytes: Buffer;
  #at = 0;

  /** @param bytes that there is room for at first */
  constructor(bytes = 1024 * 1024) {
    this.#bytes = Buffer.allocUnsafe(bytes);
  }

  /** What was written since the last time. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#at));
    this.#at = 0;
    return taken;
  }

  get length(): number {
    return this.#at;
  }

  /**
   * It as a request's body, as often as it is asked for, good until the next value is written. A client may hold what it
   * sent first on a connection for as long as that lives, as @clickhouse/client does: so these are copies of small pieces,
   * and what is read is let go.
   */
  body(): Readable {
    let left = this.#bytes.subarray(0, this.#at);
    return new Readable({
      read() {
        const piece = left.length === 0 ? null : Buffer.from(left.subarray(0, PIECE_BYTES));
        left = left.length > PIECE_BYTES ? left.subarray(PIECE_BYTES) : NOTHING;
        this.push(piece);
      },
    });
  }

  text(text: string): void {
    if (text === '') {
      this.byte(0);
      return;
    }
    const length = Buffer.byteLength(text);
    this.#length(length);
    this.#room(length);
    this.#at += this.#bytes.write(text, this.#at);
  }

  /** A text as it stands in other bytes, which are UTF-8. */
  slice(bytes: Uint8Array, from: number, to: number): void {
    this.#length(to - from);
    this.#room(to - from);
    const target = this.#bytes;
    let into = this.#at;
    for (let at = from; at < to; at++) target[into++] = bytes[at]!;
    this.#at = into;
  }

  /** A text's UTF-8 alone, as of a row in another format. */
  utf8(text: string): void {
    this.#room(Buffer.byteLength(text));
    this.#at += this.#bytes.write(text, this.#at);
  }

  texts(texts: readonly string[]): void {
    this.#length(texts.length);
    for (const text of texts) this.text(text);
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = value;
  }

  flag(value: boolean): void {
    this.byte(Number(value));
  }

  uint16(value: number): void {
    this.#room(2);
    this.#at = this.#bytes.writeUInt16LE(value, this.#at);
  }

  uint32(value: number): void {
    this.#room(4);
    this.#at = this.#bytes.writeUInt32LE(value, this.#at);
  }

  /** A whole number up to 2^53: Int64, UInt64, and DateTime64(3) in milliseconds. */
  int64(value: number): void {
    this.#room(8);
    const high = Math.floor(value / 2 ** 32);
    this.#bytes.writeUInt32LE(value - high * 2 ** 32, this.#at);
    this.#at = this.#bytes.writeInt32LE(high, this.#at + 4);
  }

  uint16OrNone(value: number | null): void {
    this.flag(value === null);
    if (value !== null) this.uint16(value);
  }

  floatOrNone(value: number | null): void {
    this.flag(value === null);
    if (value === null) return;
    this.#room(8);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  /** Float32, as they are in memory: RowBinary and every processor that Node runs on put the low byte first. */
  floats(values: Float32Array): void {
    this.#length(values.length);
    this.#room(values.byteLength);
    this.#bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), this.#at);
    this.#at += values.byteLength;
  }

  #length(length: number): void {
    let rest = length;
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) this.byte((rest & 0x7f) | 0x80);
    this.byte(rest);
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * this.#bytes.length + bytes);
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}
