import type { EventType } from '../../../schemas/topics/events.ts';

/** What reducers read of an event. Ids are their 32-bit hashes, 0 where there is none; a number that is absent is NaN. */
export interface Fact {
  type: EventType;
  at_ms: number;
  user: number;
  item: number;
  session: number;
  query: number;
  /** Who is followed, or gets what is shared. */
  target: number;
  position: number;
  value: number;
}

/** Whose state holds it. A second key (category, query, session) lives inside of that, bounded: no topic of its own. */
export type Entity = 'user' | 'item';
/** A field that names somebody or something. */
export type Named = 'user' | 'item' | 'session' | 'query' | 'target';
/** What an event adds: 1, its value, or the probability that somebody looked at its position. */
export type Weight = 'one' | 'value' | 'examination';

/** How events become a number: a row of the table in aggregations.ts for each kind. */
export type Aggregate =
  /** Sum of weights, each halving every `halfLife_ms`. */
  | { kind: 'halfLife'; halfLife_ms: number; weight: Weight }
  /** Sum of weights in the newest `tiles` tiles of `tile_ms`. */
  | { kind: 'window'; tiles: number; tile_ms: number; weight: Weight }
  /** How many different ones within `window_ms`, counted up to `most`. */
  | { kind: 'distinct'; of: Named; window_ms: number; most: number }
  /** The value of the newest event. */
  | { kind: 'last' }
  /** Seconds since the newest event. */
  | { kind: 'since' }
  /** Of the newest `last` events, the share that belongs to the `k` most frequent. */
  | { kind: 'top'; of: Named; k: number; last: number }
  /** The newest `last` events: whose they were and when. It has no number of its own; features of pairs look into it. */
  | { kind: 'sequence'; of: Named; last: number };

/** A field within [atLeast, below). An event that lacks the field does not match. */
export type Where = Partial<Record<'position' | 'value', { atLeast?: number; below?: number }>>;

/**
 * A feature as it is declared: plain data. The reducer, the SQL that rebuilds it, its place in the vector and its
 * docs are made from it. The name says the window, because states are stored by name: what changes its meaning
 * changes its name.
 */
export interface Aggregated {
  name: string;
  of: Entity;
  describes: string;
  events: readonly EventType[];
  where?: Where;
  aggregate: Aggregate;
  /** The value where nothing has happened yet. */
  default: number;
}

const SECOND_MS = 1_000;
const UNITS_MS = { s: SECOND_MS, m: 60 * SECOND_MS, h: 3_600 * SECOND_MS, d: 86_400 * SECOND_MS };
export type Duration = `${number}${keyof typeof UNITS_MS}`;

export function milliseconds(duration: Duration): number {
  return Number(duration.slice(0, -1)) * UNITS_MS[duration.slice(-1) as keyof typeof UNITS_MS];
}

/** 600000 as 10m. */
export function spelled(duration_ms: number): Duration {
  const unit = (['d', 'h', 'm'] as const).find(each => duration_ms % UNITS_MS[each] === 0) ?? 's';
  return `${duration_ms / UNITS_MS[unit]}${unit}`;
}

export const halfLife = (duration: Duration, weight: Weight = 'one'): Aggregate => {
  return { kind: 'halfLife', halfLife_ms: milliseconds(duration), weight };
};

/** A number of events in a window that moves on by tiles: so it is between one tile less and all of it long. */
export const count = (window: Duration, tile: Duration): Aggregate => sum('one', window, tile);

export const sum = (weight: Weight, window: Duration, tile: Duration): Aggregate => {
  const tile_ms = milliseconds(tile);
  return { kind: 'window', tiles: Math.ceil(milliseconds(window) / tile_ms), tile_ms, weight };
};

export const distinct = (of: Named, window: Duration, most: number): Aggregate => {
  return { kind: 'distinct', of, window_ms: milliseconds(window), most };
};

export const last: Aggregate = { kind: 'last' };
export const since: Aggregate = { kind: 'since' };
export const top = (k: number, of: Named, last: number): Aggregate => ({ kind: 'top', of, k, last });
export const sequence = (of: Named, last: number): Aggregate => ({ kind: 'sequence', of, last });
