/**
 * Rows in ClickHouse's RowBinary format, written one value after the other into bytes that grow: a text is its length
 * as a LEB128 number and its UTF-8, a number is little-endian, and before what may be NULL stands a byte that is 1 where
 * it is (ClickHouse's documentation, "RowBinary"). Half the bytes of JSON, and a third less work for the server.
 */
export class RowBinary {
  #bytes = Buffer.allocUnsafe(256 * 1024);
  #end = 0;

  /** A view of what was written. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#end);
  }

  text(text: string): void {
    const length = Buffer.byteLength(text);
    this.#length(length);
    this.#bytes.write(text, this.#end);
    this.#end += length;
  }

  /** A text as it stands in other bytes, which are UTF-8. */
  slice(bytes: Uint8Array, from: number, to: number): void {
    this.#length(to - from);
    const target = this.#bytes;
    let end = this.#end;
    for (let at = from; at < to; at++) target[end++] = bytes[at]!;
    this.#end = end;
  }

  uint16(value: number): void {
    this.#room(2);
    this.#end = this.#bytes.writeUInt16LE(value, this.#end);
  }

  /** A whole number from 0 to 2^53: Int64, UInt64, and DateTime64(3) in milliseconds. */
  int64(value: number): void {
    this.#room(8);
    this.#bytes.writeUInt32LE(value % 2 ** 32, this.#end);
    this.#end = this.#bytes.writeUInt32LE(Math.floor(value / 2 ** 32), this.#end + 4);
  }

  float64(value: number): void {
    this.#room(8);
    this.#end = this.#bytes.writeDoubleLE(value, this.#end);
  }

  /** Before a value that may be NULL; where it is, nothing follows. */
  isNull(is: boolean): void {
    this.#room(1);
    this.#bytes[this.#end++] = is ? 1 : 0;
  }

  #length(length: number): void {
    this.#room(length + 5);
    let left = length;
    for (; left > 127; left >>>= 7) this.#bytes[this.#end++] = (left & 127) | 128;
    this.#bytes[this.#end++] = left;
  }

  #room(bytes: number): void {
    if (this.#end + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#end + bytes));
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
  }
}
