/**
 * Which log a group reads under each topic's name. A topic that is deleted and made anew counts from 0 again: what the
 * group stood for there is gone with it (Kafka forgets it too), and an offset that it remembers elsewhere may look like
 * the next one. So the group notes the ids of its topics where no deletion takes them away: as what Kafka calls the
 * metadata of a commit, on the topic in which Kafka itself keeps commits.
 */
import { z } from 'zod';
import type { TopicIds } from '../wire/topic-ids.ts';
import { madeAnew } from './missing.ts';

const KnownLog = z.object({
  /** The topic's id; empty where no broker has told it. */
  id: z.string(),
  /** How many logs under this name came before it. */
  generation: z.int().nonnegative(),
});
const Note = z.record(z.string(), KnownLog);
/** By topic. */
export type KnownLogs = z.infer<typeof Note>;

export const NOTE = { topic: '__consumer_offsets', partition: 0 };

/**
 * What jobs write names offsets. So that those of the next log under a name are never taken for those of the last, each
 * has a range of its own: more than a partition ever holds, and few enough for 2^53 to have 131,072 of them.
 */
export const RANGE = 2 ** 36;

/** What is added to Kafka's offsets before a job hears of them. */
export function shiftOf(logs: KnownLogs, topic: string): number {
  return (logs[topic]?.generation ?? 0) * RANGE;
}

export function noteOf(logs: KnownLogs) {
  return { ...NOTE, offset: '0', metadata: JSON.stringify(logs) };
}

/** @param metadata of the commit; what somebody else wrote there is no note */
export function readNote(metadata: string | null | undefined): KnownLogs {
  try {
    return Note.parse(JSON.parse(metadata ?? '{}'));
  } catch {
    return {};
  }
}

/**
 * What a group knows, with the topics that it has not met before. What the broker says nothing of stays as it was known.
 *
 * @throws OFFSET_LOST where a topic was made anew
 */
export function sameLogs(known: KnownLogs, ids: TopicIds | undefined, group: string): KnownLogs {
  const logs = { ...known };
  for (const [topic, id] of ids ?? []) {
    if (id === null) continue;
    const held = logs[topic];
    if (held?.id && held.id !== id) throw madeAnew(topic, group);
    logs[topic] = { id, generation: held?.generation ?? 0 };
  }
  return logs;
}

/**
 * The log that stands under a name now takes the place of what the group has read.
 *
 * @param id undefined: the broker does not tell
 */
export function nextLog(known: KnownLogs, topic: string, id: string | undefined, generation: number): KnownLogs {
  return { ...known, [topic]: { id: id ?? '', generation } };
}
