import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { AGGREGATES } from '../../../models/features/aggregates/defaults.ts';
import { applyToUser, type LiveUser, noUser, type Outcome } from '../../../models/features/states.ts';
import { openStore, type Store } from '../../../schemas/clickhouse.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import { EVENT_TYPES, ShopEvent } from '../../../schemas/topics/events.ts';
import { deadLetterOf } from '../../../streams/dead-letters.ts';
import { Deeds } from '../../../streams/features/deeds.ts';
import { EventInserts } from '../../../streams/sinks/event-inserts.ts';
import { ARCHIVES } from '../../../streams/sinks/rows.ts';
import { testConfig } from '../../job-process.ts';
import fc from '../../properties.ts';
import { copiesBehind, DAY_MS, reordered, T0, withFlood, withholding } from './events.ts';

const config = testConfig(inject('endpoints'), 'temper_event_marks');
const NO_KEYS = '/nowhere';
let store: Store;
beforeAll(async () => {
  store = await openStore(config.clickhouse!, config.clickhouseDatabase);
});
beforeEach(async () => {
  for (const table of ['events', 'dead_letters']) await store.command(`TRUNCATE TABLE ${table}`);
});
afterAll(async () => {
  await store?.command(`DROP DATABASE ${config.clickhouseDatabase}`);
  await store?.stop();
});

/** Records of one partition as the sinks archive them, and what the feature job counts each as, by its offset. */
async function archived(events: readonly ShopEvent[]): Promise<Map<number, Outcome | 'future'>> {
  const records = events.map((event, offset) => {
    const value = Buffer.from(JSON.stringify(event));
    return { key: event.user, value, offset, timestamp_ms: T0 };
  });
  const batch = { partition: 0, records };
  const inserts = new EventInserts(batch, NO_KEYS);
  const refused = records.flatMap(record => {
    const refusal = inserts.take(record);
    return refusal ? [deadLetterOf('shop.events', 0, record, refusal)] : [];
  });
  for (const insert of inserts.all) for (const name of ['once', 'again']) await insert.into(store, name);
  const { rows } = ARCHIVES['dead.letters'] as { rows(record: object): object[] };
  const place = { topic: 'dead.letters', partition: 0, recorded: T0 };
  await store.insert(
    'dead_letters',
    refused.flatMap((letter, offset) => rows(letter).map(row => ({ ...row, ...place, offset }))),
  );

  const deeds = new Deeds(NO_KEYS);
  const users = new Map<string, LiveUser>();
  const outcomes = new Map<number, Outcome | 'future'>();
  for (const record of records) {
    const parsed = deeds.of(record);
    if (!parsed.ok) {
      expect(parsed.refusal.reason).toBe('future');
      outcomes.set(record.offset, 'future');
    } else if (parsed.value) {
      const user = users.get(record.key) ?? noUser();
      users.set(record.key, user);
      outcomes.set(record.offset, applyToUser(user, parsed.value));
    }
  }
  return outcomes;
}

interface Mark {
  offset: number;
  behind_ms: number;
  late: boolean;
  too_late: boolean;
  too_fast: boolean;
  copy: boolean;
}

/** What the view and the dead letters say, in the words of the reducer, which counts an event once. */
async function marked(): Promise<Map<number, Outcome | 'future'>> {
  const marks = await store.query<Mark>('SELECT * FROM event_marks');
  const refused = await store.query<{ offset: number }>(
    "SELECT source_offset AS offset FROM dead_letters FINAL WHERE source_topic = 'shop.events' AND reason = 'future'",
  );
  const told = marks.map(mark => [mark.offset, outcomeOf(mark)] as const);
  expect(new Set(told.map(([offset]) => offset)).size).toBe(told.length); // a row each, though all were sent twice
  return new Map([...told, ...refused.map(({ offset }) => [offset, 'future'] as const)]);
}

function outcomeOf({ copy, too_fast, too_late, late, behind_ms }: Mark): Outcome {
  expect(late).toBe(behind_ms > 0);
  if (copy) return 'duplicate';
  if (too_fast) return 'too fast';
  if (too_late) return 'too late';
  return late ? 'late' : 'in order';
}

