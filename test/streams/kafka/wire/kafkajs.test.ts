import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../schemas/limits.ts';
import { decodeBatch, type FetchedRecord } from '../../../../streams/kafka/wire/fetched.ts';
import { FetchedBatch } from '../../../../streams/kafka/wire/fetched-batch.ts';
import '../../../../streams/kafka/wire/kafkajs.ts';
import { createRequest, groupMessagesPerPartition, produceRequest } from '../../../../streams/kafka/wire/produce.ts';
import type { SentMessage } from '../../../../streams/kafka/wire/record-batch.ts';
import fc from '../../../properties.ts';

/** Parts of kafkajs that it uses no more since ours stand in for what called them, and one that still calls ours. */
const require = createRequire(import.meta.url);
const Encoder = require('kafkajs/src/protocol/encoder.js');
const Decoder = require('kafkajs/src/protocol/decoder.js');
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0/index.js');
const recordOf = require('kafkajs/src/protocol/recordBatch/record/v0/index.js');
const readRecord = require('kafkajs/src/protocol/recordBatch/record/v0/decoder.js');
const decodeMessages = require('kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js');

const TOPIC = 'träume';
const NOBODY = { transactionalId: null, producerId: -1n, producerEpoch: 0, firstSequence: 0 };
/** Of a request with one batch: acks, timeout, counts, the topic's name, the partition and the batch's size. */
const BEFORE_BATCH = 2 + 2 + 4 + 4 + 2 + Buffer.byteLength(TOPIC) + 4 + 4 + 4;

const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const someBytes = fc.option(fc.oneof(text, fc.uint8Array({ maxLength: 300 }).map(Buffer.from)));
const someMessages = fc.array(
  fc.record(
    {
      key: someBytes,
      value: someBytes,
      timestamp: fc.nat({ max: 2 ** 31 - 2 }).map(s => String(1 + s * 1_000)),
      headers: fc.dictionary(text, fc.oneof(text, fc.array(text, { maxLength: 3 })), { maxKeys: 3 }),
    },
    { requiredKeys: ['value', 'timestamp'] },
  ),
  { minLength: 1, maxLength: 150 },
);
const someSender = fc.record({
  transactionalId: fc.option(text),
  producerId: fc.bigInt({ min: -1n, max: 2n ** 62n }),
  producerEpoch: fc.nat({ max: 32_767 }),
  firstSequence: fc.nat(),
});
type From = typeof NOBODY | { transactionalId: string | null };

/** The batch as kafkajs would lay it out. */
async function batchOf(messages: readonly SentMessage[], { transactionalId, ...rest }: From = NOBODY): Promise<Buffer> {
  const times = messages.map(({ timestamp }) => Number(timestamp));
  const [firstTimestamp, maxTimestamp] = [Math.min(...times), Math.max(...times)];
  const records = messages.map((message, offsetDelta) =>
    recordOf({ ...message, offsetDelta, timestampDelta: times[offsetDelta]! - firstTimestamp }),
  );
  const of = { records, firstTimestamp, maxTimestamp, lastOffsetDelta: records.length - 1 };
  return (await RecordBatch({ ...of, ...rest, transactional: transactionalId !== null })).buffer;
}

async function requestOf(messages: readonly SentMessage[], { firstSequence, ...sender } = NOBODY): Promise<Buffer> {
  const topicData = [{ topic: TOPIC, partitions: [{ partition: 3, firstSequence, messages }] }];
  return (await produceRequest({ acks: -1, timeout: 1_000, ...sender, topicData }).encode()).buffer;
}

it.each([
  ['consumer/batch.js', FetchedBatch],
  ['producer/groupMessagesPerPartition.js', groupMessagesPerPartition],
  ['protocol/recordBatch/v0/decoder.js', decodeBatch],
  ['protocol/request.js', createRequest],
  ['protocol/requests/produce/v3/request.js', produceRequest],
])('kafkajs finds ours as its %s', (part, ours) => {
  expect(require(`kafkajs/src/${part}`)).toBe(ours);
});

