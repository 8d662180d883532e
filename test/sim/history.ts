import type { ShopEvent } from '../../schemas/topics/events.ts';
import type { RankedList } from '../../schemas/topics/ranking.ts';
import type { Circle } from './circles.ts';
import { chance, named, sample } from './draws.ts';
import type { Item } from './items.ts';
import { asList } from './lists.ts';
import { type Session, turnstile } from './sessions.ts';
import { browse, toEvent } from './shopper.ts';
import type { World } from './world.ts';

/** A list that was shown, and all that its user did with it, later too. */
export interface Shown {
  list: RankedList;
  events: readonly ShopEvent[];
}

export interface HistoryOptions {
  seed: number;
  lists: number;
  /** The share of lists with items of categories that the user comes for; the others have items of any kind. */
  browsing: number;
  /** What may be shown at this time, counted from the opening; all that has arrived, if nothing is said. */
  shelf?: (item: Item, after_ms: number) => boolean;
  listsPerSecond?: number;
  opened_ms?: number;
  /** Who follows whom: told with a user's first list. Some of what is bought is then shared with who follows the buyer. */
  circles?: ReadonlyMap<string, Circle>;
}

/** When the shop opens, if nothing is said. */
export const OPENED_MS = 1_700_000_000_000;
const LIST_LENGTH = 10;

/**
 * What `openShop` would have seen, without services and without waiting: a log to learn from, the same for a seed. Items
 * stand in uniformly random order, so that what is clicked on a list says nothing of who made it.
 */
export function* history(world: World, options: HistoryOptions): Generator<Shown> {
  const { seed, lists, browsing, listsPerSecond = 60, opened_ms = OPENED_MS, shelf = arrived, circles } = options;
  const told = new Set<string>();
  const nextSession = turnstile(world, seed, opened_ms);
  const random = named(seed, 'what is shown');
  for (let turn = 0; turn < lists; turn++) {
    const after_ms = Math.round((turn * 1_000) / listsPerSecond);
    const session = nextSession(opened_ms + after_ms);
    const { categories } = session.user;
    const browses = chance(browsing, random);
    const there = world.items.filter(item => shelf(item, after_ms) && (!browses || categories.has(item.category)));
    const list = listFor(session, sample(there, LIST_LENGTH, random), opened_ms + after_ms);
    const events = visit(world, session, list);
    if (circles) events.unshift(...(told.has(list.user) ? [] : followsOf(list, circles.get(list.user))));
    if (circles) events.push(...sharesOf(seed, events, circles));
    told.add(list.user);
    yield { list, events };
  }
}

function arrived(item: Item, after_ms: number): boolean {
  return item.arrives_ms <= after_ms;
}

function listFor(session: Session, items: readonly Item[], at_ms: number): RankedList {
  const id = `${session.id}-${session.listsAsked}`;
  return asList(items, session.user, { id, session: session.id, arm: 'explore', at_ms });
}

function followsOf({ user, session, at_ms }: RankedList, circle: Circle | undefined): ShopEvent[] {
  const follow = (value: string, whom: 'user' | 'brand'): ShopEvent => {
    return { v: 1, id: `${user} follows ${whom} ${value}`, type: 'follow', at_ms, user, session, value, whom };
  };
  const { people = [], brands = [] } = circle ?? {};
  return [...people.map(each => follow(each, 'user')), ...brands.map(each => follow(each, 'brand'))];
}

const SHARED = 0.4;

/** Each from a stream of its own, so that what else happens is as it would be without. */
function sharesOf(seed: number, events: readonly ShopEvent[], circles: ReadonlyMap<string, Circle>): ShopEvent[] {
  return events.flatMap((event): ShopEvent[] => {
    if (event.type !== 'purchase') return [];
    const random = named(seed, `who hears of ${event.id}`);
    if (!chance(SHARED, random)) return [];
    const followers = [...circles].flatMap(([user, { people }]) => (people.includes(event.user) ? [user] : []));
    const [to] = sample(followers, 1, random);
    const { v, user, session, item } = event;
    const shared = { v, id: `${event.id}/share`, type: 'share' as const, at_ms: event.at_ms + 1, user, session, item };
    return [to === undefined ? shared : { ...shared, to }];
  });
}

function visit(world: World, session: Session, list: RankedList): ShopEvent[] {
  const acts = browse(world, session.user, list, session.random);
  const onPage = acts.filter(({ type }) => type !== 'purchase' && type !== 'return');
  session.think(list.at_ms + (onPage.at(-1)?.after_ms ?? 0));
  return acts.map(act => toEvent(act, list, list.at_ms + act.after_ms));
}
