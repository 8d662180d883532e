import type { ShopEvent } from '../../schemas/events.ts';
import type { Arm, RankedList } from '../../schemas/ranking.ts';
import { chance, named, type Random, sample, weighted } from './draws.ts';
import type { Item } from './items.ts';
import { asList } from './lists.ts';
import { type Session, turnstile } from './sessions.ts';
import { browse, toEvent } from './shopper.ts';
import { popularityRanking, type World } from './world.ts';

/** A list that was shown, and all that its user did with it, later too. */
export interface Shown {
  list: RankedList;
  events: readonly ShopEvent[];
}

export interface HistoryOptions {
  seed: number;
  lists: number;
  /** The share of lists in uniformly random order; the others have what is popular, in another order each time. */
  explored: number;
  /** What may be shown at this time, counted from the opening; all that has arrived, if nothing is said. */
  shelf?: (item: Item, after_ms: number) => boolean;
  listsPerSecond?: number;
  opened_ms?: number;
}

/** When the shop opens, if nothing is said. */
export const OPENED_MS = 1_700_000_000_000;
const LIST_LENGTH = 10;

/** What `openShop` would have seen, without services and without waiting: a log to learn from, the same for a seed. */
export function* history(world: World, options: HistoryOptions): Generator<Shown> {
  const { seed, lists, explored, listsPerSecond = 60, opened_ms = OPENED_MS, shelf = arrived } = options;
  const nextSession = turnstile(world, seed, opened_ms);
  const arrange = arrangement(world, named(seed, 'arrangement'));
  for (let turn = 0; turn < lists; turn++) {
    const after_ms = Math.round((turn * 1_000) / listsPerSecond);
    const session = nextSession(opened_ms + after_ms);
    const { items, arm } = arrange(item => shelf(item, after_ms), explored);
    const list = listFor(session, items, { arm, at_ms: opened_ms + after_ms });
    yield { list, events: visit(world, session, list) };
  }
}

function arrived(item: Item, after_ms: number): boolean {
  return item.arrives_ms <= after_ms;
}

/** An item's chance to be shown by popularity falls with its rank, so that the head is shown often, and the tail too. */
function arrangement(world: World, random: Random) {
  const weights = new Map(popularityRanking(world).map((item, rank) => [item, 1 / (10 + rank)]));
  return (isThere: (item: Item) => boolean, explored: number): { items: Item[]; arm: Arm } => {
    const there = world.items.filter(isThere);
    return chance(explored, random)
      ? { items: sample(there, LIST_LENGTH, random), arm: 'explore' }
      : { items: weighted(there, item => weights.get(item)!, LIST_LENGTH, random), arm: 'control' };
  };
}

function listFor(session: Session, items: readonly Item[], rest: Partial<RankedList>): RankedList {
  const id = `${session.id}-${session.listsAsked}`;
  return asList(items, session.user, { id, session: session.id, ...rest });
}

function visit(world: World, session: Session, list: RankedList): ShopEvent[] {
  const acts = browse(world, session.user, list, session.random);
  const onPage = acts.filter(({ type }) => type !== 'purchase' && type !== 'return');
  session.think(list.at_ms + (onPage.at(-1)?.after_ms ?? 0));
  return acts.map(act => toEvent(act, list, list.at_ms + act.after_ms));
}
