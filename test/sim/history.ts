import type { ShopEvent } from '../../schemas/events.ts';
import type { RankedList } from '../../schemas/ranking.ts';
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
}

/** When the shop opens, if nothing is said. */
export const OPENED_MS = 1_700_000_000_000;
const LIST_LENGTH = 10;

/**
 * What `openShop` would have seen, without services and without waiting: a log to learn from, the same for a seed. Items
 * stand in uniformly random order, so that what is clicked on a list says nothing of who made it.
 */
export function* history(world: World, options: HistoryOptions): Generator<Shown> {
  const { seed, lists, browsing, listsPerSecond = 60, opened_ms = OPENED_MS, shelf = arrived } = options;
  const nextSession = turnstile(world, seed, opened_ms);
  const random = named(seed, 'what is shown');
  for (let turn = 0; turn < lists; turn++) {
    const after_ms = Math.round((turn * 1_000) / listsPerSecond);
    const session = nextSession(opened_ms + after_ms);
    const { categories } = session.user;
    const browses = chance(browsing, random);
    const there = world.items.filter(item => shelf(item, after_ms) && (!browses || categories.has(item.category)));
    const list = listFor(session, sample(there, LIST_LENGTH, random), opened_ms + after_ms);
    yield { list, events: visit(world, session, list) };
  }
}

function arrived(item: Item, after_ms: number): boolean {
  return item.arrives_ms <= after_ms;
}

function listFor(session: Session, items: readonly Item[], at_ms: number): RankedList {
  const id = `${session.id}-${session.listsAsked}`;
  return asList(items, session.user, { id, session: session.id, arm: 'explore', at_ms });
}

function visit(world: World, session: Session, list: RankedList): ShopEvent[] {
  const acts = browse(world, session.user, list, session.random);
  const onPage = acts.filter(({ type }) => type !== 'purchase' && type !== 'return');
  session.think(list.at_ms + (onPage.at(-1)?.after_ms ?? 0));
  return acts.map(act => toEvent(act, list, list.at_ms + act.after_ms));
}
