/**
 * Records as they come from a broker, format 2 (https://kafka.apache.org/documentation/#recordbatch), in the form in which
 * kafkajs hands them on.
 */
import { createRequire } from 'node:module';
import { LIMITS } from '../../../schemas/limits.ts';

/** What is read of a record at once; its key and value lie where they came, `length` being -1 of one that is null. */
interface Read {
  attributes: number;
  timestamp: string;
  offset: number;
  keyAt: number;
  keyLength: number;
  valueAt: number;
  valueLength: number;
  headers: Headers;
}

type Headers = Record<string, Buffer | null | (Buffer | null)[]>;

/**
 * A record as kafkajs hands it on. Thousands wait until their batch is worked off, and the garbage collector copies what
 * waits: so its parts are made each time when they are asked for.
 */
export class FetchedRecord {
  readonly #read: Read;
  readonly #from: Buffer;
  readonly batchContext: BatchContext;

  constructor(read: Read, from: Buffer, batchContext: BatchContext) {
    this.#read = read;
    this.#from = from;
    this.batchContext = batchContext;
  }

  get attributes(): number {
    return this.#read.attributes;
  }

  /** In ms. */
  get timestamp(): string {
    return this.#read.timestamp;
  }

  get offset(): string {
    return String(this.#read.offset);
  }

  get key(): Buffer | null {
    const { keyAt, keyLength } = this.#read;
    return keyLength < 0 ? null : this.#from.subarray(keyAt, keyAt + keyLength);
  }

  get value(): Buffer | null {
    const { valueAt, valueLength } = this.#read;
    return valueLength < 0 ? null : this.#from.subarray(valueAt, valueAt + valueLength);
  }

  get headers(): Headers {
    return this.#read.headers;
  }

  get isControlRecord(): boolean {
    return this.batchContext.isControlBatch;
  }
}

interface BatchContext {
  magicByte: number;
  firstOffset: string;
  firstTimestamp: string;
  maxTimestamp: string;
  partitionLeaderEpoch: number;
  lastOffsetDelta: number;
  producerId: string;
  producerEpoch: number;
  firstSequence: number;
  inTransaction: boolean;
  isControlBatch: boolean;
  timestampType: number;
}

/** As much of kafkajs's Decoder as is asked of it here. */
interface Decoder {
  readonly buffer: Buffer;
  offset: number;
}

interface Codec {
  decompress(bytes: Buffer): Promise<Buffer>;
}

const require = createRequire(import.meta.url);
const { lookupCodecByAttributes } = require('kafkajs/src/protocol/message/compression/index.js') as {
  lookupCodecByAttributes(attributes: number): Codec | null;
};
const { KafkaJSPartialMessageError } = require('kafkajs/src/errors.js') as {
  KafkaJSPartialMessageError: new (message: string) => Error;
};

/** Offset and length of the batch itself, which its length does not count. */
const UNCOUNTED_BYTES = 12;
const RECORDS_FROM = 57;
const MAGIC = 2;
const BY_BROKER = 8;
const TRANSACTIONAL = 16;
const CONTROL = 32;
const NO_HEADERS: Headers = Object.freeze({});

/**
 * In place of kafkajs's function: the next batch of what was fetched.
 *
 * @throws KafkaJSPartialMessageError where it is cut off, as the last one of a fetch may be
 */
export async function decodeBatch(fetched: Decoder): Promise<BatchContext & { records: FetchedRecord[] }> {
  const { buffer, offset: start } = fetched;
  const length = buffer.readInt32BE(start + 8);
  const end = start + UNCOUNTED_BYTES + length;
  fetched.offset = end;
  if (end > buffer.length)
    throw new KafkaJSPartialMessageError(`a batch of ${length} bytes ends after ${buffer.length - start}`);
  const attributes = buffer.readInt16BE(start + 21);
  const firstOffset = Number(buffer.readBigInt64BE(start));
  const first_ms = Number(buffer.readBigInt64BE(start + 27));
  const context: BatchContext = {
    magicByte: MAGIC,
    firstOffset: String(firstOffset),
    firstTimestamp: String(first_ms),
    maxTimestamp: String(buffer.readBigInt64BE(start + 35)),
    partitionLeaderEpoch: buffer.readInt32BE(start + 12),
    lastOffsetDelta: buffer.readInt32BE(start + 23),
    producerId: String(buffer.readBigInt64BE(start + 43)),
    producerEpoch: buffer.readInt16BE(start + 51),
    firstSequence: buffer.readInt32BE(start + 53),
    inTransaction: (attributes & TRANSACTIONAL) !== 0,
    isControlBatch: (attributes & CONTROL) !== 0,
    timestampType: attributes & BY_BROKER ? 1 : 0,
  };
  const count = Math.max(0, buffer.readInt32BE(start + RECORDS_FROM));
  const plain = buffer.subarray(start + RECORDS_FROM + 4, end);
  const codec = lookupCodecByAttributes(attributes);
  const reader = new RecordReader(codec && count > 0 ? await codec.decompress(plain) : plain);
  const records = new Array<FetchedRecord>(count);
  for (let n = 0; n < count; n++) records[n] = reader.next(context, firstOffset, first_ms);
  return { ...context, records };
}

/** Reads one record after the other. */
class RecordReader {
  readonly #from: Buffer;
  #at = 0;
  /** Most records have the time of the one before. */
  #time: { ms: number; text: string } = { ms: Number.NaN, text: '' };

  constructor(from: Buffer) {
    this.#from = from;
  }

  next(context: BatchContext, firstOffset: number, first_ms: number): FetchedRecord {
    const bytes = this.#varint();
    const end = this.#at + bytes;
    const attributes = this.#from[this.#at++]!;
    const at_ms = first_ms + this.#varint();
    const offset = firstOffset + this.#varint();
    const keyLength = this.#varint();
    const keyAt = this.#at;
    this.#at += Math.max(0, keyLength);
    const valueLength = this.#varint();
    const valueAt = this.#at;
    this.#at += Math.max(0, valueLength);
    const headers = this.#headers();
    this.#at = end;
    const timestamp = context.timestampType === 1 ? context.maxTimestamp : this.#timeOf(at_ms);
    const read = { attributes, timestamp, offset, keyAt, keyLength, valueAt, valueLength, headers };
    return new FetchedRecord(read, this.#from, context);
  }

  #timeOf(ms: number): string {
    if (ms !== this.#time.ms) this.#time = { ms, text: String(ms) };
    return this.#time.text;
  }

  /** The first ones: a record may have millions, and whoever reads it goes on behind its end. */
  #headers(): Headers {
    let left = Math.min(this.#varint(), LIMITS.headers_per_record);
    if (left <= 0) return NO_HEADERS;
    const headers: Headers = Object.create(null); // a sender chooses the names
    for (; left > 0; left--) {
      const name = this.#bytes()?.toString('utf8') ?? 'null';
      const value = this.#bytes();
      const before = headers[name];
      headers[name] = before === undefined ? value : [before, value].flat();
    }
    return headers;
  }

  #bytes(): Buffer | null {
    const length = this.#varint();
    if (length < 0) return null;
    const from = this.#at;
    this.#at += length;
    return this.#from.subarray(from, this.#at);
  }

  /** Up to 2^53: zigzag, 7 bits a byte, the lowest first. */
  #varint(): number {
    const from = this.#from;
    let byte = from[this.#at++]!;
    if (byte < 128) return (byte >>> 1) ^ -(byte & 1);
    let value = byte & 127;
    let scale = 128;
    do {
      byte = from[this.#at++]!;
      value += (byte & 127) * scale;
      scale *= 128;
    } while (byte >= 128);
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
