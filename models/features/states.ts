import { LIMITS } from '../../schemas/limits.ts';
import type { ShopEvent } from '../../schemas/topics/events.ts';
import type { RecentEvent, TouchedItem } from '../../schemas/topics/features.ts';
import { hash53 } from '../hash.ts';
import type { Entity, Fact } from './aggregates/declarations.ts';
import { factOf } from './aggregates/facts.ts';
import { apply, type Cells, type Lateness, noCells, REDUCERS, valuesAt } from './aggregates/reducer.ts';
import { keepTouched } from './history.ts';

/** An item's state in memory. */
export type LiveItem = Cells;
/**
 * A user's: beside the cells the newest events on items, the items touched last, and hashes of the ids of the last
 * events, to tell a copy.
 */
export interface LiveUser extends Cells {
  /** Newest first. */
  recent: RecentEvent[];
  history: TouchedItem[];
  seen: number[];
}

/** What an event does to its user. */
export interface UserChange {
  /** The hash of the event's id. */
  id: number;
  fact: Fact;
  /** The item, where the user did something with it; an impression is the shop's deed. */
  recent: string | undefined;
}

export const noUser = (): LiveUser => ({ ...noCells(REDUCERS.user), recent: [], history: [], seen: [] });

export function changeOf(event: ShopEvent, fact: Fact = factOf(event)): UserChange {
  const recent = 'item' in event && event.type !== 'impression' ? event.item : undefined;
  return { id: hash53(event.id), fact, recent };
}

/** `too fast`: it counts for its user, and for no item. `erased`: nothing is known of the user any more. */
export type Outcome = Lateness | 'duplicate' | 'too fast' | 'erased';

/** Changes a user's state by one event, unless it is a copy: its id is among the last that the state remembers. */
export function applyToUser(user: LiveUser, { id, fact, recent }: UserChange): Outcome {
  if (fact.type === 'erasure') return forget(user);
  const { seen } = user;
  if (seen.includes(id)) return 'duplicate';
  if (seen.length === LIMITS.seen_events_per_user) seen.shift();
  seen.push(id);
  const { recent: remembered } = user;
  // Asked for only where it counts: it lies where the processor waits for memory.
  const oldest_ms = remembered.length < LIMITS.recent_events_per_user ? 0 : remembered.at(-1)!.at_ms;
  const fast = isTooFast(remembered.length, oldest_ms, fact.at_ms);
  if (recent !== undefined) {
    const { type, at_ms } = fact;
    keepRecent(user.recent, id, recent, fact);
    keepTouched(user.history, { item: recent, type, at_ms });
  }
  const lateness = apply(REDUCERS.user, user, fact);
  return fast ? 'too fast' : lateness;
}

/** The state is that of a user of whom nothing was ever heard. */
function forget(user: LiveUser): Outcome {
  Object.assign(user, noUser());
  return 'erased';
}

/**
 * Whether so many of the user's events are dated within the time before this one, or later, that he is no person. An event
 * that is older than all that are remembered is one too: else who floods items would only have to date it back.
 * TOO_FAST_SQL says the same.
 *
 * @param remembered how many of his newest events on items are, of which the oldest is dated so
 */
export function isTooFast(remembered: number, oldest_ms: number, at_ms: number): boolean {
  return remembered === LIMITS.recent_events_per_user && oldest_ms > at_ms - LIMITS.pace_ms;
}

/** The newest n of a set are the same in any order. */
function keepRecent(recent: RecentEvent[], id: number, item: string, { type, at_ms, session }: Fact): void {
  let place = 0; // most events are newer than all that are remembered
  for (; place < recent.length; place++) {
    const other = recent[place]!;
    if (other.at_ms < at_ms || (other.at_ms === at_ms && other.id <= id)) break;
  }
  if (place >= LIMITS.recent_events_per_user) return;
  recent.splice(place, 0, { id, item, type, at_ms, session });
  if (recent.length > LIMITS.recent_events_per_user) recent.pop();
}

/** The values of a state as of its newest event, by name: what is not what it is by default. */
export function valuesOf(entity: Entity, state: Cells): Record<string, number> {
  const { declared } = REDUCERS[entity];
  const values = valuesAt(REDUCERS[entity], state, state.at_ms, new Float64Array(declared.length));
  const told = declared.map((each, n) => [each.name, values[n]!] as const);
  return Object.fromEntries(told.filter(([, value], n) => value !== declared[n]!.default));
}
