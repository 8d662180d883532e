import type { KafkaMessage } from 'kafkajs';
import { LIMITS } from '../../schemas/limits.ts';
import type { RecordSpan, StreamRecord } from './bus.ts';

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
    return new MessageRecord(message, shift + (isWhole ? first + n : Number(message.offset)), timestamp_ms);
  });
}

/** Key and value are made when they are asked for: of all that wait, the garbage collector has less to copy. */
class MessageRecord implements StreamRecord {
  readonly offset: number;
  readonly timestamp_ms: number;
  span?: RecordSpan;
  readonly #message: KafkaMessage;
  #key: string | null | undefined;
  #traceparent: string | undefined;

  constructor(message: KafkaMessage, offset: number, timestamp_ms: number) {
    this.#message = message;
    this.offset = offset;
    this.timestamp_ms = timestamp_ms;
  }

  get key(): string | null {
    if (this.#key === undefined) this.#key = this.#message.key?.toString('utf8') ?? null;
    return this.#key;
  }

  get value(): Buffer | null {
    return this.#message.value;
  }

  get traceparent(): string | undefined {
    return this.#traceparent ?? traceparentIn(this.#message);
  }

  /** Where traces are told, of the span that handles it. */
  set traceparent(place: string) {
    this.#traceparent = place;
  }
}

/** It goes on to all that is made of the record, which has to remain small enough for the broker: what is too long for one is none. */
function traceparentIn({ headers }: KafkaMessage): string | undefined {
  const said = headers?.traceparent;
  if (said === undefined || Array.isArray(said) || said.length > LIMITS.traceparent_bytes) return undefined;
  return said.toString();
}
