import { createRequire } from 'node:module';
import type { KafkaMessage } from 'kafkajs';

type Message = KafkaMessage & { isControlRecord?: boolean };

/** What a fetch brought of a partition, as kafkajs decoded it. */
interface Fetched {
  partition: number;
  highWatermark: string;
  abortedTransactions?: readonly unknown[];
  messages: Message[];
}

const require = createRequire(import.meta.url);
const withoutAborted = require('kafkajs/src/consumer/filterAbortedMessages.js') as (
  of: Pick<Fetched, 'messages' | 'abortedTransactions'>,
) => Message[];

/**
 * In place of kafkajs's `Batch`, which makes a BigInt of each offset: messages come in the order of their offsets, so only
 * those before the one that was asked for are looked at.
 */
export class FetchedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly fetchedOffset: string;
  readonly highWatermark: string;
  /** All that came: a broker sends whole batches of its log. */
  readonly rawMessages: readonly Message[];
  readonly messagesWithinOffset: Message[];
  /** Without what was aborted, and without marks of transactions. */
  readonly messages: readonly Message[];

  constructor(topic: string, fetchedOffset: string, { partition, highWatermark, messages, ...rest }: Fetched) {
    this.topic = topic;
    this.partition = partition;
    this.fetchedOffset = fetchedOffset;
    this.highWatermark = highWatermark;
    this.rawMessages = messages;
    const asked = Number(fetchedOffset);
    let before = 0;
    while (before < messages.length && Number(messages[before]!.offset) < asked) before++;
    this.messagesWithinOffset = before === 0 ? messages : messages.slice(before);
    const kept = withoutAborted({ messages: this.messagesWithinOffset, ...rest });
    const hasMarks = kept.some(({ isControlRecord }) => isControlRecord);
    this.messages = hasMarks ? kept.filter(({ isControlRecord }) => !isControlRecord) : kept;
  }

  isEmpty(): boolean {
    return this.messages.length === 0;
  }

  isEmptyIncludingFiltered(): boolean {
    return this.messagesWithinOffset.length === 0;
  }

  isEmptyDueToFiltering(): boolean {
    return this.isEmpty() && this.rawMessages.length > 0;
  }

  isEmptyControlRecord(): boolean {
    return this.isEmpty() && this.messagesWithinOffset.some(({ isControlRecord }) => isControlRecord);
  }

  isEmptyDueToLogCompactedMessages(): boolean {
    return this.rawMessages.length > 0 && this.isEmptyIncludingFiltered();
  }

  firstOffset(): string | null {
    return this.messagesWithinOffset[0]?.offset ?? null;
  }

  lastOffset(): string {
    if (this.isEmptyDueToLogCompactedMessages()) return this.fetchedOffset;
    return this.messagesWithinOffset.at(-1)?.offset ?? String(Number(this.highWatermark) - 1);
  }

  /** How many records are behind the last one. */
  offsetLag(): string {
    return String(Number(this.highWatermark) - 1 - Number(this.lastOffset()));
  }

  offsetLagLow(): string {
    const first = this.firstOffset();
    return first === null ? '0' : String(Number(this.highWatermark) - 1 - Number(first));
  }
}
