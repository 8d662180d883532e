import type { Retention } from '../../schemas/policies/retention.ts';
import { keptBy, TOPICS, type Topic, type TopicName } from '../graph.ts';

/**
 * The topics that hold records of users, stage by stage: when all readers have come behind a stage's records, what they
 * made of them stands in the next one.
 */
export const STAGES = [
  ['raw.events', 'raw.requests'],
  ['shop.events', 'rank.requests'],
  ['rank.lists', 'rank.shadows', 'support.answers', 'ads.shown', 'features.user.log', 'features.user.snapshots'],
  ['rank.examples', 'raw.lists', 'dead.letters'],
] as const satisfies readonly (readonly TopicName[])[];

export const USER_TOPICS: readonly TopicName[] = STAGES.flat();

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A log of features is cut once an hour behind what is a day old; the broker's cleaner has its own pace too. */
const BY_ITSELF_MS = 2 * DAY_MS;

/** Whether one user's records are in one partition of the topic: the user's. */
export function isByUser(topic: TopicName): boolean {
  return TOPICS[topic].key !== 'position';
}

/** When a record that the broker took then is gone for certain: with the last of its segment, a seventh of the time later. */
export function expiryOf(topic: TopicName, recorded_ms: number, topics: Retention['topics'] = {}): number {
  const declared: Topic = TOPICS[topic];
  const keep = keptBy(topics, topic, declared.keep);
  if (typeof keep === 'object' && 'days' in keep) return recorded_ms + keep.days * DAY_MS * (1 + 1 / 7) + HOUR_MS;
  return recorded_ms + BY_ITSELF_MS;
}
