import type { ProductInput, ShopEvent } from '../../schemas/topics/events.ts';
import type { Step } from './step.ts';

/** Something that a user did, from a file that has no lists. */
export interface Deed {
  event: Extract<ShopEvent, { item: string }>;
  /** Published when the file first names its item. */
  product: ProductInput;
  /** Whether a list would have stood before it: what the user chose, not what came to him. */
  asks: boolean;
}

const LIST_LENGTH = 20;

/**
 * Before all that a user does but the first the replay asks for a list, dated a millisecond earlier: of a user of whom
 * nothing is known yet, no list could be judged.
 *
 * @param deeds in the order of time
 * @param known items whose products were published already
 */
export function* visits(deeds: Iterable<Deed>, known = new Set<string>()): Generator<Step> {
  const met = new Set<string>();
  for (const { event, product, asks } of deeds) {
    if (!known.has(event.item)) yield { kind: 'product', product };
    known.add(event.item);
    if (asks && met.has(event.user)) {
      const { at_ms, user, session } = event;
      const request = {
        v: 1 as const,
        id: `${event.id}/list`,
        user,
        session,
        surface: 'home' as const,
        count: LIST_LENGTH,
      };
      yield { kind: 'visit', request: { ...request, at_ms: at_ms - 1 }, event };
    } else yield { kind: 'event', event };
    if (asks) met.add(event.user);
  }
}
