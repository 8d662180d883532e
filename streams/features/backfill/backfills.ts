import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Cells } from '../../../models/features/aggregates/reducer.ts';
import type { BackfillComparison, BackfillPart, BackfillScope, Position } from '../../../schemas/backfills.ts';
import type { Store } from '../../../schemas/clickhouse.ts';
import { TemperError } from '../../../schemas/errors.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import type { Bus, Outbox } from '../../kafka/bus.ts';
import { slotOf } from '../../kafka/consuming/slots.ts';
import { DeltaReader } from '../log/delta.ts';
import { type Entity, ITEMS, USERS } from '../log/entities.ts';
import { LiveKeys } from '../log/keys/live-keys.ts';
import { Names } from '../log/keys/names.ts';
import { logStart, Replica } from '../log/replica.ts';
import type { SnapshotHead } from '../log/snapshot.ts';
import { ITEM_TOPICS, offerSnapshots, type StateTopics, USER_TOPICS } from '../restore.ts';
import { archivedEvents, archivedValues } from './archive.ts';
import { agreement, agreementWithSql } from './compare.ts';
import { merged, type Piece, piecesIn, WholeFolder } from './files.ts';
import { importedEvents, importsOf } from './imports.ts';
import { followLateness } from './lateness.ts';
import { Pace } from './pace.ts';
import { positionOf, type Standing } from './position.ts';
import { publishRebuilt } from './publish.ts';
import { type ItemDeltas, ItemRebuild, snapshotsOf, UserRebuild } from './rebuild.ts';

/** Of a log the last records, one of which is not of a process that woke up late. */
const LAST_RECORDS = 32;
/** Keys of a partition for which ClickHouse makes the values of all features. */
const SQL_KEYS = 200;

const OF = {
  user: { entity: USERS as Entity<Cells>, topics: USER_TOPICS },
  item: { entity: ITEMS as Entity<Cells>, topics: ITEM_TOPICS },
} as const;

export interface BackfillContext {
  bus: Bus;
  store: Store;
  outbox: Outbox;
  /** Runs have their folders in it. */
  directory: string;
  partitions: number;
  entities?: { user: Entity<Cells>; item: Entity<Cells> };
}

/** Called between two stretches of work, with how far it is. Throws where the work is to stop. */
export type Pulse = (done: { entity: 'user' | 'item'; partition: number; offset: number }) => void;

/** The steps of a backfill, each of which may be done again at any time. */
export class Backfills {
  readonly #context: BackfillContext;
  readonly #live: number;

  constructor(context: BackfillContext) {
    this.#context = context;
    this.#live = Math.ceil(LIMITS.live_keys / context.partitions);
  }

  /**
   * By source partition the offset behind all events that there are: what is told from there on, jobs of today tell. And
   * what was imported and counts too.
   */
  async begin(features: readonly string[]): Promise<Pick<BackfillScope, 'least' | 'imports'>> {
    const { bus, store } = this.#context;
    const bounds = await bus.bounds('shop.events');
    return {
      least: Array.from(bounds, ([source, { high }]) => [source, high]),
      imports: await importsOf(store, features),
    };
  }

  /** @throws TIMED_OUT while the job has not come so far */
  async position({ least, imports }: Pick<BackfillScope, 'least' | 'imports'>): Promise<Position> {
    const items = await this.#heads(ITEM_TOPICS);
    const users = await this.#heads(USER_TOPICS);
    const last = await this.#last();
    const standings = users.map((heads, partition): Standing => ({ heads, last: last.get(partition) ?? [] }));
    const position = positionOf(
      standings,
      items.map(heads => ({ heads })),
      new Map(least),
    );
    if (position) return { ...position, imports };
    throw new TemperError('TIMED_OUT', {
      where: 'features.user.log',
      expected: 'that it tells of all events that there were when the backfill began',
      next: 'Does the job `features` run?',
    });
  }

