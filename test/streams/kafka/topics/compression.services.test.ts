/** What producers compress, by any way that Kafka knows, is plain when Temper reads it. */
import { gzipSync } from 'node:zlib';
import { crc32c } from '@node-rs/crc32';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { LIMITS } from '../../../../schemas/limits.ts';
import { createLog } from '../../../../schemas/log.ts';
import { readConfig } from '../../../../schemas/settings/config.ts';
import { OPEN } from '../../../../schemas/settings/connections.ts';
import { topicSpecs } from '../../../../streams/graph.ts';
import { connect } from '../../../../streams/kafka/connect.ts';
import { wayOf } from '../../../../streams/kafka/sign-in.ts';
import { askBroker } from '../../../../streams/kafka/wire/inside.ts';
import { RecordBatch } from '../../../../streams/kafka/wire/record-batch.ts';

const TOPIC = `temper_compression_${process.pid}_${Date.now().toString(36)}`;
const WAY = wayOf(OPEN, 5_000, () => {});
const NOBODY = { producerId: -1, producerEpoch: -1, firstSequence: -1, isTransactional: false };
const HEAD_BYTES = 61;
const RECORD_TOO_LARGE = 10;

const brokers = inject('endpoints').kafka;
const bus = connect({ brokers, name: TOPIC, log: createLog('test', 'silent') });
beforeAll(async () => {
  const { config } = topicSpecs(readConfig({})).find(({ topic }) => topic === 'shop.events')!;
  await bus.ensureTopics([{ topic: TOPIC, partitions: 1, replication: 1, config }]);
});
afterAll(() => bus.stop());

/** A frame of LZ4 whose only block is stored as it is: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md */
function lz4(plain: Buffer): Buffer {
  const [head, size] = [Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]), Buffer.alloc(4)];
  size.writeUInt32LE(0x8000_0000 + plain.length);
  return Buffer.concat([head, size, plain, Buffer.alloc(4)]);
}

/** A batch of one record as a producer sends it that compresses. */
function batchOf(value: string, codec: number, compress: (plain: Buffer) => Buffer): Buffer {
  const plain = new RecordBatch([{ value }], Date.now());
  const laid = Buffer.alloc(plain.bytes);
  plain.writeTo(laid, 0, NOBODY);
  const batch = Buffer.concat([laid.subarray(0, HEAD_BYTES), compress(laid.subarray(HEAD_BYTES))]);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt16BE(codec, 21);
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

/** What the broker says of it: 0 where it has it (https://kafka.apache.org/protocol#The_Messages_Produce, version 3). */
async function sent(batch: Buffer): Promise<number> {
  const name = Buffer.from(TOPIC);
  const body = Buffer.concat([
    Buffer.from([0xff, 0xff, 0xff, 0xff]), // no transaction, acknowledged by all
    ...[30_000, 1].map(int32), // its patience, and one topic
    ...[Buffer.from([0, name.length]), name, int32(1), int32(0), int32(batch.length), batch],
  ]);
  const answer = await askBroker(brokers[0]!, WAY, 30_000, { apiKey: 0, apiVersion: 3, apiName: 'Produce', body });
  return answer.readInt16BE(4 + 2 + name.length + 4 + 4); // behind topics, name, partitions and the partition's number
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

async function valuesRead(): Promise<string[]> {
  const values: string[] = [];
  await bus.follow({ topics: [TOPIC], once: true, apply: (_topic, _partition, { value }) => values.push(`${value}`) });
  return values;
}

it('comes as it was, also by a way that our own client does not know', async () => {
  expect([await sent(batchOf('by gzip', 1, gzipSync)), await sent(batchOf('by lz4', 3, lz4))]).toEqual([0, 0]);
  expect(await valuesRead()).toEqual(['by gzip', 'by lz4']);
});

it('is refused by the broker where it is more than a record may be, however little came', async () => {
  const bomb = batchOf('x'.repeat(LIMITS.record_bytes), 1, gzipSync);
  expect(bomb.length).toBeLessThan(LIMITS.event_bytes);
  expect(await sent(bomb)).toBe(RECORD_TOO_LARGE);
});
