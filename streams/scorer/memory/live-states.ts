import type { LiveItem, LiveUser } from '../../../models/features/states.ts';
import { ITEMS, USERS } from '../../features/log/entities.ts';
import { Names } from '../../features/log/keys/names.ts';
import { ITEM_TOPICS, USER_TOPICS } from '../../features/restore.ts';
import { FeatureMemory } from './feature-memory.ts';

/** The states of all users and items, from their snapshots and then along their logs. */
export class LiveStates {
  readonly partitions: number;
  readonly users: FeatureMemory<LiveUser>;
  readonly items: FeatureMemory<LiveItem>;

  constructor(partitions: number) {
    const names = new Names();
    this.partitions = partitions;
    this.users = new FeatureMemory(USERS, USER_TOPICS.log, names, partitions);
    this.items = new FeatureMemory(ITEMS, ITEM_TOPICS.log, names, partitions);
  }

  /** Whose snapshots are offered before all else, from which topics; then `restore` is called once. */
  get replicas() {
    return [
      { topics: USER_TOPICS, replicas: this.users.replicas },
      { topics: ITEM_TOPICS, replicas: this.items.replicas },
    ] as const;
  }

  async restore(pause: () => Promise<void>): Promise<void> {
    await this.users.restore(pause);
    await this.items.restore(pause);
  }

  /**
   * Items that are in use in those states are in use in these. Users are not: a list asks for hundreds of items and for one
   * user, and what tens of thousands of users take on the heap is paid for by collections that all lists wait for.
   */
  warm(other: LiveStates, pause: () => Promise<void>): Promise<void> {
    return this.items.warm(other.items, pause);
  }

  /** The first offset to read of a log, behind the snapshots; undefined for all other topics. */
  start(topic: string, partition: number): number | undefined {
    return this.#of(topic)?.start(partition);
  }

  /** Takes a record of a log; records of other topics are none of its business. */
  apply(topic: string, partition: number, record: Buffer): void {
    this.#of(topic)?.apply(partition, record);
  }

  /** The logs have been read to their ends. */
  settle(): void {
    this.users.settle();
    this.items.settle();
  }

  #of(topic: string): FeatureMemory<LiveUser> | FeatureMemory<LiveItem> | undefined {
    if (topic === USER_TOPICS.log) return this.users;
    return topic === ITEM_TOPICS.log ? this.items : undefined;
  }
}