  /**
   * Makes a partition's states from the archive, where that has not been done; users before items. It keeps behind those
   * who serve: it works for a small share of the time, and for a smaller one while lists are late.
   */
  async rebuild(part: BackfillPart, pulse: Pulse): Promise<void> {
    const folder = new WholeFolder(this.#folder(part));
    if (await folder.isThere()) return;
    const { lateness, stop } = await followLateness(this.#context.bus);
    const pace = new Pace(() => lateness.isLate(), { isQuiet: () => lateness.isQuiet() });
    try {
      if (part.entity === 'user') await this.#rebuildUsers(part, folder, pulse, pace);
      else await this.#rebuildItems(part, folder, pulse, pace);
      await folder.finish();
    } finally {
      await folder.close();
      await stop();
    }
  }

  async #rebuildUsers(part: BackfillPart, folder: WholeFolder, pulse: Pulse, pace: Pace): Promise<void> {
    const { position, partition } = part;
    const { store, partitions } = this.#context;
    const until = new Map(position.until).get(partition) ?? 0;
    const { user, item } = this.#entities;
    const users = new UserRebuild({ users: user, items: item }, partitions, partition, this.#live);
    const tell = async (file: 'imported' | 'items', told: readonly ItemDeltas[], offset: number) => {
      for (const { partition, since_ms, value } of told) {
        await folder.append(`${file}-${partition}`, { number: partition, at_ms: since_ms, value });
      }
      pulse({ entity: 'user', partition, offset });
      await pace.rest();
    };
    for await (const events of importedEvents(store, part, partitions)) {
      await tell('imported', users.takeImported(events), 0);
    }
    for await (const { events, to } of archivedEvents(store, partition, until)) {
      await tell('items', users.take(events, to), to);
    }
    if (until > 0) users.take([], until);
    await this.#append(folder, users.replica, position.users[partition]!, position.generation, pace);
  }

  async #rebuildItems(part: BackfillPart, folder: WholeFolder, pulse: Pulse, pace: Pace): Promise<void> {
    const { position, partition } = part;
    const items = new ItemRebuild(this.#entities.item, this.#live);
    let taken = 0;
    const told = (file: 'imported' | 'items') =>
      merged(
        Array.from({ length: this.#context.partitions }, (_, source) => {
          return piecesIn(this.#folder({ ...part, entity: 'user', partition: source }), `${file}-${partition}`);
        }),
      );
    const done = async () => {
      pulse({ entity: 'item', partition, offset: ++taken });
      await pace.rest();
    };
    for await (const piece of told('imported')) {
      items.takeImported(piece);
      await done();
    }
    for await (const piece of told('items')) {
      items.take(piece);
      await done();
    }
    items.end(position.until);
    await this.#append(folder, items.replica, position.items[partition]!, position.generation, pace);
  }

  async #append(folder: WholeFolder, replica: Replica<Cells>, log: number, generation: number, pace: Pace) {
    for (const { bucket, value } of snapshotsOf(replica, log, generation)) {
      await folder.append('snapshots', { number: bucket, at_ms: 0, value });
      await pace.rest();
    }
  }

  /**
   * What was rebuilt beside what the declared SQL makes of the same events, and beside what serves, both with all of the
   * log.
   *
   * @param features that are to differ from what serves; none: all of them may
   * @param goOn called behind each rest; throws where the work is to stop
   */
  async compare(part: BackfillPart, features: ReadonlySet<string>, goOn: () => void): Promise<BackfillComparison> {
    const { lateness, stop } = await followLateness(this.#context.bus);
    const pace = new Pace(() => lateness.isLate(), { isQuiet: () => lateness.isQuiet() });
    try {
      return await this.#compare(part, features, worked_ms => pace.rest(worked_ms).then(goOn));
    } finally {
      await stop();
    }
  }

  async #compare(
    part: BackfillPart,
    features: ReadonlySet<string>,
    rest: (worked_ms?: number) => Promise<void>,
  ): Promise<BackfillComparison> {
    const { bus, store, partitions } = this.#context;
    const { topics } = OF[part.entity];
    const entity = this.#entities[part.entity];
    const { partition } = part;
    const replicaOf = () =>
      new Replica(entity, slotOf(topics.log, partition), new Names(), new LiveKeys<Cells>(this.#live));
    const [serving, rebuilt] = [replicaOf(), replicaOf()];
    await offerSnapshots(bus, topics, new Map([[partition, serving]]), { rest });
    for await (const { value } of this.#snapshots(part)) {
      rebuilt.offer(value);
      await rest();
    }
    const archived = await archivedValues(store, part, { keys: SQL_KEYS, partitions });
    await rest();
    const starts = [serving, rebuilt].map(replica => [replica, logStart(replica.restore())] as const);
    await rest();
    const bySql = agreementWithSql(entity.format.reducer, rebuilt, archived);
    await bus.follow({
      topics: [topics.log],
      partitions: [partition],
      once: true,
      rest,
      from: () => Math.min(...starts.map(([, start]) => start)),
      apply: (_topic, _partition, { value, offset }) => {
        for (const [replica, start] of starts) if (value && offset >= start) replica.apply(value);
      },
    });
    return { ...(await agreement(entity.format.reducer, serving, rebuilt, features, rest)), bySql };
  }

  /** @returns how much was not there yet, in the topics of snapshots and log: once more, until it is 0 */
  async publish(part: BackfillPart): Promise<number> {
    const pace = new Pace(() => false); // it is over in moments, and what it waits for is the broker
    return publishRebuilt(this.#context, OF[part.entity].topics, part, this.#snapshots(part), () => pace.rest());
  }

  async clear(run: string): Promise<void> {
    await rm(path.join(this.#context.directory, run), { recursive: true, force: true });
  }

  get #entities(): { user: Entity<Cells>; item: Entity<Cells> } {
    return this.#context.entities ?? { user: OF.user.entity, item: OF.item.entity };
  }

  #folder({ run, entity, partition }: Pick<BackfillPart, 'run' | 'entity' | 'partition'>): string {
    return path.join(this.#context.directory, run, `${entity}-${partition}`);
  }

  #snapshots(part: BackfillPart): AsyncGenerator<Piece> {
    return piecesIn(this.#folder(part), 'snapshots');
  }

  /** By partition the heads that count. */
  async #heads(topics: StateTopics): Promise<SnapshotHead[][]> {
    const { bus, partitions } = this.#context;
    const heads: SnapshotHead[][] = [];
    for (let partition = 0; partition < partitions; partition++) {
      const replica = new Replica(USERS, topics.snapshots, new Names(), new LiveKeys(1)); // it is asked for heads alone
      await offerSnapshots(bus, topics, new Map([[partition, replica]]));
      heads.push(replica.offered);
    }
    return heads;
  }

  async #last(): Promise<Map<number, DeltaReader[]>> {
    const { bus } = this.#context;
    const bounds = await bus.bounds(USER_TOPICS.log);
    const last = new Map<number, DeltaReader[]>();
    await bus.follow({
      topics: [USER_TOPICS.log],
      once: true,
      from: (_topic, partition) => {
        const { low, high } = bounds.get(partition)!;
        return Math.max(low, high - LAST_RECORDS);
      },
      apply: (_topic, partition, { value }) => {
        if (value) last.set(partition, [...(last.get(partition) ?? []), new DeltaReader(value, true)]);
      },
    });
    return last;
  }
}
