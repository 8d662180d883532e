import { LIMITS } from '../../schemas/limits.ts';
import { EVENT_TYPES, type EventType } from '../../schemas/topics/events.ts';
import type { TouchedItem } from '../../schemas/topics/features.ts';
import { TAKEN } from '../next-item/journeys.ts';

/**
 * Keeps the items that the user touched last, each once with the newest thing that was done with it, newest first. A
 * click and the view that follows it are one; so a history reaches further back than as many events.
 */
export function keepTouched(history: TouchedItem[], { item, type, at_ms }: TouchedItem): void {
  const touched = { item, type, at_ms };
  const before = history.findIndex(each => each.item === item);
  if (before >= 0 && comparing(history[before]!, touched) > 0) return;
  if (before >= 0) history.splice(before, 1);
  let place = 0; // most are newer than all that are remembered
  while (place < history.length && comparing(history[place]!, touched) >= 0) place++;
  history.splice(place, 0, touched);
  if (history.length > LIMITS.history_items_per_user) history.pop();
}

/** What a user took, newest first, without what was dismissed or sent back since. */
export function historyOf(user: { history: readonly TouchedItem[] } | undefined): string[] {
  return user?.history.flatMap(({ item, type }) => (TAKEN.includes(type) ? item : [])) ?? [];
}

/** By time, then by what makes the order of events of one time the same whichever came first. */
function comparing(a: TouchedItem, b: TouchedItem): number {
  return a.at_ms - b.at_ms || orderOf(a.type) - orderOf(b.type) || (a.item < b.item ? -1 : Number(a.item > b.item));
}

const orderOf = (type: EventType): number => EVENT_TYPES.indexOf(type);
