import type { ShopEvent } from '../../schemas/events.ts';
import { ItemFeatures, type ItemState, type ItemUpdate, UserFeatures, type UserState } from '../../schemas/features.ts';
import { LIMITS } from '../../schemas/limits.ts';
import { hash53 } from '../hash.ts';
import type { Entity, Fact } from './declarations.ts';
import { factOf, factOfUpdate } from './facts.ts';
import { keepTouched } from './history.ts';
import { apply, type Cells, type Lateness, noCells, REDUCERS, valuesAt } from './reducer.ts';

/** An item's state in memory. */
export type LiveItem = Cells;
/** A user's: beside the cells the newest events on items, the items touched last, and what tells a copy of an event. */
export interface LiveUser extends Cells {
  recent: UserState['recent'];
  history: UserState['history'];
  seen: number[];
}

export const noItem = (): LiveItem => noCells(REDUCERS.item);
export const noUser = (): LiveUser => ({ ...noCells(REDUCERS.user), recent: [], history: [], seen: [] });

/** Changes a user's state by one event, unless it is a copy: its id is among the last that the state remembers. */
export function applyToUser(user: LiveUser, event: ShopEvent, fact: Fact = factOf(event)): Lateness | 'duplicate' {
  const id = hash53(event.id);
  if (user.seen.includes(id)) return 'duplicate';
  user.seen.push(id);
  if (user.seen.length > LIMITS.seen_events_per_user) user.seen.shift();
  if ('item' in event && event.type !== 'impression') {
    keepRecent(user.recent, event, fact.session);
    keepTouched(user.history, event);
  }
  return apply(REDUCERS.user, user, fact);
}

export function applyToItem(item: LiveItem, update: ItemUpdate): Lateness {
  return apply(REDUCERS.item, item, factOfUpdate(update));
}

/** What the user did with items; an impression is the shop's deed. The newest n of a set are the same in any order. */
function keepRecent(
  recent: UserState['recent'],
  { id, item, type, at_ms }: Extract<ShopEvent, { item: string }>,
  session: number,
): void {
  let place = recent.length;
  for (; place > 0; place--) {
    const newer = recent[place - 1]!;
    if (newer.at_ms > at_ms || (newer.at_ms === at_ms && newer.id > id)) break;
  }
  if (place >= LIMITS.recent_events_per_user) return;
  recent.splice(place, 0, { id, item, type, at_ms, session });
  if (recent.length > LIMITS.recent_events_per_user) recent.pop();
}

/** What a key's record holds beside its state. */
interface Applied {
  applied: Record<string, number>;
  event_ms: number;
}
export interface UserEntry extends Applied {
  user: string;
  state: LiveUser;
}
export interface ItemEntry extends Applied {
  item: string;
  state: LiveItem;
}

export function readUser(json: unknown): UserEntry {
  const { state, ...record } = UserFeatures.parse(upgraded('user', json));
  const { recent, history, seen } = state;
  if (history.length === 0) for (const event of recent) keepTouched(history, event); // a record of before histories
  return { ...record, state: { ...cellsOf('user', state), recent, history, seen } };
}

export function readItem(json: unknown): ItemEntry {
  const { state, ...record } = ItemFeatures.parse(upgraded('item', json));
  return { ...record, state: cellsOf('item', state) };
}

export function writeUser({ user, applied, event_ms, state }: UserEntry): string {
  const { recent, history, seen } = state;
  const named = byName('user', state);
  const written: UserFeatures = { v: 2, user, applied, event_ms, state: { ...named, recent, history, seen } };
  return JSON.stringify(written);
}

export function writeItem({ item, applied, event_ms, state }: ItemEntry): string {
  const written: ItemFeatures = { v: 2, item, applied, event_ms, state: byName('item', state) };
  return JSON.stringify(written);
}

/** The values of a state as of its newest event, by name: what is not what it is by default. */
export function valuesOf(entity: Entity, state: Cells): Record<string, number> {
  const { declared } = REDUCERS[entity];
  const values = valuesAt(REDUCERS[entity], state, state.at_ms, new Float64Array(declared.length));
  const told = declared.map((each, n) => [each.name, values[n]!] as const);
  return Object.fromEntries(told.filter(([, value], n) => value !== declared[n]!.default));
}

/** What is declared no more is left out, what is new begins at 0, and so does what has another number of cells. */
export function cellsOf(entity: Entity, { at_ms, cells: named }: ItemState): Cells {
  const { declared, places } = REDUCERS[entity];
  const cells = new Float64Array(places.at(-1)!);
  for (const [n, { name }] of declared.entries()) {
    const held = named[name];
    if (held === undefined) continue;
    const from = places[n]!;
    const size = places[n + 1]! - from;
    if (typeof held === 'number' && size === 1) cells[from] = held;
    if (typeof held !== 'number' && size === held.length) cells.set(held, from);
  }
  return { at_ms, cells };
}

function byName(entity: Entity, { at_ms, cells }: Cells): ItemState {
  const { declared, places } = REDUCERS[entity];
  const named: ItemState['cells'] = {};
  for (let n = 0; n < declared.length; n++) {
    const [from, to] = [places[n]!, places[n + 1]!];
    if (to === from + 1) {
      if (cells[from] !== 0) named[declared[n]!.name] = cells[from]!;
    } else if (isUsed(cells, from, to)) named[declared[n]!.name] = Array.from(cells.subarray(from, to));
  }
  return { at_ms, cells: named };
}

function isUsed(cells: Float64Array, from: number, to: number): boolean {
  for (let c = from; c < to; c++) if (cells[c] !== 0) return true;
  return false;
}

/** The order of the sums in records of version 1, of Temper 0.1. */
const VERSION_1: Record<Entity, readonly string[]> = {
  user: ['impressions', 'clicks', 'carts', 'purchases'],
  item: ['impressions', 'clicks', 'views', 'carts', 'purchases', 'dismissals'],
};

/** A record of version 1 as one of today: what copies of events were seen by is forgotten. */
function upgraded(entity: Entity, json: unknown): unknown {
  const old = json as { v?: unknown; state?: { at_ms: number; sums: readonly number[]; recent?: unknown } };
  if (old?.v !== 1 || !old.state) return json;
  const names = VERSION_1[entity].flatMap(what => [`${entity}.${what}.10m`, `${entity}.${what}.1d`]);
  const { at_ms, sums, recent } = old.state;
  const cells = Object.fromEntries(names.map((name, n) => [name, sums[n] ?? 0]));
  return { ...old, v: 2, state: { at_ms, cells, ...(entity === 'user' && { recent, seen: [] }) } };
}
