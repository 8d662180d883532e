import { parseArgs } from 'node:util';
import { printResult, table } from '../cli/output.ts';
import { random } from '../models/random.ts';
import type { ShopEvent } from '../schemas/events.ts';
import { ITEMS, USERS } from '../streams/features/log/entities.ts';
import { Replica } from '../streams/features/log/replica.ts';
import { Rotation } from '../streams/features/log/rotation.ts';
import { BUCKETS, Names } from '../streams/features/log/snapshot.ts';
import { UserPartition } from '../streams/features/log/user-partition.ts';
import { restorePartition } from '../streams/features/restore.ts';
import { type Embedded, withEmbedded } from './embedded.ts';
import { wholeNumber } from './options.ts';

const TOPICS = { log: 'features.user.log', snapshots: 'features.user.snapshots' } as const;
const ITEMS_OF_SHOP = 20_000;
const EVENTS_PER_USER = 6;
const EVENTS_PER_RECORD = 5_000;

const { values } = parseArgs({ options: { json: { type: 'boolean' }, users: { type: 'string', default: '1000000' } } });

/** How long a process that gets all partitions takes until it knows all users: snapshots, and as much log as they are. */
const result = await withEmbedded(stack => measure(stack, wholeNumber('users', 1).parse(values.users)));

printResult(result, values.json, () =>
  table([
    ['USERS', 'SECONDS', 'CPU', 'BYTES A USER', 'EVENTS OF THE LOG', 'BYTES AN EVENT'],
    [
      result.users,
      result.seconds,
      result.cpu_seconds,
      result.bytes_per_user,
      result.events,
      result.bytes_per_event,
    ].map(String),
  ]),
);

async function measure({ bus, config }: Embedded, users: number) {
  let [snapshots, log, events] = [0, 0, 0];
  const outbox = await bus.outbox();
  for (let partition = 0; partition < config.partitions; partition++) {
    const replica = new Replica(USERS, 'bench', new Names());
    const rotation = new Rotation(USERS, replica, []);
    const source = new UserPartition(USERS, ITEMS, config.partitions, partition, replica);
    source.begin(0);
    const people = Math.ceil(users / config.partitions);
    let offset = 0;
    const { below } = random(partition);
    const write = async (count: number, userOf: () => number) => {
      for (let n = 0; n < count; n++) source.take(eventOf(offset, `${partition}/u${userOf()}`, below), offset++);
      const { users: value } = source.pack(offset, Date.now());
      log += value.length;
      events += count;
      await outbox.publish(TOPICS.log, { key: `${partition}`, partition, value });
    };
    let records = 0;
    for (let n = 0; n < people * EVENTS_PER_USER; n += EVENTS_PER_RECORD, records++) {
      let at = n;
      await write(EVENTS_PER_RECORD, () => at++ % people);
    }
    [log, events] = [0, 0];
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const { value } = rotation.next(records);
      snapshots += value.length;
      await outbox.publish(TOPICS.snapshots, { key: `${bucket}`, partition, value });
    }
    for (const own = snapshots / (partition + 1); log < own; ) await write(EVENTS_PER_RECORD, () => below(people));
  }
  await outbox.stop();
  const before = process.cpuUsage();
  const started = performance.now();
  let known = 0;
  for (let partition = 0; partition < config.partitions; partition++) {
    const { replica } = await restorePartition(bus, USERS, TOPICS, partition, async () => {});
    known += replica.entries.size;
  }
  const seconds = (performance.now() - started) / 1e3;
  const { user, system } = process.cpuUsage(before);
  if (known < users) throw new Error(`restored ${known} of ${users} users`);
  const round = (value: number) => Math.round(value * 10) / 10;
  return {
    users: known,
    seconds: round(seconds),
    cpu_seconds: round((user + system) / 1e6),
    bytes_per_user: Math.round(snapshots / known),
    events: events * config.partitions,
    bytes_per_event: round(log / events),
  };
}

function eventOf(n: number, user: string, below: (n: number) => number): ShopEvent {
  const type = below(6) === 0 ? 'click' : 'impression';
  const on = { user, session: `s${below(5_000)}`, item: `i${below(ITEMS_OF_SHOP)}`, list: 'l', position: below(10) };
  return { v: 1, id: `e${n}`, type, at_ms: 1_700_000_000_000 + n * 10, ...on };
}
