/** kafkajs's request that sends messages, versions 3 to 7, laid out in one piece (https://kafka.apache.org/protocol#The_Messages_Produce). */
import { RecordBatch, type Sender, type SentMessage } from './record-batch.ts';

interface Produced {
  acks: number;
  timeout: number;
  transactionalId?: string | null;
  producerId?: Sender['producerId'];
  producerEpoch?: number;
  topicData: readonly TopicData[];
}

interface TopicData {
  topic: string;
  partitions: readonly { partition: number; firstSequence?: number; messages: readonly SentMessage[] }[];
}

/** As much of kafkajs's Encoder as its requests are asked for. */
export interface Encoded {
  buf: Buffer;
  buffer: Buffer;
  size(): number;
}

const PRODUCE = 0;

/** In place of kafkajs's function of that version; those of later ones call it. It compresses nothing: nor do Temper's producers. */
export function produceRequest({
  acks,
  timeout,
  transactionalId = null,
  producerId = -1,
  producerEpoch = 0,
  topicData,
}: Produced) {
  return {
    apiKey: PRODUCE,
    apiVersion: 3,
    apiName: 'Produce',
    expectResponse: () => acks !== 0,
    encode: async (): Promise<Encoded> => {
      const now_ms = Date.now();
      const topics = topicData.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(part => ({ ...part, batch: new RecordBatch(part.messages, now_ms) })),
      }));
      const bytes = topics.reduce(
        (sum, { topic, partitions }) =>
          partitions.reduce((inner, { batch }) => inner + 8 + batch.bytes, sum + textBytes(topic) + 4),
        textBytes(transactionalId) + 10,
      );
      const into = Buffer.allocUnsafe(bytes);
      let at = writeText(into, 0, transactionalId);
      at = into.writeInt16BE(acks, at);
      at = into.writeInt32BE(timeout, at);
      at = into.writeInt32BE(topics.length, at);
      for (const { topic, partitions } of topics) {
        at = into.writeInt32BE(partitions.length, writeText(into, at, topic));
        for (const { partition, firstSequence = 0, batch } of partitions) {
          at = into.writeInt32BE(batch.bytes, into.writeInt32BE(partition, at));
          const sender = { producerId, producerEpoch, firstSequence, isTransactional: transactionalId !== null };
          at = batch.writeTo(into, at, sender);
        }
      }
      return encoded(into);
    },
  };
}

interface Request {
  correlationId: number;
  clientId: string;
  request: { apiKey: number; apiVersion: number; encode(): Promise<{ buffer: Buffer }> };
}

/** In place of kafkajs's function that puts size and header before the body of any request. */
export async function createRequest({ correlationId, clientId, request }: Request): Promise<Encoded> {
  const { buffer: body } = await request.encode();
  const into = Buffer.allocUnsafe(4 + 8 + textBytes(clientId) + body.length);
  let at = into.writeInt32BE(into.length - 4, 0);
  at = into.writeInt16BE(request.apiKey, at);
  at = into.writeInt16BE(request.apiVersion, at);
  at = into.writeInt32BE(correlationId, at);
  body.copy(into, writeText(into, at, clientId));
  return encoded(into);
}

/** In place of kafkajs's function that sorts what is sent by partition: that one copies all that it has for each message. */
export function groupMessagesPerPartition({ topic, partitionMetadata, messages, partitioner }: Grouping) {
  const groups: Record<number, SentMessage[]> = {};
  if (partitionMetadata.length === 0) return groups;
  for (const message of messages) {
    const partition = partitioner({ topic, partitionMetadata, message });
    groups[partition] ??= [];
    groups[partition].push(message);
  }
  return groups;
}

interface Grouping {
  topic: string;
  partitionMetadata: readonly unknown[];
  messages: readonly SentMessage[];
  partitioner(of: { topic: string; partitionMetadata: readonly unknown[]; message: SentMessage }): number;
}

function encoded(buffer: Buffer): Encoded {
  return { buf: buffer, buffer, size: () => buffer.length };
}

function textBytes(text: string | null): number {
  return 2 + (text === null ? 0 : Buffer.byteLength(text));
}

/** @returns where it ends */
function writeText(into: Buffer, start: number, text: string | null): number {
  const at = into.writeInt16BE(text === null ? -1 : Buffer.byteLength(text), start);
  return text === null ? at : at + into.write(text, at, 'utf8');
}
