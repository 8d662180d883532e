import type { ShopEvent } from '../../schemas/events.ts';
import type { UserState } from '../../schemas/features.ts';
import { LIMITS } from '../../schemas/limits.ts';
import { addTo, USER_COUNTS } from './counts.ts';

export type ItemEvent = Extract<ShopEvent, { item: string }>;

/**
 * The user's state after one event, or undefined where the event is a duplicate: its id is among the last
 * that the state remembers. Events may come in any order.
 */
export function applyToUser(state: UserState | undefined, event: ShopEvent): UserState | undefined {
  if (state?.seen.includes(event.id)) return undefined;
  const before = state ?? { at_ms: event.at_ms, sums: [], recent: [], seen: [] };
  const counted = addTo(before, USER_COUNTS, event);
  const recent = isRecent(event) ? newest([...before.recent, pick(event)]) : before.recent;
  return { ...counted, recent, seen: [...before.seen, event.id].slice(-LIMITS.seen_events_per_user) };
}

/** What the user did with items; an impression is the shop's deed. */
function isRecent(event: ShopEvent): event is ItemEvent {
  return 'item' in event && event.type !== 'impression';
}

function pick({ id, item, type, at_ms }: ItemEvent): UserState['recent'][number] {
  return { id, item, type, at_ms };
}

/** The newest n of a set are the same whatever the order in which the set was filled; ties fall by id. */
function newest(events: UserState['recent']): UserState['recent'] {
  return events.sort((a, b) => b.at_ms - a.at_ms || (a.id < b.id ? 1 : -1)).slice(0, LIMITS.recent_events_per_user);
}
