import type { TopicName } from '../graph.ts';
import type { Bus, StreamRecord } from '../kafka/bus.ts';
import { partitionOf } from '../kafka/sending/partitioner.ts';
import { type EventTopic, Mentions } from './mentions.ts';
import { isByUser } from './user-topics.ts';

/**
 * Reads what of a topic is a user's, from its start to where it ends now: the partition that has the user's records, or all
 * where it is not by user.
 */
export async function eachRecordOf(
  bus: Bus,
  partitions: number,
  topic: TopicName,
  user: string,
  take: (record: StreamRecord, partition: number, mentions: Mentions) => void,
): Promise<void> {
  const mentions = new Mentions(user);
  await bus.follow({
    topics: [topic],
    ...(isByUser(topic) && { partitions: [partitionOf(user, partitions)] }),
    once: true,
    apply: (_topic, partition, record) => {
      if (mentions.in(topic, record)) take(record, partition, mentions);
    },
  });
}

/** Reads what of others' events names a user, in all partitions. */
export async function eachNamingOf(
  bus: Bus,
  topic: EventTopic,
  user: string,
  take: (record: StreamRecord, partition: number) => void,
): Promise<void> {
  const mentions = new Mentions(user);
  await bus.follow({
    topics: [topic],
    once: true,
    apply: (_topic, partition, record) => {
      if (mentions.isNamedIn(topic, record)) take(record, partition);
    },
  });
}
