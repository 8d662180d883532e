import { targetOf } from '../../schemas/topics/events.ts';
import { admit } from '../admit.ts';
import { DeltaReader } from '../features/log/delta.ts';
import { USERS } from '../features/log/entities.ts';
import { readSnapshot, readSnapshotHead } from '../features/log/snapshot.ts';
import type { TopicName } from '../graph.ts';
import type { StreamRecord } from '../kafka/bus.ts';

/** Where users name others. */
export type EventTopic = 'raw.events' | 'shop.events';
export const isEventTopic = (topic: TopicName): topic is EventTopic =>
  topic === 'raw.events' || topic === 'shop.events';

/** Of events that name others, what each has in it: others need not be parsed. */
const ABOUT_OTHERS = ['follow', 'share'];

/**
 * Whether a record is of a user: by its key; in packed states, by the keys within; in a dead letter, whose key is a place,
 * by the key of the refused record, or the id in quotes within its bytes.
 */
export class Mentions {
  readonly #user: string;
  readonly #plain: Buffer;
  readonly #quoted: string;

  constructor(user: string) {
    this.#user = user;
    this.#plain = Buffer.from(user);
    this.#quoted = JSON.stringify(user);
  }

  in(topic: TopicName, record: StreamRecord): boolean {
    const { key, value } = record;
    if (topic === 'features.user.log') return this.#isPacked(value) && this.#inLog(value!);
    if (topic === 'features.user.snapshots') return this.#isPacked(value) && this.#inSnapshot(value!);
    if (topic === 'dead.letters') return this.#inLetter(record);
    return key === this.#user; // a tombstone's, too
  }

  /**
   * Whether a record of somebody else's events names the user: whom its user follows, or shares something with. One that is
   * refused does so where the id stands in quotes within it.
   */
  isNamedIn(topic: EventTopic, record: StreamRecord): boolean {
    const { key, value } = record;
    if (key === this.#user || !ABOUT_OTHERS.some(type => value?.includes(type))) return false;
    const event = admit(topic, record);
    return event.ok ? targetOf(event.value) === this.#user : value!.includes(this.#quoted);
  }

  /**
   * Whether packed states, in which the user is, tell of one of his events below an offset of their partition: the broker
   * may have taken them later than what comes behind these. A tombstone is an erasure's own, by another broker's clock.
   */
  isOfBefore(topic: TopicName, { value }: StreamRecord, offset: number): boolean {
    if (value === null) return true;
    if (topic === 'features.user.snapshots') return !readSnapshotHead(value).next.some(([, next]) => next >= offset);
    return topic === 'features.user.log' && this.#inLog(value, offset);
  }

  /** A quick no for most: as a part of another id it may stand there, too. */
  #isPacked(value: Buffer | null): boolean {
    return value?.includes(this.#plain) ?? false;
  }

  #inLog(value: Buffer, below = Number.POSITIVE_INFINITY): boolean {
    const delta = new DeltaReader(value, true);
    while (delta.next()) if (delta.key === this.#user && delta.offset < below) return true;
    return false;
  }

  #inSnapshot(value: Buffer): boolean {
    return readSnapshot(value, USERS.format).entries.some(([key]) => key === this.#user);
  }

  #inLetter(record: StreamRecord): boolean {
    const letter = admit('dead.letters', record);
    if (!letter.ok) return false;
    const { key, detail, value } = letter.value;
    if (key === this.#user || detail.includes(this.#quoted)) return true;
    return value !== null && Buffer.from(value, 'base64').includes(this.#quoted);
  }
}
