import type { KafkaMessage } from 'kafkajs';
import type { StreamRecord } from './bus.ts';

/**
 * What kafkajs gives of a partition, as Temper's jobs see it. kafkajs has offsets and times as texts. These are not read
 * one by one: most offsets follow each other, and many times are that of the record before.
 *
 * @param messages in the order of their offsets
 * @param shift what is added to each offset
 */
export function recordsOf(messages: readonly KafkaMessage[], shift: number): StreamRecord[] {
  const first = Number(messages[0]?.offset);
  const isWhole = Number(messages.at(-1)?.offset) - first === messages.length - 1;
  let timestamp = '';
  let timestamp_ms = 0;
  return messages.map((message, n) => {
    if (message.timestamp !== timestamp) {
      timestamp = message.timestamp;
      timestamp_ms = Number(timestamp);
    }
    return {
      key: message.key?.toString('utf8') ?? null,
      value: message.value,
      offset: shift + (isWhole ? first + n : Number(message.offset)),
      timestamp_ms,
      traceparent: message.headers?.traceparent?.toString(),
    };
  });
}
