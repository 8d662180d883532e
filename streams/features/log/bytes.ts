import { TemperError } from '../../../schemas/errors.ts';

/** Writes numbers and texts into a buffer that grows. A writer is used again after `take`, and keeps its buffer. */
export class ByteWriter {
  #bytes: Buffer;
  #view: DataView;
  #at = 0;

  constructor(size = 64 * 1024) {
    this.#bytes = Buffer.allocUnsafeSlow(size);
    this.#view = viewOf(this.#bytes);
  }

  get length(): number {
    return this.#at;
  }

  byte(value: number): void {
    if (this.#at === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#at++] = value;
  }

  /** A whole number from 0 to 2^53 - 1, seven bits a byte, the lowest first (LEB128). */
  whole(value: number): void {
    if (this.#at + 8 > this.#bytes.length) this.#grow(8);
    const bytes = this.#bytes;
    let rest = value;
    while (rest >= 0x80_00_00_00) {
      bytes[this.#at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest >= 0x80) {
      bytes[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[this.#at++] = rest;
  }

  /** A whole number of either sign, up to 2^52: 0, -1, 1, -2 ... as 0, 1, 2, 3 ... */
  signed(value: number): void {
    this.whole(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** Room for a whole number that is known later, below 2^21: `sizedFrom` fills it in. @returns its place */
  size(): number {
    if (this.#at + SIZE > this.#bytes.length) this.#grow(SIZE);
    this.#at += SIZE;
    return this.#at - SIZE;
  }

  /** So many bytes have been written behind the place: as `whole` reads it, with noughts in front. */
  sizedFrom(place: number): void {
    const size = this.#at - place - SIZE;
    this.#bytes[place] = (size & 0x7f) | 0x80;
    this.#bytes[place + 1] = ((size >>> 7) & 0x7f) | 0x80;
    this.#bytes[place + 2] = size >>> 14;
  }

  float(value: number): void {
    if (this.#at + 8 > this.#bytes.length) this.#grow(8);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  /** Unicode text, with its length in bytes before it. */
  text(value: string): void {
    if (value.length < SHORT && this.#ascii(value)) return;
    const size = Buffer.byteLength(value, 'utf8');
    this.whole(size);
    if (this.#at + size > this.#bytes.length) this.#grow(size);
    this.#at += this.#bytes.write(value, this.#at, 'utf8');
  }

  /** What has been written by another writer so far. */
  append(other: ByteWriter): void {
    const size = other.#at;
    if (this.#at + size > this.#bytes.length) this.#grow(size);
    other.#bytes.copy(this.#bytes, this.#at, 0, size);
    this.#at += size;
  }

  /** A part of what another buffer has. */
  bytes(from: Buffer, start: number, end: number): void {
    const size = end - start;
    if (this.#at + size > this.#bytes.length) this.#grow(size);
    from.copy(this.#bytes, this.#at, start, end);
    this.#at += size;
  }

  clear(): void {
    this.#at = 0;
  }

  /** A copy of what was written; the writer is empty then. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#at));
    this.#at = 0;
    return taken;
  }

  /** As `take`, into a buffer that has room. @returns how many bytes */
  moveTo(target: Buffer, at: number): number {
    const size = this.#bytes.copy(target, at, 0, this.#at);
    this.#at = 0;
    return size;
  }

  #grow(by: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#at + by));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
    this.#view = viewOf(larger);
  }

  /** Writes a short text, unless it has other characters than those of ASCII. Calls of V8 take longer than the text. */
  #ascii(value: string): boolean {
    if (this.#at + SHORT > this.#bytes.length) this.#grow(SHORT);
    const bytes = this.#bytes;
    const { length } = value;
    const start = this.#at + 1;
    for (let n = 0; n < length; n++) {
      const code = value.charCodeAt(n);
      if (code >= 0x80) return false;
      bytes[start + n] = code;
    }
    bytes[this.#at] = length;
    this.#at = start + length;
    return true;
  }
}

/** Bytes of a number that is filled in. */
const SIZE = 3;
/** Texts of fewer characters have a length of one byte. */
const SHORT = 48;

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/**
 * Reads what a ByteWriter has written.
 *
 * @throws RECORD_REFUSED where the bytes end too early
 */
export class ByteReader {
  readonly #bytes: Buffer;
  #at: number;

  /** @param at where to begin */
  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** The place of what is read next. */
  get at(): number {
    return this.#at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    if (this.#at >= this.#bytes.length) this.#tooShort(1);
    return this.#bytes[this.#at++]!;
  }

  whole(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.#at++]!;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let unit = 128;
    do {
      if (this.#at >= bytes.length) this.#tooShort(1);
      byte = bytes[this.#at++]!;
      value += (byte & 0x7f) * unit;
      unit *= 128;
    } while (byte >= 0x80);
    return value;
  }

  signed(): number {
    const value = this.whole();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  float(): number {
    if (this.left < 8) this.#tooShort(8);
    const value = this.#bytes.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }

  /** The next so many bytes, not copied. */
  bytes(size: number): Buffer {
    if (this.left < size) this.#tooShort(size);
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }

  skip(size: number): void {
    if (this.left < size) this.#tooShort(size);
    this.#at += size;
  }

  text(): string {
    const size = this.whole();
    if (this.left < size) this.#tooShort(size);
    const value = this.#bytes.toString('utf8', this.#at, this.#at + size);
    this.#at += size;
    return value;
  }

  #tooShort(wanted: number): never {
    throw new TemperError('RECORD_REFUSED', {
      where: `byte ${this.#at} of a packed record`,
      expected: `${wanted} more bytes`,
      got: `${Math.max(0, this.#bytes.length - this.#at)}`,
    });
  }
}
