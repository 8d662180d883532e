import { setImmediate as others } from 'node:timers/promises';
import { printResult } from '../../cli/output.ts';
import { deedOf } from '../../models/features/deeds.ts';
import { random } from '../../models/random.ts';
import type { ShopEvent } from '../../schemas/topics/events.ts';
import { ITEMS, USERS } from '../../streams/features/log/entities.ts';
import { LiveKeys } from '../../streams/features/log/keys/live-keys.ts';
import { Names } from '../../streams/features/log/keys/names.ts';
import { Replica } from '../../streams/features/log/replica.ts';
import { UserPartition } from '../../streams/features/log/user-partition.ts';
import { ITEM_TOPICS, USER_TOPICS } from '../../streams/features/restore.ts';
import { Memory } from '../../streams/scorer/memory/memory.ts';

const OF_USERS = 20_000;
const OF_ITEMS = 5_000;
const BATCH = 2_000;

/**
 * Events a CPU-second that a scorer can follow: it applies the logs of all users and items, whoever else does too. Without
 * Kafka's client, which reads 28 bytes for each.
 */
export async function benchFollowing(events: number, json: boolean): Promise<void> {
  const logs = logsOf(events);
  const memory = new Memory();
  await memory.catchUp();
  const before = process.cpuUsage();
  for (const [n, { users, items }] of logs.entries()) {
    memory.apply(USER_TOPICS.log, 0, record(n, users));
    for (const value of items) memory.apply(ITEM_TOPICS.log, 0, record(n, value));
    await others();
  }
  const { user, system } = process.cpuUsage(before);
  const perSecond = Math.round(events / ((user + system) / 1e6));
  printResult({ events, events_per_cpu_second: perSecond }, json, () => `${perSecond} events a CPU-second`);
}

const record = (offset: number, value: Buffer) => ({ key: '0', value, offset, timestamp_ms: 0 });

/** The records that the feature job would write. */
function logsOf(events: number): { users: Buffer; items: Buffer[] }[] {
  const replica = new Replica(USERS, 'bench', new Names(), new LiveKeys(OF_USERS));
  const job = new UserPartition(USERS, ITEMS, 1, 0, replica);
  job.begin(0);
  const { below } = random(1);
  const start_ms = Date.now() - events;
  const logs: ReturnType<typeof logsOf> = [];
  for (let n = 0; n < events; ) {
    for (const end = Math.min(events, n + BATCH); n < end; n++) job.take(deedOf(eventOf(n, start_ms + n, below)), n);
    const { users, items } = job.pack(n, start_ms + n);
    logs.push({ users, items: items.map(({ value }) => value) });
  }
  return logs;
}

function eventOf(n: number, at_ms: number, below: (most: number) => number): ShopEvent {
  const of = { user: `u${below(OF_USERS)}`, session: `s${n % 5_000}`, item: `i${below(OF_ITEMS)}` };
  const type = below(10) === 0 ? ('click' as const) : ('impression' as const);
  return { v: 1, id: `e${n}`, type, at_ms, ...of, list: `l${n}`, position: n % 10 };
}
