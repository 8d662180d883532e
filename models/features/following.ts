import { brandTarget } from '../../schemas/topics/events.ts';
import { hash32 } from '../hash.ts';
import { decay } from './aggregates/aggregations.ts';
import type { Cells } from './aggregates/reducer.ts';
import { placeOf, REDUCERS } from './aggregates/reducer.ts';

/** What those whom one follows did counts half after so long. */
export const FOLLOWED_HALF_LIFE_MS = 7 * 86_400_000;

const FOLLOWS = cellsOf('user', 'user.follows');
const UNFOLLOWS = cellsOf('user', 'user.unfollows');
/** Of an item's newest clicks, whose they were: they are kept for the share of its most frequent users. */
const CLICKERS = cellsOf('item', 'item.top_users');
const BUYERS = cellsOf('item', 'item.buyers');
const RECEIVERS = cellsOf('item', 'item.receivers');

/** Where pairs of a time and the hash of a name stand. */
interface Stretch {
  from: number;
  to: number;
}

function cellsOf(entity: 'user' | 'item', name: string): Stretch {
  const { places } = REDUCERS[entity];
  const place = placeOf(REDUCERS[entity], name);
  return { from: places[place]!, to: places[place + 1]! };
}

const NOBODY: ReadonlySet<number> = new Set();

/**
 * The hashes of users and brands that a user follows: those whom he has not left since. Where there may have been more
 * unfollows than are kept, a follow counts only if it is newer than these reach back: it may have been taken back.
 */
export function followedBy(user: Cells | undefined): ReadonlySet<number> {
  if (!user || user.cells[FOLLOWS.from] === 0) return NOBODY;
  const left = new Map<number, number>();
  for (const [at_ms, whom] of pairsIn(user, UNFOLLOWS)) left.set(whom, Math.max(at_ms, left.get(whom) ?? 0));
  const unknown_ms = reachOf(user, UNFOLLOWS);
  const followed = new Set<number>();
  for (const [at_ms, whom] of pairsIn(user, FOLLOWS)) {
    if (at_ms > Math.max(left.get(whom) ?? 0, unknown_ms)) followed.add(whom);
  }
  return followed;
}

/** Whether a brand is among them. */
export function isFollowed(followed: ReadonlySet<number>, brand: string): boolean {
  return followed.size > 0 && followed.has(hash32(brandTarget(brand)));
}

/** How many of these clicked the item among the newest clicks, and bought it: each once, fading from his newest. */
export function clickedBy(people: ReadonlySet<number>, item: Cells, now_ms: number): number {
  return countedAmong(people, item, CLICKERS, now_ms);
}

export function boughtBy(people: ReadonlySet<number>, item: Cells, now_ms: number): number {
  return countedAmong(people, item, BUYERS, now_ms);
}

/** Whether anybody shared it with anybody: of most items nobody did, and `sharedWith` need not be asked. */
export function isShared({ cells }: Cells): boolean {
  for (let c = RECEIVERS.from; c < RECEIVERS.to; c += 2) if (cells[c] !== 0) return true;
  return false;
}

/** How often it was shared with somebody, among the newest shares, fading. */
export function sharedWith(person: number, { cells }: Cells, now_ms: number): number {
  let sum = 0;
  // It is asked of each candidate of a list: `pairsIn` would make an object for each of them.
  for (let c = RECEIVERS.from; c < RECEIVERS.to; c += 2) {
    if (cells[c] !== 0 && cells[c + 1] === person) sum += decay(FOLLOWED_HALF_LIFE_MS, now_ms - cells[c]!);
  }
  return sum;
}

/** Who clicked or bought an item lately, and when: newest of each first or not, as they stand. */
export function* takersOf(item: Cells): Generator<readonly [at_ms: number, user: number]> {
  yield* pairsIn(item, CLICKERS);
  yield* pairsIn(item, BUYERS);
}

function countedAmong(people: ReadonlySet<number>, item: Cells, stretch: Stretch, now_ms: number): number {
  if (people.size === 0) return 0;
  const newest = new Map<number, number>();
  for (const [at_ms, user] of pairsIn(item, stretch)) {
    if (people.has(user)) newest.set(user, Math.max(at_ms, newest.get(user) ?? 0));
  }
  let sum = 0;
  for (const at_ms of newest.values()) sum += decay(FOLLOWED_HALF_LIFE_MS, now_ms - at_ms);
  return sum;
}

/** Since when all pairs are kept: the time of the oldest where there is no room for more, else always. */
function reachOf(of: Cells, { from, to }: Stretch): number {
  let oldest_ms = Number.POSITIVE_INFINITY;
  for (let c = from; c < to; c += 2) oldest_ms = Math.min(oldest_ms, of.cells[c]!); // 0 where there is none
  return oldest_ms;
}

function* pairsIn({ cells }: Cells, { from, to }: Stretch): Generator<readonly [at_ms: number, hash: number]> {
  for (let c = from; c < to; c += 2) if (cells[c] !== 0) yield [cells[c]!, cells[c + 1]!];
}
