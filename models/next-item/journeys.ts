import { TemperError } from '../../schemas/errors.ts';
import type { EventType } from '../../schemas/topics/events.ts';
import type { NextItems } from '../evaluate/ranks.ts';

/** What users did with the items of a catalogue, as a snapshot freezes it: an event a row, user by user, oldest first. */
export interface Journeys {
  items: string[];
  /** Of each item what tells what it is; see `tokensOf`. */
  described: string[][];
  /** The number of each event's user. */
  user: Int32Array;
  /** The places of what was taken among the items. */
  item: Int32Array;
  at_ms: Float64Array;
}

/** What counts as taking an item: all that users do with one, but for what says that they did not like it. */
export const TAKEN: readonly EventType[] = ['view', 'click', 'cart', 'purchase', 'rating', 'share'];

/** Others get no vector of their own, which takes part in every step of the optimiser. */
const MOST_ITEMS = 50_000;

/** What users took before a time, by the numbers of items that are to be known: those that were taken the most. */
export interface Known {
  items: number[];
  sequences: Int32Array[];
  /** Every later event before another time, with what its user had taken before it, each item once, as lists know it. */
  later: NextItems;
}

/**
 * Cuts journeys by time. What is done with the same item several times in a row counts once.
 *
 * @param from_ms where what is learned ends, and what it is judged by begins
 * @param until_ms where that ends
 */
export function cutJourneys(
  { items, user, item, at_ms }: Journeys,
  { from_ms, until_ms, most = MOST_ITEMS }: { from_ms: number; until_ms: number; most?: number },
): Known {
  const counts = new Float64Array(items.length);
  for (const [event, place] of item.entries()) if (at_ms[event]! < from_ms) counts[place]!++;
  const known = [...items.keys()].sort((a, b) => counts[b]! - counts[a]! || a - b).slice(0, most);
  known.sort((a, b) => a - b);
  const numbers = new Map(known.map((place, number) => [place, number]));

  const sequences: Int32Array[] = [];
  const histories: Int32Array[] = [];
  const targets: number[] = [];
  let [taken, learned] = [[] as number[], 0];
  const close = () => {
    if (learned > 0) sequences.push(Int32Array.from(taken.slice(0, learned)));
    [taken, learned] = [[], 0];
  };
  for (const [event, place] of item.entries()) {
    if (event > 0 && user[event] !== user[event - 1]) close();
    const number = numbers.get(place);
    if (number === undefined || number === taken.at(-1) || at_ms[event]! >= until_ms) continue;
    if (at_ms[event]! >= from_ms && taken.length > 0) {
      histories.push(Int32Array.from(eachOnce(taken)));
      targets.push(number);
    }
    taken.push(number);
    if (at_ms[event]! < from_ms) learned = taken.length;
  }
  close();
  return { items: known, sequences, later: { histories, targets: Int32Array.from(targets) } };
}

/** The items of a history, oldest first, each where it stands last. */
export function eachOnce(history: readonly number[]): number[] {
  return [...new Set(history.toReversed())].reverse();
}

/**
 * Holds journeys to what `Journeys` says.
 *
 * @throws INPUT_INVALID with the event
 */
export function requireSoundJourneys({ items, described, user, item, at_ms }: Journeys, where: string): void {
  if (described?.length !== items?.length) refuse(where, `${items?.length} descriptions`, String(described?.length));
  for (const [name, column] of Object.entries({ user, item, at_ms })) {
    if (column?.length !== item.length) refuse(`${where}, ${name}`, `${item.length} events`, String(column?.length));
  }
  const seen = new Set<number>();
  for (let event = 0; event < item.length; event++) {
    const at = `${where}, event ${event}`;
    if (!(item[event]! >= 0 && item[event]! < items.length))
      refuse(at, `one of ${items.length} items`, `${item[event]}`);
    if (event > 0 && user[event] === user[event - 1]) {
      if (!(at_ms[event]! >= at_ms[event - 1]!)) refuse(at, 'events of a user in the order of time', 'an earlier one');
      continue;
    }
    if (seen.has(user[event]!)) refuse(at, 'the events of a user together', `user ${user[event]} again`);
    seen.add(user[event]!);
  }
}

function refuse(where: string, expected: string, got: string): never {
  throw new TemperError('INPUT_INVALID', { where, expected, got, next: 'Correct whatever wrote this dataset' });
}
