import { addTo, ITEM_COUNTS } from '../../models/features/counts.ts';
import { applyToUser } from '../../models/features/users.ts';
import type { ShopEvent } from '../../schemas/events.ts';
import { ItemFeatures, UserFeatures } from '../../schemas/features.ts';
import { keepNewer } from '../../streams/features/keyed-state.ts';
import type { Bus } from '../../streams/kafka/bus.ts';

type UserState = UserFeatures['state'];
type ItemState = ItemFeatures['state'];

export interface States {
  users: Map<string, UserState>;
  items: Map<string, ItemState>;
}

/** Features as they have to be, from the accepted events in the order of each user's log: without partitions, crashes or copies. */
export function recompute(events: Iterable<ShopEvent>): States {
  const users = new Map<string, UserState>();
  const items = new Map<string, ItemState>();
  for (const event of events) {
    const state = applyToUser(users.get(event.user), event);
    if (!state) continue;
    users.set(event.user, state);
    if (!('item' in event)) continue;
    const before = items.get(event.item) ?? { at_ms: event.at_ms, sums: [] };
    items.set(event.item, addTo(before, ITEM_COUNTS, event));
  }
  return { users, items };
}

/** Features as the jobs have logged them, of the keys that begin so. */
export async function loggedStates(bus: Bus, prefix: string): Promise<States> {
  const users = new Map<string, UserFeatures>();
  const items = new Map<string, ItemFeatures>();
  await bus.follow({
    topics: ['features.user', 'features.item'],
    once: true,
    apply: (topic, _partition, { key, value }) => {
      if (!key?.startsWith(`${prefix}-`) || !value) return;
      const json: unknown = JSON.parse(value.toString('utf8'));
      if (topic === 'features.user') keepNewer(users, key, UserFeatures.parse(json));
      else keepNewer(items, key, ItemFeatures.parse(json));
    },
  });
  return {
    users: new Map([...users].map(([key, { state }]) => [key, state])),
    items: new Map([...items].map(([key, { state }]) => [key, state])),
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
