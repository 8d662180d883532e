import { factOf } from '../../models/features/facts.ts';
import { apply, REDUCERS } from '../../models/features/reducer.ts';
import {
  applyToUser,
  type ItemEntry,
  noItem,
  noUser,
  readItem,
  readUser,
  type UserEntry,
  valuesOf,
} from '../../models/features/states.ts';
import type { ShopEvent } from '../../schemas/events.ts';
import { keepNewer } from '../../streams/features/keyed-state.ts';
import type { Bus } from '../../streams/kafka/bus.ts';

export interface States {
  users: Map<string, object>;
  items: Map<string, object>;
}

/** Features as they have to be, from the accepted events in the order of each user's log: without partitions, crashes or copies. */
export function recompute(events: Iterable<ShopEvent>): States {
  const users = new Map<string, UserEntry['state']>();
  const items = new Map<string, ItemEntry['state']>();
  for (const event of events) {
    const user = users.get(event.user) ?? noUser();
    users.set(event.user, user);
    const fact = factOf(event);
    if (applyToUser(user, event, fact) === 'duplicate' || !('item' in event)) continue;
    const item = items.get(event.item) ?? noItem();
    items.set(event.item, item);
    apply(REDUCERS.item, item, fact);
  }
  return told(users, items);
}

/** Features as the jobs have logged them, of the keys that begin so. */
export async function loggedStates(bus: Bus, prefix: string): Promise<States> {
  const users = new Map<string, UserEntry>();
  const items = new Map<string, ItemEntry>();
  await bus.follow({
    topics: ['features.user', 'features.item'],
    once: true,
    apply: (topic, _partition, { key, value }) => {
      if (!key?.startsWith(`${prefix}-`) || !value) return;
      const json: unknown = JSON.parse(value.toString('utf8'));
      if (topic === 'features.user') keepNewer(users, key, readUser(json));
      else keepNewer(items, key, readItem(json));
    },
  });
  const states = <S>(entries: Map<string, { state: S }>) =>
    new Map(Array.from(entries, ([key, { state }]) => [key, state]));
  return told(states(users), states(items));
}

/** What two states have to agree in: cells may stand in another order. */
function told(users: Map<string, UserEntry['state']>, items: Map<string, ItemEntry['state']>): States {
  return {
    users: new Map(
      Array.from(users, ([key, { recent, seen, ...state }]) => [
        key,
        { values: valuesOf('user', state), recent, seen },
      ]),
    ),
    items: new Map(Array.from(items, ([key, state]) => [key, valuesOf('item', state)])),
  };
}

/** The keys whose states differ, by more than the order of a sum may. */
export function differences(wanted: States, got: States): string[] {
  const of = (a: Map<string, object>, b: Map<string, object>) =>
    [...new Set([...a.keys(), ...b.keys()])].filter(key => !isAlike(a.get(key), b.get(key)));
  return [...of(wanted.users, got.users), ...of(wanted.items, got.items)];
}

const TOLERANCE = 1e-6;

function isAlike(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b) <= TOLERANCE * (1 + Math.abs(a));
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return a === b;
  const [left, right] = [Object.entries(a), Object.entries(b)];
  return (
    left.length === right.length && left.every(([key, value]) => isAlike(value, (b as Record<string, unknown>)[key]))
  );
}