describe('what kafkajs sends', () => {
  it('is to the byte what it would have laid out itself', async () => {
    await fc.assert(
      fc.asyncProperty(someMessages, someSender, async (messages, from) => {
        const batch = await batchOf(messages, from);
        const partition = new Encoder().writeInt32(3).writeInt32(batch.length).writeBuffer(batch);
        const topic = new Encoder().writeString(TOPIC).writeArray([partition]);
        const head = new Encoder().writeString(from.transactionalId).writeInt16(-1).writeInt32(1_000);
        const made = await requestOf(messages, from as typeof NOBODY);
        expect(made.equals(head.writeArray([topic]).buffer)).toBe(true);
      }),
    );
  });

  it('has the time of now where a message says none', async () => {
    const before_ms = Date.now();
    const buffer = (await requestOf([{ value: 'a' }])).subarray(BEFORE_BATCH);
    const [record] = (await decodeBatch({ buffer, offset: 0 })).records;
    expect(Number(record!.timestamp)).toBeGreaterThanOrEqual(before_ms);
    expect(Number(record!.timestamp)).toBeLessThanOrEqual(Date.now());
  });

  it('has its size and header before it', async () => {
    const body = new Encoder().writeString('body');
    const request = { apiKey: 3, apiVersion: 6, encode: async () => body };
    const made = await createRequest({ correlationId: 77, clientId: 'tempér', request });
    const header = new Encoder().writeInt16(3).writeInt16(6).writeInt32(77).writeString('tempér').writeEncoder(body);
    expect(made.buffer).toEqual(new Encoder().writeInt32(header.size()).writeEncoder(header).buffer);
    expect(made.size()).toBe(made.buffer.length);
  });

  it('is sorted by partition, in its order', () => {
    const messages = Array.from({ length: 20 }, (_, n) => ({ value: String(n) }));
    const partitioner = ({ message }: { message: SentMessage }) => Number(message.value) % 3;
    const of = { topic: TOPIC, messages, partitioner };
    const groups = groupMessagesPerPartition({ ...of, partitionMetadata: [{}, {}, {}] });
    expect(groups[1]!.map(({ value }) => value)).toEqual(['1', '4', '7', '10', '13', '16', '19']);
    expect(Object.keys(groups)).toEqual(['0', '1', '2']);
    expect(groupMessagesPerPartition({ ...of, partitionMetadata: [] })).toEqual({});
  });
});

/** kafkajs's own class, of which ours stands in the place. */
function ownBatch() {
  const place = require.resolve('kafkajs/src/consumer/batch.js');
  const ours = require.cache[place];
  delete require.cache[place];
  const theirs = require(place);
  require.cache[place] = ours;
  return theirs;
}

describe('what a fetch brought', () => {
  const Own = ownBatch();
  const asked = [
    'isEmpty',
    'isEmptyIncludingFiltered',
    'isEmptyDueToFiltering',
    'isEmptyControlRecord',
    'isEmptyDueToLogCompactedMessages',
    'firstOffset',
    'lastOffset',
    'offsetLag',
    'offsetLagLow',
  ] as const;
  const someFetched = fc
    .array(fc.record({ step: fc.integer({ min: 1, max: 3 }), isControlRecord: fc.boolean(), producer: fc.nat(2) }), {
      maxLength: 12,
    })
    .map(drawn => {
      let offset = 1_000;
      return drawn.map(({ step, isControlRecord, producer }) => {
        offset += step;
        const batchContext = { producerId: String(producer), inTransaction: true };
        const key = isControlRecord ? Buffer.from([0, 0, 0, 0]) : Buffer.from('k');
        return { offset: String(offset), isControlRecord, key, batchContext };
      });
    });

  it('is what it is for kafkajs, wherever it was asked to begin', () => {
    fc.assert(
      fc.property(someFetched, fc.integer({ min: 995, max: 1_040 }), fc.boolean(), (messages, from, isAborted) => {
        const abortedTransactions = isAborted ? [{ producerId: '1', firstOffset: '1005' }] : [];
        const of = { partition: 2, highWatermark: '1050', abortedTransactions, messages: messages as never };
        const [ours, theirs] = [new FetchedBatch(TOPIC, String(from), of), new Own(TOPIC, String(from), of)];
        expect(ours.messages).toEqual(theirs.messages);
        for (const question of asked) expect([question, ours[question]()]).toEqual([question, theirs[question]()]);
      }),
    );
  });
});

