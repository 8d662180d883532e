import { type LiveItem, type LiveUser, valuesOf } from '../../models/features/states.ts';
import type { ShopEvent } from '../../schemas/topics/events.ts';
import type { Bus } from '../../streams/kafka/bus.ts';
import { States } from '../sim/states.ts';
import { readFeatures } from '../streams/features/read.ts';

export interface ToldStates {
  users: Map<string, object>;
  items: Map<string, object>;
}

/** Features as they have to be, from the accepted events in the order of each user's log: without partitions, crashes or copies. */
export function recompute(events: Iterable<ShopEvent>): ToldStates {
  const states = new States();
  for (const event of events) states.take(event);
  return told(states.users, states.items);
}

/** Features as the jobs have logged them, of the keys that begin so. */
export async function loggedStates(bus: Bus, prefix: string): Promise<ToldStates> {
  const { users, items } = await readFeatures(bus);
  const states = <S>(entries: ReadonlyMap<string, { state: S }>) =>
    new Map(
      Array.from(entries, ([key, { state }]) => [key, state] as const).filter(([key]) => key.startsWith(`${prefix}-`)),
    );
  return told(states(users), states(items));
}

/** What two states have to agree in: cells may stand in another order. */
function told(users: Map<string, LiveUser>, items: Map<string, LiveItem>): ToldStates {
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
export function differences(wanted: ToldStates, got: ToldStates): string[] {
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
