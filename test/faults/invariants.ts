import type { ShopEvent } from '../../schemas/events.ts';
import { admit } from '../../streams/admit.ts';
import type { Bus } from '../../streams/kafka/bus.ts';
import type { Entries } from './ledger.ts';
import { differences, loggedStates, recompute } from './offline.ts';
import type { Stack } from './stack.ts';

/** What a run left behind, by the ledger and by Kafka's log: all but the first and the raw duplicates have to be 0 or true. */
export interface Verdict {
  acknowledged: number;
  /** Acknowledged events that are not in ClickHouse, and answered lists that are not. */
  lost: number;
  lists_lost: number;
  /** Rows beyond one for each record of the log, after deduplication and before. */
  duplicated: number;
  raw_duplicates: number;
  /** Numbers that a user's events miss, or that came into the log out of order. */
  gaps: number;
  /** Acknowledged requests without a list. */
  unanswered: number;
  features_equal: boolean;
}

interface Logged<T> {
  place: string;
  value: T;
}

export async function judge(stack: Stack, { acknowledged }: Entries, prefix: string): Promise<Verdict> {
  const { bus, store } = stack;
  const isMine = (id: string) => id.startsWith(`${prefix}-`);
  const events = await accepted(bus, 'shop.events', ({ id }) => isMine(id));
  const lists = await accepted(bus, 'rank.lists', ({ id }) => isMine(id));
  const rows = await store.query<{ id: string; place: string }>(
    `SELECT id, concat(topic, '/', toString(partition), '/', toString(offset)) AS place
     FROM events FINAL WHERE startsWith(id, {prefix:String})`,
    { prefix: `${prefix}-` },
  );
  const [raw] = await store.query<{ n: string }>(
    'SELECT count() AS n FROM events WHERE startsWith(id, {prefix:String})',
    { prefix: `${prefix}-` },
  );
  const archivedLists = await store.query<{ list: string }>(
    'SELECT DISTINCT list FROM ranked_lists WHERE startsWith(list, {prefix:String})',
    { prefix: `${prefix}-` },
  );
  const places = new Set(events.map(({ place }) => place));
  const archived = new Set(rows.map(({ id }) => id));
  const answered = new Set(lists.map(({ value }) => value.id));
  const inStore = new Set(archivedLists.map(({ list }) => list));
  const requests = [...acknowledged].filter(id => /-r\d+$/.test(id));
  const sentEvents = [...acknowledged].filter(id => !/-r\d+$/.test(id));
  const wrong = differences(recompute(events.map(({ value }) => value)), await loggedStates(bus, prefix));
  return {
    acknowledged: acknowledged.size,
    lost: sentEvents.filter(id => !archived.has(id)).length,
    lists_lost: [...answered].filter(id => !inStore.has(id)).length,
    duplicated: rows.length - rows.filter(({ place }) => places.delete(place)).length,
    raw_duplicates: Number(raw!.n) - rows.length,
    gaps: missing(archived) + outOfOrder(events.map(({ value }) => value)),
    unanswered: requests.filter(id => !answered.has(id)).length,
    features_equal: wrong.length === 0,
  };
}

/** The accepted records of a topic, as they stand in its log. */
async function accepted<T extends 'shop.events' | 'rank.lists'>(
  bus: Bus,
  topic: T,
  wanted: (record: { id: string }) => boolean,
): Promise<Logged<T extends 'shop.events' ? ShopEvent : { id: string }>[]> {
  const records: Logged<never>[] = [];
  await bus.follow({
    topics: [topic],
    once: true,
    apply: (_topic, partition, record) => {
      const parsed = admit(topic, record);
      if (!parsed.ok || !wanted(parsed.value as { id: string })) return;
      records.push({ place: `${topic}/${partition}/${record.offset}`, value: parsed.value as never });
    },
  });
  return records;
}

/** Ids end with their user's own number: how many are missing below each user's last. */
function missing(ids: Iterable<string>): number {
  const numbers = new Map<string, { last: number; count: number }>();
  for (const id of ids) {
    const { user, number } = partsOf(id);
    const held = numbers.get(user) ?? { last: -1, count: 0 };
    numbers.set(user, { last: Math.max(held.last, number), count: held.count + 1 });
  }
  return [...numbers.values()].reduce((sum, { last, count }) => sum + last + 1 - count, 0);
}

/** Events whose first copy came into the log before that of an earlier one. */
function outOfOrder(events: readonly ShopEvent[]): number {
  const next = new Map<string, number>();
  let wrong = 0;
  for (const { id } of events) {
    const { user, number } = partsOf(id);
    const due = next.get(user) ?? 0;
    if (number > due) wrong++;
    next.set(user, Math.max(due, number + 1));
  }
  return wrong;
}

function partsOf(id: string): { user: string; number: number } {
  const at = id.lastIndexOf('-');
  return { user: id.slice(0, at), number: Number(id.slice(at + 1)) };
}
