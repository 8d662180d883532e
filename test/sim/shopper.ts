import type { EventType, ShopEvent } from '../../schemas/topics/events.ts';
import type { RankedItem, RankedList } from '../../schemas/topics/ranking.ts';
import { chance, exponential, type Random } from './draws.ts';
import { appeal, type User, type World } from './world.ts';

/** Something that the user does with a list, some time after it appeared on his screen. */
export interface Act {
  type: Extract<EventType, 'impression' | 'click' | 'view' | 'cart' | 'purchase' | 'return'>;
  item: string;
  position: number;
  after_ms: number;
  /** What was paid. */
  value?: number;
}

/**
 * P(the user looks at the item at this position), whatever stands there: the position bias.
 * There is no cascade: a click above changes nothing below.
 */
export function examination(position: number): number {
  return 1 / (1 + 0.35 * position);
}

/** P(the user scrolls as far as this position): what is not reached is no impression. */
export function reach(position: number): number {
  return 1 / (1 + 0.1 * position);
}

/**
 * All that a user does with a list, in the order of time: what he sees, looks at, opens, puts into the cart, buys
 * and sends back. He does not tire: an item that was clicked once is as good to him the second time.
 *
 * @param purchaseDelay_ms mean of the exponential time from cart to purchase
 */
export function browse(world: World, user: User, list: RankedList, random: Random, purchaseDelay_ms = 8_000): Act[] {
  const scroll = random.uniform();
  return list.items
    .filter(({ position }) => scroll < reach(position))
    .flatMap(entry => lookAt(world, user, entry, random, purchaseDelay_ms))
    .sort((a, b) => a.after_ms - b.after_ms);
}

const CART = 0.3;
const PURCHASE = 0.6;
const RETURN = 0.05;

function lookAt(world: World, user: User, entry: RankedItem, random: Random, purchaseDelay_ms: number): Act[] {
  const { item, position } = entry;
  const known = world.item(item);
  const acts: Act[] = [{ type: 'impression', item, position, after_ms: 0 }];
  let after_ms = 0;
  const then = (type: Act['type'], wait_ms: number, value?: number) => {
    after_ms += Math.round(wait_ms);
    acts.push({ type, item, position, after_ms, ...(value === undefined ? {} : { value }) });
  };
  // Given that the item is on the screen; the product of the two is `examination`.
  const looks = chance(examination(position) / reach(position), random);
  if (!looks || !known || !chance(appeal(user, known), random)) return acts;
  then('click', 200 + exponential(250 * (1 + position / 4), random));
  then('view', 5);
  if (!chance(CART, random)) return acts;
  then('cart', 100 + exponential(500, random));
  if (!chance(PURCHASE, random)) return acts;
  then('purchase', exponential(purchaseDelay_ms, random), known.price);
  if (chance(RETURN, random)) then('return', exponential(purchaseDelay_ms, random));
  return acts;
}

/** An act as the shop publishes it. Its id follows from the list's, so that sending it twice is seen as a duplicate. */
export function toEvent(act: Act, list: RankedList, at_ms: number): ShopEvent {
  const { type, item, position, value } = act;
  const shared = {
    v: 1 as const,
    id: `${list.id}/${position}/${type}`,
    at_ms,
    user: list.user,
    session: list.session,
    surface: list.surface,
    item,
    list: list.id,
    position,
  };
  return type === 'purchase' ? { ...shared, type, value: value ?? 0, currency: 'EUR' } : { ...shared, type };
}