describe('what kafkajs reads', () => {
  it('is what was sent, record for record as it would have read it', async () => {
    await fc.assert(
      fc.asyncProperty(someMessages, someSender, async (messages, from) => {
        const batch = await batchOf(messages, from);
        const fetched = { buffer: Buffer.concat([Buffer.alloc(7), batch, Buffer.alloc(3)]), offset: 7 };
        const { records } = await decodeBatch(fetched);
        expect(fetched.offset).toBe(7 + batch.length);
        const { batchContext } = records[0]!;
        expect(batchContext).toMatchObject({
          producerId: String(from.producerId),
          producerEpoch: from.producerEpoch,
          firstSequence: from.firstSequence,
          inTransaction: from.transactionalId !== null,
          lastOffsetDelta: messages.length - 1,
        });
        const rest = new Decoder(batch.subarray(61));
        const expected = messages.map(() => readRecord(new Decoder(rest.readVarIntBytes()), batchContext));
        expect(records.map(told)).toEqual(expected.map(told));
      }),
    );
  });

  it('may be several batches, the last of which is cut off', async () => {
    const batches = await Promise.all(
      ['a', 'b', 'c'].map(async (value, firstOffset) => {
        const batch = await batchOf([{ value, timestamp: '5' }]);
        batch.writeBigInt64BE(BigInt(2 ** 40 + firstOffset));
        return batch;
      }),
    );
    const all = Buffer.concat(batches).subarray(0, -1);
    const size = Buffer.alloc(4);
    size.writeInt32BE(all.length);
    const messages = await decodeMessages(new Decoder(Buffer.concat([size, all])));
    expect(messages.map((m: { value: Buffer; offset: string }) => [String(m.value), m.offset])).toEqual([
      ['a', '1099511627776'],
      ['b', '1099511627777'],
    ]);
    await expect(decodeBatch({ buffer: all, offset: all.length + 1 - batches[2]!.length })).rejects.toMatchObject({
      name: 'KafkaJSPartialMessageError',
    });
  });

  it('may have been compressed by others', async () => {
    const value = 'v'.repeat(500);
    const records = [recordOf({ key: 'k', value, offsetDelta: 0, timestampDelta: 0 })];
    const { buffer } = await RecordBatch({ compression: 1, records, lastOffsetDelta: 0 });
    expect(buffer.length).toBeLessThan(value.length);
    const batch = await decodeBatch({ buffer, offset: 0 });
    expect(batch.records.map(record => String(record.value))).toEqual([value]);
  });

  it('has the times of the broker where its topic says so', async () => {
    const times = ['5', '9'].map(timestamp => ({ value: 'a', timestamp }));
    const buffer = await batchOf(times);
    buffer.writeInt16BE(8, 21);
    buffer.writeBigInt64BE(1_234n, 35);
    const { records } = await decodeBatch({ buffer, offset: 0 });
    expect(records.map(({ timestamp }) => timestamp)).toEqual(['1234', '1234']);
  });

  it('may name a header as it likes', async () => {
    const buffer = await batchOf([{ value: 'a', timestamp: '5', headers: { ['__proto__']: 'x', traceparent: 'y' } }]);
    const [record] = (await decodeBatch({ buffer, offset: 0 })).records;
    expect(Object.keys(record!.headers)).toEqual(['__proto__', 'traceparent']);
  });

  it.each([
    ['of one name', () => 'a'],
    ['of as many names', (n: number) => `a${n}`],
  ])('of headers %s is no more than there may be, whatever stands behind them', async (_what, nameOf) => {
    const many = Array.from({ length: LIMITS.headers_per_record + 9 }, (_, n) => [nameOf(n), `${n}`] as const);
    const headers: Record<string, string[]> = {};
    for (const [name, value] of many) headers[name] = [...(headers[name] ?? []), value];
    const buffer = await batchOf([
      { value: 'a', timestamp: '5', headers },
      { value: 'b', timestamp: '6' },
    ]);
    const [first, second] = (await decodeBatch({ buffer, offset: 0 })).records;
    expect(Object.values(first!.headers).flat().map(String)).toEqual(
      many.slice(0, LIMITS.headers_per_record).map(([, value]) => value),
    );
    expect(String(second!.value)).toBe('b');
  });
});

/** All that kafkajs and Temper ask a record for; headers without a prototype are like those with one. */
function told(record: FetchedRecord) {
  const { attributes, timestamp, offset, key, value, headers, isControlRecord, batchContext } = record;
  const said = { attributes, timestamp, offset, key, value, headers: Object.entries(headers) };
  return { ...said, isControlRecord, batchContext };
}
