import type { z } from 'zod';
import type { Pseudonyms } from '../../models/privacy/pseudonyms.ts';
import type { UserDeed } from '../../schemas/topics/events.ts';
import type { DeadLetter } from '../../schemas/topics/operations.ts';
import type { RankRequest } from '../../schemas/topics/ranking.ts';
import { admit } from '../admit.ts';
import { deadLetterOf } from '../dead-letters.ts';
import type { Message, StreamRecord } from '../kafka/bus.ts';
import type { Asked } from './asked.ts';

/** Where users have the shop's own ids. */
export type RawTopic = 'raw.events' | 'raw.requests';

export function isRaw(topic: string): topic is RawTopic {
  return topic === 'raw.events' || topic === 'raw.requests';
}

/** A record under the pseudonyms of its user and of whom else it names, or why it is none: then without what it said, for that names the user. */
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
  const value = JSON.stringify({ ...parsed.value, user, ...otherIn(parsed.value, pseudonyms) });
  return { message: { key: user, value, traceparent } };
}

/** Whom a user follows, or shares something with, has the same pseudonym there as in what he does himself; a brand has none. */
function otherIn(value: RankRequest | z.infer<typeof UserDeed>, pseudonyms: Pseudonyms): object {
  if (!('type' in value)) return {};
  if (value.type === 'share') return value.to === undefined ? {} : { to: pseudonyms.of(value.to) };
  const isOfUser = (value.type === 'follow' || value.type === 'unfollow') && value.whom !== 'brand';
  return isOfUser ? { value: pseudonyms.of(value.value) } : {};
}

/** A list as whoever asked for it on `raw.requests` knows himself; nothing where nobody did. */
export function returned(record: StreamRecord, asked: Asked): Message | undefined {
  const list = admit('rank.lists', record);
  const user = list.ok ? asked.userOf(list.value.id) : undefined;
  if (!list.ok || user === undefined) return undefined;
  return { key: user, value: JSON.stringify({ ...list.value, user }), traceparent: record.traceparent };
}
