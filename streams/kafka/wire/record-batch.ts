/**
 * A record batch, format 2, as it goes to a broker (https://kafka.apache.org/documentation/#recordbatch). Its size is
 * worked out first, so that it is written in one piece.
 */
import { crc32c } from '@node-rs/crc32';

/** A message as kafkajs has it when it is sent. */
export interface SentMessage {
  key?: Buffer | string | null;
  value: Buffer | string | null;
  /** In ms. */
  timestamp?: string | number;
  headers?: Record<string, Buffer | string | (Buffer | string)[] | undefined>;
}

/** Of the producer that sends the batch. */
export interface Sender {
  producerId: bigint | number | { toString(): string };
  producerEpoch: number;
  firstSequence: number;
  isTransactional: boolean;
}

/** A message whose size is known. */
interface Measured {
  key: Bytes;
  value: Bytes;
  headers: [name: Bytes, value: Bytes][];
  /** After the first message. */
  later_ms: number;
  /** Of the record, without its own size. */
  bytes: number;
}

/** What a text or its bytes come to; null has none, and says so. */
interface Bytes {
  of: Buffer | string | null;
  length: number;
}

const HEAD_BYTES = 61;
/** Offset and length of the batch itself, which its length does not count. */
const UNCOUNTED_BYTES = 12;
const CHECKED_FROM = 21;
const MAGIC = 2;
const TRANSACTIONAL = 16;
const NONE = -1;

/** @param now_ms the time of messages that say none */
export class RecordBatch {
  /** Of the whole batch. */
  readonly bytes: number;
  readonly #messages: readonly Measured[];
  readonly #first_ms: number;
  readonly #last_ms: number;

  constructor(messages: readonly SentMessage[], now_ms: number) {
    let [first_ms, last_ms] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const times = messages.map(({ timestamp }) => {
      const at_ms = timestamp ? Number(timestamp) : now_ms;
      first_ms = Math.min(first_ms, at_ms);
      last_ms = Math.max(last_ms, at_ms);
      return at_ms;
    });
    this.#first_ms = first_ms;
    this.#last_ms = last_ms;
    this.#messages = messages.map((message, n) => measured(message, n, times[n]! - first_ms));
    this.bytes = this.#messages.reduce((sum, { bytes }) => sum + varintBytes(bytes) + bytes, HEAD_BYTES);
  }

  /** Writes the batch. @returns where it ends */
  writeTo(into: Buffer, start: number, { producerId, producerEpoch, firstSequence, isTransactional }: Sender): number {
    const messages = this.#messages;
    into.writeBigInt64BE(0n, start);
    into.writeInt32BE(this.bytes - UNCOUNTED_BYTES, start + 8);
    into.writeInt32BE(0, start + 12); // the leader's epoch, which the broker fills in
    into.writeInt8(MAGIC, start + 16);
    into.writeInt16BE(isTransactional ? TRANSACTIONAL : 0, start + 21);
    into.writeInt32BE(messages.length - 1, start + 23);
    into.writeBigInt64BE(BigInt(this.#first_ms), start + 27);
    into.writeBigInt64BE(BigInt(this.#last_ms), start + 35);
    into.writeBigInt64BE(BigInt(producerId.toString()), start + 43);
    into.writeInt16BE(producerEpoch, start + 51);
    into.writeInt32BE(firstSequence, start + 53);
    into.writeInt32BE(messages.length, start + 57);
    let at = start + HEAD_BYTES;
    for (const [n, { key, value, headers, later_ms, bytes }] of messages.entries()) {
      at = writeVarint(into, at, bytes);
      into[at++] = 0; // attributes, of which there are none
      at = writeVarint(into, at, later_ms);
      at = writeVarint(into, at, n);
      at = writeBytes(into, writeBytes(into, at, key), value);
      at = writeVarint(into, at, headers.length);
      for (const [name, said] of headers) at = writeBytes(into, writeBytes(into, at, name), said);
    }
    into.writeUInt32BE(crc32c(into.subarray(start + CHECKED_FROM, at)), start + 17);
    return at;
  }
}

function measured({ key, value, headers }: SentMessage, n: number, later_ms: number): Measured {
  const message = { key: bytesOf(key), value: bytesOf(value), headers: headers ? headersOf(headers) : [], later_ms };
  let bytes = 1 + varintBytes(later_ms) + varintBytes(n) + sizeOf(message.key) + sizeOf(message.value);
  bytes += varintBytes(message.headers.length);
  for (const [name, said] of message.headers) bytes += sizeOf(name) + sizeOf(said);
  return { ...message, bytes };
}

function headersOf(headers: NonNullable<SentMessage['headers']>): [Bytes, Bytes][] {
  return Object.entries(headers).flatMap(([name, said]) =>
    [said].flat().map((each): [Bytes, Bytes] => [bytesOf(name), bytesOf(each)]),
  );
}

function bytesOf(of: Buffer | string | null | undefined): Bytes {
  if (of === null || of === undefined) return { of: null, length: 0 };
  return { of, length: Buffer.byteLength(of) };
}

function sizeOf({ of, length }: Bytes): number {
  return varintBytes(of === null ? NONE : length) + length;
}

function writeBytes(into: Buffer, at: number, { of, length }: Bytes): number {
  const from = writeVarint(into, at, of === null ? NONE : length);
  if (typeof of === 'string') into.write(of, from, length, 'utf8');
  else of?.copy(into, from);
  return from + length;
}

/** Signed numbers alternate, so that small ones are short: 0, -1, 1, -2 ... (zigzag). Beyond 32 bits no bits are asked. */
function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let left = zigzag(value); left >= 128; left = Math.floor(left / 128)) bytes++;
  return bytes;
}

/** 7 bits a byte, the lowest first; the highest bit says that more follow. @returns where it ends */
function writeVarint(into: Buffer, start: number, value: number): number {
  let at = start;
  let left = zigzag(value);
  for (; left >= 128; left = Math.floor(left / 128)) into[at++] = (left % 128) | 128;
  into[at++] = left;
  return at;
}
