import { factOf } from '../../models/features/aggregates/facts.ts';
import { apply, noCells, REDUCERS } from '../../models/features/aggregates/reducer.ts';
import { applyToUser, changeOf, type LiveItem, type LiveUser, noUser, valuesOf } from '../../models/features/states.ts';
import type { ShopEvent } from '../../schemas/events.ts';
import type { Bus } from '../../streams/kafka/bus.ts';
import { readFeatures } from '../streams/features/read.ts';

export interface States {
  users: Map<string, object>;
  items: Map<string, object>;
}

/** Features as they have to be, from the accepted events in the order of each user's log: without partitions, crashes or copies. */
export function recompute(events: Iterable<ShopEvent>): States {
  const users = new Map<string, LiveUser>();
  const items = new Map<string, LiveItem>();
  for (const event of events) {
    const user = users.get(event.user) ?? noUser();
    users.set(event.user, user);
    const fact = factOf(event);
    if (applyToUser(user, changeOf(event, fact)) === 'duplicate' || !('item' in event)) continue;
    const item = items.get(event.item) ?? noCells(REDUCERS.item);
    items.set(event.item, item);
    apply(REDUCERS.item, item, fact);
  }
  return told(users, items);
}

/** Features as the jobs have logged them, of the keys that begin so. */
export async function loggedStates(bus: Bus, prefix: string): Promise<States> {
  const { users, items } = await readFeatures(bus);
  const states = <S>(entries: ReadonlyMap<string, { state: S }>) =>
    new Map(
      Array.from(entries, ([key, { state }]) => [key, state] as const).filter(([key]) => key.startsWith(`${prefix}-`)),
    );
  return told(states(users), states(items));
}

/** What two states have to agree in: cells may stand in another order. */
function told(users: Map<string, LiveUser>, items: Map<string, LiveItem>): States {
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
