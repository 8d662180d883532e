import type { Fact } from '../../../models/features/aggregates/declarations.ts';
import type { Cells } from '../../../models/features/aggregates/reducer.ts';
import type { Deed } from '../../../models/features/deeds.ts';
import type { Outcome } from '../../../models/features/states.ts';
import { partitionOf } from '../../kafka/sending/partitioner.ts';
import { DeltaWriter } from './delta.ts';
import type { Entity } from './entities.ts';
import type { Replica } from './replica.ts';

/** What there is to write of a range of offsets. */
export interface Packed {
  items: { partition: number; value: Buffer }[];
  users: Buffer;
}

/**
 * One partition of events on its way to features: users change at once, in memory, and the deltas of users and items are
 * packed. Who writes them writes the items' first: once the users' is in the log, its events are never read again for
 * their items.
 */
export class UserPartition<S extends Cells> {
  readonly #users: Entity<S>;
  readonly #replica: Replica<S>;
  readonly #source: number;
  readonly #deltas: DeltaWriter;
  /** By partition of items: what goes there, and up to where it has been told. */
  readonly #items: { deltas: DeltaWriter; told: number; opened: boolean }[];
  #next: number | undefined;
  #opened = false;

  constructor(
    users: Entity<S>,
    items: Pick<Entity<Cells>, 'carried'> | undefined,
    partitions: number,
    source: number,
    replica: Replica<S>,
  ) {
    this.#users = users;
    this.#replica = replica;
    this.#source = source;
    this.#next = replica.positions.of(source);
    this.#deltas = new DeltaWriter(users.carried);
    this.#items = Array.from({ length: items ? partitions : 0 }, () => {
      return { deltas: new DeltaWriter(items!.carried), told: this.#next ?? 0, opened: false };
    });
  }

  /** The offset that comes next; undefined where nothing has been taken yet. */
  get next(): number | undefined {
    return this.#next;
  }

  /** Begins here, not where the features end: at the first of all events, or where the shop accepts that some are lost. */
  begin(offset: number): void {
    this.#next = offset;
    for (const target of this.#items) target.told = offset;
  }

  /** Takes an event's deed in; `known` where the user's snapshot contained it already. */
  take(deed: Deed, offset: number): Outcome | 'known' {
    const { id, user, item, fact, recent } = deed;
    if (fact.type === 'erasure') return this.#erase(user, id, fact, offset);
    const entry = this.#replica.entryOf(user);
    this.#deltas.add(offset, entry.key, fact, id, recent);
    // The log of its items has it too: that is written before the users' log, and this before a snapshot.
    if (this.#replica.isAhead(entry.key, this.#source, offset)) return 'known';
    const outcome = this.#users.reduce(entry.state, deed);
    if (this.#items.length > 0 && outcome !== 'duplicate' && outcome !== 'too fast' && item !== undefined) {
      this.#items[partitionOf(item, this.#items.length)]!.deltas.add(offset, item, fact);
    }
    return outcome;
  }

  #erase(user: string, id: number, fact: Fact, offset: number): Outcome | 'known' {
    this.#deltas.add(offset, user, fact, id);
    if (this.#replica.isAhead(user, this.#source, offset)) return 'known';
    this.#replica.erase(user);
    return 'erased';
  }

  /** How large the users' record has become: it may be packed before the batch is over. */
  get size(): number {
    return this.#deltas.size;
  }

  /** What there is to write of the offsets until `to`, the oldest of which the broker has had since `since_ms`. */
  pack(to: number, since_ms: number): Packed {
    const source = this.#source;
    const items: Packed['items'] = [];
    for (const [partition, target] of this.#items.entries()) {
      if (target.deltas.count === 0) continue;
      const head = { source, from: target.told, to, since_ms, opening: !target.opened };
      items.push({ partition, value: target.deltas.take(head) });
      target.told = to;
      target.opened = true;
    }
    const head = { source, from: this.#next ?? 0, to, since_ms, opening: !this.#opened };
    this.#opened = true;
    this.#next = to;
    this.#replica.positions.take(head, 'memory');
    this.#replica.settle();
    return { items, users: this.#deltas.take(head) };
  }
}
