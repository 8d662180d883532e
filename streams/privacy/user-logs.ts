import { isPseudonym } from '../../models/privacy/pseudonyms.ts';
import { signedErasure } from '../../models/privacy/signed-erasure.ts';
import { keysIn } from '../../models/registry/keys.ts';
import type { Remain } from '../../schemas/erasures.ts';
import { readPolicies } from '../../schemas/policies/policies.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { logStart } from '../features/log/replica.ts';
import { BUCKETS, readSnapshotHead } from '../features/log/snapshot.ts';
import { jobsFor, type TopicName } from '../graph.ts';
import type { Bus, Outbox } from '../kafka/bus.ts';
import { slotOf } from '../kafka/consuming/slots.ts';
import { partitionOf } from '../kafka/sending/partitioner.ts';
import { READERS, type Reader } from '../offsets/readers.ts';
import { isEventTopic } from './mentions.ts';
import { eachNamingOf, eachRecordOf } from './user-records.ts';
import { expiryOf, isByUser, STAGES, USER_TOPICS } from './user-topics.ts';

type End = [slot: string, end: number];

/** The event that says that nothing of before is to be known: when the broker took it, and where it stands. */
interface Mark {
  recorded_ms: number;
  end: End;
}

/** What a mark is about: events, and what jobs hold of a user; the shortest first. */
const FORGOTTEN = ['ads.shown', 'features.user.snapshots', 'features.user.log', 'shop.events'] as const;

