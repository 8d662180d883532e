import type { EventType } from './events.ts';

/** One of a user's newest events on items. */
export interface RecentEvent {
  /** The hash of its id. */
  id: number;
  item: string;
  type: EventType;
  at_ms: number;
  /** The hash of its session. */
  session: number;
}

/** One of the items that a user touched last, with the newest thing that was done with it. */
export interface TouchedItem {
  item: string;
  type: EventType;
  at_ms: number;
}
