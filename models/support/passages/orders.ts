import type { Spoken } from '../language.ts';
import { dayIn, PHRASES, priceIn } from '../phrases.ts';
import type { Passage } from './passage.ts';
import { isSafeName } from './suspicion.ts';

/** A purchase of the user who asks, or what was sent back. */
export interface Order {
  /** Of the event. */
  readonly id: string;
  readonly type: 'purchase' | 'return';
  readonly at_ms: number;
  readonly item: string;
  /** What was paid, where the shop has said it. */
  readonly value?: number | undefined;
  readonly currency?: string | undefined;
}

/**
 * Orders as passages, in the language of the question. A product whose title is not fit to be repeated is called by its
 * id.
 *
 * @param titleOf of a product, where it is known
 */
export function orderPassage(order: Order, titleOf: (item: string) => string | undefined, language: Spoken): Passage {
  const phrases = PHRASES[language];
  const known = titleOf(order.item);
  const title = known !== undefined && isSafeName(known) ? known : order.item;
  const when = dayIn(language, order.at_ms);
  const paid = order.type === 'purchase' && order.value !== undefined && order.value > 0 ? order.value : undefined;
  return {
    id: `order:${order.id}`,
    kind: 'order',
    title,
    sentences: [
      order.type === 'purchase' ? phrases.bought(title, when) : phrases.returned(title, when),
      ...(paid === undefined ? [] : [phrases.paid(title, priceIn(language, paid, order.currency))]),
    ],
  };
}

/** That the user has no orders is known, too. */
export function noOrders(language: Spoken): Passage {
  return { id: 'order:none', kind: 'order', title: '', sentences: [PHRASES[language].noOrders] };
}
