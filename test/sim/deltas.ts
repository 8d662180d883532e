import { deedOf } from '../../models/features/deeds.ts';
import type { LiveUser } from '../../models/features/states.ts';
import type { ShopEvent } from '../../schemas/topics/events.ts';
import { ITEMS, USERS } from '../../streams/features/log/entities.ts';
import { LiveKeys } from '../../streams/features/log/keys/live-keys.ts';
import { Names } from '../../streams/features/log/keys/names.ts';
import { Replica } from '../../streams/features/log/replica.ts';
import { UserPartition } from '../../streams/features/log/user-partition.ts';
import type { StreamRecord } from '../../streams/kafka/bus.ts';

/** What the feature job writes of events, where there is one partition: records of both logs, for whoever follows them. */
export class Deltas {
  readonly #partition: UserPartition<LiveUser>;
  #offset = 0;

  constructor() {
    const replica = new Replica(USERS, 'test', new Names(), new LiveKeys<LiveUser>(1_000));
    this.#partition = new UserPartition(USERS, ITEMS, 1, 0, replica);
    this.#partition.begin(0);
  }

  of(events: readonly ShopEvent[], at_ms = 0): readonly [topic: string, record: StreamRecord][] {
    for (const event of events) this.#partition.take(deedOf(event), this.#offset++);
    const { users, items } = this.#partition.pack(this.#offset, at_ms);
    const record = (value: Buffer) => ({ key: '0', value, offset: this.#offset, timestamp_ms: at_ms });
    return [
      ['features.user.log', record(users)],
      ...items.map(({ value }) => ['features.item.log', record(value)] as [string, StreamRecord]),
    ];
  }
}
