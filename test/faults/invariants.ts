import type { Store } from '../../schemas/clickhouse.ts';
import type { ShopEvent } from '../../schemas/topics/events.ts';
import { admit } from '../../streams/admit.ts';
import type { Bus } from '../../streams/kafka/bus.ts';
import { RANGE } from '../../streams/kafka/topics/logs.ts';
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
  dead_letters: number;
  /** Refused records without a dead letter, and dead letters of records that were not refused. */
  dead_letters_wrong: number;
  features_equal: boolean;
}

export async function judge(stack: Stack, { acknowledged }: Entries, prefix: string): Promise<Verdict> {
  const log = await readLog(stack.bus, prefix);
  const { rows, raw, lists } = await readStore(stack.store, prefix);
  const answered = new Set(log.lists);
  const archived = new Set([...rows.map(({ id }) => id), ...log.refusedIds]);
  const requests = [...acknowledged].filter(isRequest);
  const refused = new Set([...log.refused].filter(place => !log.letters.has(place)));
  const places = new Set(log.events.keys());
  const events = [...log.events.values()];
  const wrong = differences(recompute(events), await loggedStates(stack.bus, prefix));
  return {
    acknowledged: acknowledged.size,
    lost: [...acknowledged].filter(id => !isRequest(id) && !archived.has(id)).length,
    lists_lost: [...answered].filter(id => !lists.has(id)).length,
    duplicated: rows.length - rows.filter(({ place }) => places.delete(place)).length,
    raw_duplicates: raw - rows.length,
    gaps: missing(archived) + outOfOrder(events, log.refusedIds),
    unanswered: requests.filter(id => !answered.has(id)).length,
    dead_letters: log.letters.size,
    dead_letters_wrong: refused.size + [...log.letters].filter(place => !log.refused.has(place)).length,
    features_equal: wrong.length === 0,
  };
}

function isRequest(id: string): boolean {
  return /-r\d+$/.test(id);
}

interface LogOfRun {
  /** Accepted events by their places, in the log's order. */
  events: Map<string, ShopEvent>;
  /** Places of refused records, and what their ids are where they have one. */
  refused: Set<string>;
  refusedIds: Set<string>;
  /** Places that dead letters name. */
  letters: Set<string>;
  /** Requests that have a list. */
  lists: string[];
}

async function readLog(bus: Bus, prefix: string): Promise<LogOfRun> {
  const log: LogOfRun = { events: new Map(), refused: new Set(), refusedIds: new Set(), letters: new Set(), lists: [] };
  await bus.follow({
    topics: ['shop.events', 'shop.catalogue', 'rank.requests', 'rank.lists', 'dead.letters'],
    once: true,
    apply: (topic, partition, record) => {
      const place = `${topic}/${partition}/${record.offset}`;
      if (topic === 'dead.letters') {
        const letter = admit('dead.letters', record);
        if (letter.ok && letter.value.key?.startsWith(`${prefix}-`)) log.letters.add(letter.value.id);
      }
      if (!record.key?.startsWith(`${prefix}-`)) return;
      if (topic === 'shop.events' || topic === 'shop.catalogue' || topic === 'rank.requests') {
        const parsed = admit(topic, record);
        if (!parsed.ok) {
          log.refused.add(place);
          const id = idIn(record.value);
          if (id?.startsWith(`${prefix}-`)) log.refusedIds.add(id);
        } else if (topic === 'shop.events') log.events.set(place, parsed.value as ShopEvent);
      } else {
        const list = admit('rank.lists', record);
        if (list.ok) log.lists.push(list.value.id);
      }
    },
  });
  return log;
}

function idIn(value: Buffer | null): string | undefined {
  try {
    return (JSON.parse(value?.toString('utf8') ?? '') as { id?: string } | null)?.id;
  } catch {
    return undefined;
  }
}

async function readStore(store: Store, run: string) {
  const prefix = `${run}-`;
  const rows = await store.query<{ id: string; place: string }>(
    `SELECT id, concat(topic, '/', toString(partition), '/', toString(offset % ${RANGE})) AS place
     FROM events FINAL WHERE startsWith(id, {prefix:String})`,
    { prefix },
  );
  const [raw] = await store.query<{ n: string }>(
    'SELECT count() AS n FROM events WHERE startsWith(id, {prefix:String})',
    { prefix },
  );
  const lists = await store.query<{ list: string }>(
    'SELECT DISTINCT list FROM ranked_lists WHERE startsWith(list, {prefix:String})',
    { prefix },
  );
  return { rows, raw: Number(raw!.n), lists: new Set(lists.map(({ list }) => list)) };
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
function outOfOrder(events: readonly ShopEvent[], refused: ReadonlySet<string>): number {
  const next = new Map<string, number>();
  let wrong = 0;
  for (const { id } of events) {
    const { user, number } = partsOf(id);
    let due = next.get(user) ?? 0;
    while (refused.has(`${user}-${due}`)) due++;
    if (number > due) wrong++;
    next.set(user, Math.max(due, number + 1));
  }
  return wrong;
}

function partsOf(id: string): { user: string; number: number } {
  const at = id.lastIndexOf('-');
  return { user: id.slice(0, at), number: Number(id.slice(at + 1)) };
}
