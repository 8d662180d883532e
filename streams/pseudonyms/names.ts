import type { Pseudonyms } from '../../models/privacy/pseudonyms.ts';
import type { DeadLetter } from '../../schemas/topics/operations.ts';
import { admit } from '../admit.ts';
import { deadLetterOf } from '../dead-letters.ts';
import type { Message, StreamRecord } from '../kafka/bus.ts';
import type { Asked } from './asked.ts';

/** Where users have the shop's own ids. */
export type RawTopic = 'raw.events' | 'raw.requests';

export function isRaw(topic: string): topic is RawTopic {
  return topic === 'raw.events' || topic === 'raw.requests';
}

/** A record under the pseudonym of its user, or why it is none: then without what it said, for that names the user. */
export function renamed(
  topic: RawTopic,
  partition: number,
  record: StreamRecord,
  pseudonyms: Pseudonyms,
): { message: Message } | { letter: DeadLetter } {
  const parsed = admit(topic, record);
  if (!parsed.ok) {
    const refusal = { reason: parsed.refusal.reason, detail: 'what it said is left out, for it names its user' };
    return { letter: deadLetterOf(topic, partition, { ...record, key: null, value: null }, refusal) };
  }
  const user = pseudonyms.of(parsed.value.user);
  const { traceparent } = record;
  return { message: { key: user, value: JSON.stringify({ ...parsed.value, user }), traceparent } };
}

/** A list as whoever asked for it on `raw.requests` knows himself; nothing where nobody did. */
export function returned(record: StreamRecord, asked: Asked): Message | undefined {
  const list = admit('rank.lists', record);
  const user = list.ok ? asked.userOf(list.value.id) : undefined;
  if (!list.ok || user === undefined) return undefined;
  return { key: user, value: JSON.stringify({ ...list.value, user }), traceparent: record.traceparent };
}
