import { isPseudonym } from '../../models/privacy/pseudonyms.ts';
import type { Config } from '../../schemas/config.ts';
import type { Remain } from '../../schemas/erasures.ts';
import type { ShopEvent } from '../../schemas/events.ts';
import { logStart } from '../features/log/replica.ts';
import { BUCKETS, readSnapshotHead } from '../features/log/snapshot.ts';
import { jobsFor, type TopicName } from '../graph.ts';
import type { Bus, Outbox } from '../kafka/bus.ts';
import { partitionOf } from '../kafka/partitioner.ts';
import { slotOf } from '../kafka/slots.ts';
import { READERS } from '../offsets/readers.ts';
import { eachRecordOf } from './user-records.ts';
import { expiryOf, isByUser, STAGES, USER_TOPICS } from './user-topics.ts';

interface Context {
  bus: Bus;
  outbox: Outbox;
  config: Pick<Config, 'partitions' | 'policies' | 'pseudonymKeys'>;
}

/** A user's records in Kafka: each step may be done again at any time. */
export class UserLogs {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  /** How many stages there are for `behind`. */
  get stages(): number {
    return STAGES.length;
  }

  /**
   * Tells whoever reads the user's events that nothing of before is to be known: states are dropped, all snapshots of the
   * partition written anew, and caps of ads forgotten.
   *
   * @param id of the event
   */
  async mark(user: string, id: string, at_ms: number): Promise<void> {
    const { outbox, config } = this.#context;
    if (config.pseudonymKeys !== undefined && !isPseudonym(user)) return; // of the shop's own ids no job knows anything
    const event: ShopEvent = { v: 1, id, type: 'erasure', at_ms, user, session: id };
    await outbox.publish('shop.events', { key: user, value: JSON.stringify(event) });
    await outbox.publish('ads.shown', { key: user, value: null });
  }

  /** By topic and partition where the records of a stage end that may be the user's. */
  async ends(user: string, stage: number): Promise<[slot: string, end: number][]> {
    const ends = STAGES[stage]!.map(async topic => {
      const bounds = await this.#context.bus.bounds(topic);
      const concerned = [...bounds].filter(([partition, { low, high }]) => {
        return high > low && (!isByUser(topic) || partition === this.#partition(user));
      });
      return concerned.map(([partition, { high }]): [string, number] => [slotOf(topic, partition), high]);
    });
    return (await Promise.all(ends)).flat();
  }

  /** Who has not read up to there, in words; nobody when all have. */
  async behind(stage: number, ends: readonly (readonly [slot: string, end: number])[]): Promise<string[]> {
    const jobs = jobsFor(this.#context.config);
    const behind: string[] = [];
    for (const topic of STAGES[stage]!) {
      for (const { group, job } of READERS.filter(({ topics }) => topics.includes(topic))) {
        const committed = await this.#context.bus.committed(group, topic);
        if (!jobs.includes(job) && committed.size === 0) continue; // nobody answers questions here
        for (const [slot, end] of ends) {
          const partition = Number(slot.split('/')[1]);
          if (slot !== slotOf(topic, partition) || (committed.get(partition) ?? 0) >= end) continue;
          behind.push(`${group} at ${committed.get(partition) ?? 'nothing'} of ${end} in ${slot}`);
        }
      }
    }
    return behind;
  }

  /** What there is of the user that the broker took until a moment. */
  async scan(user: string, until_ms: number): Promise<Remain[]> {
    const found: Remain[] = [];
    for (const topic of USER_TOPICS) {
      for (const [slot, { count, recorded_ms }] of await this.#find(topic, user, until_ms)) {
        found.push({ where: slot, count, expires_ms: expiryOf(topic, recorded_ms) });
      }
    }
    return found;
  }

  /**
   * Deletes what there is of the user by deleting all that lies before it in its partition, whoever's it is: where all of
   * Temper's readers have had it, and no snapshot needs it. Who else reads these topics, such as the shop, should have.
   *
   * @returns how many records went, by partition
   */
  async cut(user: string, until_ms: number): Promise<[slot: string, records: number][]> {
    const { bus } = this.#context;
    const gone: [string, number][] = [];
    for (const topic of USER_TOPICS) {
      const found = await this.#find(topic, user, until_ms);
      for (const [slot, { partition, next }] of found) {
        const to = Math.min(next, await this.#needless(topic, partition));
        const low = (await bus.bounds(topic)).get(partition)?.low ?? 0;
        if (to <= low) continue;
        await bus.cut(topic, partition, to);
        gone.push([slot, to - low]);
      }
    }
    return gone;
  }

  async #find(topic: TopicName, user: string, until_ms: number) {
    const found = new Map<string, { partition: number; count: number; next: number; recorded_ms: number }>();
    const { bus, config } = this.#context;
    await eachRecordOf(bus, config.partitions, topic, user, ({ offset, timestamp_ms }, partition) => {
      if (timestamp_ms > until_ms) return;
      const slot = slotOf(topic, partition);
      const count = (found.get(slot)?.count ?? 0) + 1;
      found.set(slot, { partition, count, next: offset + 1, recorded_ms: timestamp_ms });
    });
    return found;
  }

  /** The offset below which nobody of Temper needs a partition any more. */
  async #needless(topic: TopicName, partition: number): Promise<number> {
    const { bus } = this.#context;
    const snapshots = await this.#newestSnapshots(partition);
    let least = Number.POSITIVE_INFINITY;
    if (topic === 'features.user.log') least = logStart(snapshots.map(({ head }) => head));
    if (topic === 'features.user.snapshots') {
      least = snapshots.length < BUCKETS ? 0 : Math.min(...snapshots.map(({ offset }) => offset));
    }
    for (const { group, topics } of READERS) {
      if (!topics.includes(topic)) continue;
      const committed = (await bus.committed(group, topic)).get(partition);
      if (committed !== undefined) least = Math.min(least, committed);
    }
    return least;
  }

  /** Of each bucket of the users' states the last snapshot, and where it stands. */
  async #newestSnapshots(partition: number) {
    const newest = new Map<number, { head: ReturnType<typeof readSnapshotHead>; offset: number }>();
    await this.#context.bus.follow({
      topics: ['features.user.snapshots'],
      partitions: [partition],
      once: true,
      apply: (_topic, _partition, { value, offset }) => {
        if (!value) return;
        const head = readSnapshotHead(value);
        newest.set(head.bucket, { head, offset });
      },
    });
    return [...newest.values()];
  }

  #partition(user: string): number {
    return partitionOf(user, this.#context.config.partitions);
  }
}
