import type { Kafka, Message as KafkaMessage, Producer, RecordMetadata } from 'kafkajs';
import { TemperError } from '../../../schemas/errors.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import type { Message, Outbox } from '../bus.ts';
import { slotOf } from '../consuming/slots.ts';
import { topicMissing } from '../topics/missing.ts';
import { Partitioners } from '../wire/kafkajs.ts';

/** What leaves together. A broker takes no batch above LIMITS.record_bytes; a record that is larger than this goes alone. */
const FLUSH = { messages: 5_000, bytes: LIMITS.record_bytes / 4 };

interface Waiting {
  topic: string;
  message: Message;
  done: () => void;
  failed: (error: unknown) => void;
}

/**
 * One flush at a time keeps the order per key. A producer that failed is replaced: after an unknown outcome
 * its sequence numbers can no longer be trusted, and every reader tells copies apart by itself.
 */
export async function createOutbox(kafka: Kafka, linger_ms: number, allowed?: readonly string[]): Promise<Outbox> {
  let producer: Producer | undefined;
  const queue: Waiting[] = [];
  let flushing: Promise<void> | undefined;
  /** When what waits is to leave, by `performance.now`. */
  let due_ms = Number.POSITIVE_INFINITY;
  let alarm: { at_ms: number; clear(): void } | undefined;

  const ready = async (): Promise<Producer> => {
    if (producer) return producer;
    const fresh = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { initialRetryTime: 50, retries: 10, maxRetryTime: 3_000, multiplier: 1.7 },
    });
    await fresh.connect();
    producer = fresh;
    return fresh;
  };

  const send = async (batch: Waiting[]) => {
    try {
      const byTopic = new Map<string, KafkaMessage[]>();
      for (const { topic, message } of batch) {
        const list = byTopic.get(topic) ?? [];
        if (list.length === 0) byTopic.set(topic, list);
        const { key, value, partition, timestamp_ms, traceparent } = message;
        const timestamp = timestamp_ms === undefined ? {} : { timestamp: String(timestamp_ms) };
        const headers = traceparent === undefined ? {} : { headers: { traceparent } };
        list.push({ key, value, ...(partition === undefined ? {} : { partition }), ...timestamp, ...headers });
      }
      const topicMessages = [...byTopic].map(([topic, messages]) => ({ topic, messages }));
      const answers = await (await ready()).sendBatch({ acks: -1, topicMessages });
      tellOffsets(batch, answers);
      for (const waiting of batch) waiting.done();
    } catch (cause) {
      const broken = producer;
      producer = undefined;
      await broken?.disconnect().catch(() => {});
      const topics = [...new Set(batch.map(w => w.topic))];
      const error = topicMissing(topics, cause) ?? new TemperError('UNREACHABLE', { where: topics.join(', '), cause });
      // What waits behind must not overtake: whoever sent it sends it again, in order.
      due_ms = Number.POSITIVE_INFINITY;
      for (const waiting of [...batch, ...queue.splice(0)]) waiting.failed(error);
    }
  };

  /** Sends what is due, and what comes to be meanwhile. */
  const drain = async () => {
    while (queue.length > 0 && performance.now() >= due_ms) {
      const batch = queue.splice(0, fitting(queue));
      if (queue.length === 0) due_ms = Number.POSITIVE_INFINITY;
      await send(batch);
    }
  };

  const flush = (): Promise<void> => {
    flushing ??= drain().finally(() => {
      flushing = undefined;
      if (queue.length > 0) wake();
    });
    return flushing;
  };

  /** Lets what waits leave when it is due; what is due at once leaves with what this turn of the loop adds. */
  const wake = () => {
    if (alarm && alarm.at_ms <= due_ms) return;
    alarm?.clear();
    const ring = () => {
      alarm = undefined;
      void flush();
    };
    const left_ms = due_ms - performance.now();
    if (left_ms > 0) {
      const timer = setTimeout(ring, left_ms);
      alarm = { at_ms: due_ms, clear: () => clearTimeout(timer) };
    } else {
      const immediate = setImmediate(ring);
      alarm = { at_ms: due_ms, clear: () => clearImmediate(immediate) };
    }
  };

  await ready();
  return {
    publish(topic, message) {
      if (allowed && !allowed.includes(topic)) {
        throw new Error(`the job graph does not let this job write to ${topic}: declare it in streams/graph.ts`);
      }
      return new Promise((done, failed) => {
        queue.push({ topic, message, done, failed });
        const isFull = queue.length >= FLUSH.messages;
        const wait_ms = Math.max(message.hold_ms ?? 0, linger_ms);
        due_ms = isFull ? 0 : Math.min(due_ms, performance.now() + wait_ms);
        if (isFull) void flush();
        else if (!flushing) wake();
      });
    },
    async stop() {
      while (flushing || queue.length > 0) {
        due_ms = 0;
        await flush();
      }
      alarm?.clear();
      await producer?.disconnect();
    },
  };
}

/** The broker says where the first message of a partition stands; those of a batch follow each other. */
function tellOffsets(batch: readonly Waiting[], answers: readonly RecordMetadata[]): void {
  const ends = new Map<string, number>();
  for (const { topicName, partition, baseOffset } of answers)
    ends.set(slotOf(topicName, partition), Number(baseOffset ?? -1));
  for (const { topic, message } of batch) {
    if (message.partition === undefined) continue; // where it went is known to the partitioner alone
    const slot = slotOf(topic, message.partition);
    const offset = ends.get(slot) ?? -1;
    if (offset < 0) continue;
    message.logged?.(offset);
    ends.set(slot, offset + 1);
  }
}

/** How many of the queue leave together: at least one. */
function fitting(queue: readonly { message: Message }[]): number {
  let bytes = 0;
  let count = 0;
  for (const { message } of queue) {
    bytes += message.key.length + (message.value?.length ?? 0);
    if (count > 0 && (count >= FLUSH.messages || bytes > FLUSH.bytes)) break;
    count++;
  }
  return count;
}