it('each event is marked as the feature job counts it, and what is dated ahead is among the dead letters', async () => {
  const order = fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true }));
  const draws = fc.array(fc.nat(1e6), { minLength: 4, maxLength: 12 });
  const runs = fc.sample(fc.tuple(withFlood, order, draws), 12).map(([flooded, random, draws], n) => {
    const events = draws[0]! % 2 ? reordered(flooded, random) : flooded;
    const ahead = draws.map((by, k) => ({
      ...events[by % events.length]!,
      id: `ahead${k}`,
      at_ms: T0 + 299_990 + 5 * k,
    }));
    const all = [...withholding(events, draws.slice(2)), ...ahead];
    // A copy is left out with its date, whatever that is: what comes behind it is no older for it.
    const copies = copiesBehind(all, draws).map((copy, k) => (k % 2 ? copy : { ...copy, at_ms: T0 }));
    const behind = copies.map((copy, k) => ({ ...copy, id: `behind${k}`, at_ms: T0 - 50 + k }));
    // Users of their own, so that runs do not meet.
    return [...all, ...copies, ...behind].map(event => ({ ...event, user: `${n}${event.user}` }));
  });
  const wanted = await archived(runs.flat());
  expect(new Set(wanted.values())).toEqual(
    new Set(['in order', 'late', 'too late', 'too fast', 'duplicate', 'future']),
  );
  expect(await marked()).toEqual(wanted);
});

it('knows every window of users that is declared, to the millisecond', async () => {
  const tiles = AGGREGATES.flatMap(({ of, aggregate }) =>
    of === 'user' && aggregate.kind === 'window' ? [aggregate] : [],
  );
  expect(tiles.length).toBeGreaterThan(0);
  const on = { v: 1, session: 's', item: 'a', list: 'l', position: 0, query: 'cup', text: 'Where?', answer: 'a' };
  const event = (user: string, id: string, type: string, at_ms: number) =>
    ShopEvent.parse({ ...on, user, id, type, at_ms, value: type.endsWith('follow') ? 'somebody' : 3 });
  const events = EVENT_TYPES.filter(type => type !== 'erasure').flatMap(type =>
    tiles.flatMap(({ tiles, tile_ms }, n) => {
      const spares = Math.ceil(LIMITS.future_ms / tile_ms);
      const first_ms = (Math.floor(T0 / tile_ms) - tiles - spares + 1) * tile_ms;
      const user = `${type}${n}`;
      return [
        event(user, 'newest', 'search', T0),
        event(user, 'in time', type, first_ms),
        event(user, 'too late', type, first_ms - 1),
        event(user, 'long ago', type, T0 - 60 * DAY_MS),
      ];
    }),
  );
  const wanted = await archived(events);
  expect(new Set(wanted.values())).toEqual(new Set(['in order', 'late', 'too late']));
  expect(await marked()).toEqual(wanted);
});

it('sees copies also behind more events than the job remembers, and reads of one user alone', async () => {
  const seen = (user: string, n: number): ShopEvent => {
    const at_ms = T0 - (100 - n) * 60_000;
    return { v: 1, id: `e${n}`, type: 'impression', at_ms, user, session: 's', item: 'a', list: 'l', position: 0 };
  };
  const many = Array.from({ length: LIMITS.seen_events_per_user + 1 }, (_, n) => seen('u', n));
  const wanted = await archived([seen('other', 0), ...many, seen('u', 0)]);
  expect(wanted.get(many.length + 1)).toBe('late'); // by the job, once more
  expect((await marked()).get(many.length + 1)).toBe('duplicate');
  expect(await store.query("SELECT id, behind_ms FROM event_marks WHERE user = 'u' AND copy")).toEqual([
    { id: 'e0', behind_ms: 0 },
  ]);
  expect(await store.query("SELECT count() AS n FROM event_marks WHERE user = 'other' AND copy")).toEqual([{ n: 0 }]);
});

it('takes no copy for haste', async () => {
  const click = (n: number): ShopEvent => {
    return { v: 1, id: `e${n}`, type: 'click', at_ms: T0 - 100 + n, user: 'u', session: 's', item: 'a' };
  };
  const some = Array.from({ length: LIMITS.recent_events_per_user - 4 }, (_, n) => click(n));
  const wanted = await archived([...some, ...some.slice(0, 10), click(90)]);
  expect(wanted.get(some.length + 10)).toBe('in order');
  expect(await marked()).toEqual(wanted);
});