interface Context {
  bus: Bus;
  outbox: Outbox;
  config: Pick<Config, 'partitions' | 'policies' | 'policy' | 'pseudonymKeys' | 'keys' | 'dataDir'>;
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
   * @returns the broker's time of it, and what of its partition has to be read until it is known; nothing where no job
   *   knows anything of such an id: the shop's own, unless they knew it before there were pseudonyms
   */
  async mark(user: string, id: string, at_ms: number): Promise<Mark | undefined> {
    const { bus, outbox, config } = this.#context;
    if (config.pseudonymKeys !== undefined && !isPseudonym(user) && !(await this.#isKnown(user))) return undefined;
    const partition = this.#partition(user);
    const from = (await bus.bounds('shop.events')).get(partition)?.high;
    const event = await signedErasure(keysIn(config), { id, at_ms, user }, Date.now());
    const value = JSON.stringify(event);
    await outbox.publish('ads.shown', { key: user, value: null });
    await outbox.publish('shop.events', { key: user, value }); // last: until then all is meant, the other record too
    let mark: Mark | undefined;
    await bus.follow({
      topics: ['shop.events'],
      partitions: [partition],
      once: true,
      from: () => from,
      apply: (_topic, _partition, record) => {
        if (record.key !== user || record.value?.toString() !== value) return;
        mark = { recorded_ms: record.timestamp_ms, end: [slotOf('shop.events', partition), record.offset + 1] };
      },
    });
    return mark;
  }

  /** By topic and partition where the records of a stage end that may be the user's, or name him. */
  async ends(user: string, stage: number): Promise<End[]> {
    return (await Promise.all(STAGES[stage]!.map(topic => this.#endsOf(user, topic)))).flat();
  }

  /** Where the snapshots end that may have the user's state. */
  async snapshotEnds(user: string): Promise<End[]> {
    return this.#endsOf(user, 'features.user.snapshots');
  }

  /**
   * Who has not read up to there, in words; nobody when all have.
   *
   * @param only this job
   */
  async behind(ends: readonly (readonly [slot: string, end: number])[], only?: string): Promise<string[]> {
    const { bus } = this.#context;
    const behind: string[] = [];
    for (const topic of new Set(ends.map(([slot]) => slot.split('/')[0] as TopicName))) {
      for (const { group, job } of await this.#readersOf(topic)) {
        if (only !== undefined && job !== only) continue;
        const committed = await bus.committed(group, topic);
        for (const [slot, end] of ends) {
          const partition = Number(slot.split('/')[1]);
          if (slot !== slotOf(topic, partition) || (committed.get(partition) ?? 0) >= end) continue;
          behind.push(`${group} at ${committed.get(partition) ?? 'nothing'} of ${end} in ${slot}`);
        }
      }
    }
    return behind;
  }

  /** What there is of the user that the broker took until a moment, or that was made of it. */
  async scan(user: string, until_ms: number): Promise<Remain[]> {
    const found: Remain[] = [];
    const { topics } = readPolicies(this.#context.config.policy).retention;
    const events = await this.#eventsUntil(user, until_ms);
    for (const topic of USER_TOPICS) {
      for (const [slot, { count, recorded_ms }] of await this.#find(topic, user, until_ms, events)) {
        found.push({ where: slot, count, expires_ms: expiryOf(topic, recorded_ms, topics) });
      }
      for (const [slot, { count, recorded_ms }] of await this.#findNamed(topic, user, until_ms)) {
        const where = `${slot}, named by others`;
        found.push({ where, count, expires_ms: expiryOf(topic, recorded_ms, topics), ofOthers: true });
      }
    }
    return found;
  }

  /**
   * Deletes what there is of the user by deleting all that lies before it in its partition, whoever's it is: where all of
   * Temper's readers have had it, and no snapshot needs it. Who else reads these topics, such as the shop, should have.
   * Where others name the user, in any partition, is left to go with its log: a cut there would take everybody's.
   *
   * @returns how many records went, by partition
   */
  async cut(user: string, until_ms: number): Promise<[slot: string, records: number][]> {
    const { bus } = this.#context;
    const gone: [string, number][] = [];
    const events = await this.#eventsUntil(user, until_ms);
    for (const topic of USER_TOPICS) {
      const found = await this.#find(topic, user, until_ms, events);
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

  /** Whether anything is there that a mark makes the jobs forget, or that they may yet read. */
  async #isKnown(user: string): Promise<boolean> {
    let isKnown = false;
    for (const topic of FORGOTTEN) {
      await eachRecordOf(this.#context.bus, this.#context.config.partitions, topic, user, () => {
        isKnown = true;
      });
      if (isKnown) return true;
    }
    return false;
  }

  /** The offset of the user's partition of events that the broker took first behind that moment. */
  async #eventsUntil(user: string, until_ms: number): Promise<number> {
    return (await this.#context.bus.offsetsAt('shop.events', until_ms + 1)).get(this.#partition(user)) ?? 0;
  }

  async #find(topic: TopicName, user: string, until_ms: number, before: number) {
    const found = new Map<string, { partition: number; count: number; next: number; recorded_ms: number }>();
    const { bus, config } = this.#context;
    await eachRecordOf(bus, config.partitions, topic, user, (record, partition, mentions) => {
      const { offset, timestamp_ms } = record;
      if (timestamp_ms > until_ms && !mentions.isOfBefore(topic, record, before)) return;
      const slot = slotOf(topic, partition);
      const count = (found.get(slot)?.count ?? 0) + 1;
      found.set(slot, { partition, count, next: offset + 1, recorded_ms: timestamp_ms });
    });
    return found;
  }

  /** Others' events that name the user, in whatever partition they are. */
  async #findNamed(topic: TopicName, user: string, until_ms: number) {
    const found = new Map<string, { count: number; recorded_ms: number }>();
    if (!isEventTopic(topic)) return found;
    await eachNamingOf(this.#context.bus, topic, user, ({ timestamp_ms }, partition) => {
      if (timestamp_ms > until_ms) return;
      const slot = slotOf(topic, partition);
      const count = (found.get(slot)?.count ?? 0) + 1;
      found.set(slot, { count, recorded_ms: timestamp_ms });
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
    for (const { group } of await this.#readersOf(topic)) {
      const committed = (await bus.committed(group, topic)).get(partition);
      if (committed !== undefined) least = Math.min(least, committed);
    }
    return least;
  }

  /**
   * Those that have to have read a topic. A job that is not configured is waited for as long as somebody runs it all the
   * same: what it committed once stays for days.
   */
  async #readersOf(topic: TopicName): Promise<Reader[]> {
    const { bus, config } = this.#context;
    const jobs = jobsFor(config);
    const readers = READERS.filter(({ topics }) => topics.includes(topic));
    const isWaitedFor = await Promise.all(
      readers.map(async ({ job, group }) => jobs.includes(job) || bus.isAtWork(group)),
    );
    return readers.filter((_, n) => isWaitedFor[n]);
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

  async #endsOf(user: string, topic: TopicName): Promise<End[]> {
    const concerned = [...(await this.#context.bus.bounds(topic))].filter(([partition, { low, high }]) => {
      const isAnywhere = !isByUser(topic) || isEventTopic(topic);
      return high > low && (isAnywhere || partition === this.#partition(user));
    });
    return concerned.map(([partition, { high }]) => [slotOf(topic, partition), high]);
  }

  #partition(user: string): number {
    return partitionOf(user, this.#context.config.partitions);
  }
}
