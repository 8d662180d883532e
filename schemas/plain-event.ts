import type { ShopEvent } from './events.ts';
import { LIMITS } from './limits.ts';

/**
 * Whether JSON is an event as shops send them: every field is of its kind and within its limits, and there is none that
 * its type doesn't have. Then `ShopEvent` would accept it and change nothing; zod needs ten times as long to say so.
 * Where the answer is no, zod is asked, and has the last word: a test holds the two together.
 */
export function isPlainEvent(json: unknown): json is ShopEvent {
  if (typeof json !== 'object' || json === null) return false;
  const event = json as Record<string, unknown>;
  const { v, id, type, at_ms, user, session } = event;
  if (v !== 1 || !isId(id) || !isTime(at_ms) || !isId(user) || !isId(session) || typeof type !== 'string') return false;
  const own = ENVELOPE + ownFieldsOf(type, event);
  return own === Object.keys(event).length;
}

const ENVELOPE = 6;
const NONE = Number.NaN;

/** How many fields beside the envelope the event has, all of them good; NaN where one is not. */
function ownFieldsOf(type: string, event: Record<string, unknown>): number {
  switch (type) {
    case 'impression':
      return event.list === undefined || event.position === undefined ? NONE : onItem(event);
    case 'view':
    case 'click':
    case 'cart':
    case 'return':
    case 'dismiss':
    case 'share':
      return onItem(event);
    case 'purchase':
      return onItem(event) + optional(event.value, isAmount) + optional(event.currency, isId);
    case 'rating':
      return isAmount(event.value) && event.value <= 5 ? onItem(event) + 1 : NONE;
    default:
      return NONE; // the rare types are zod's
  }
}

function onItem({ item, list, position, surface, query }: Record<string, unknown>): number {
  if (!isId(item)) return NONE;
  const shown = optional(list, isId) + optional(position, isPosition);
  return 1 + shown + optional(surface, isId) + optional(query, isQuery);
}

function optional(value: unknown, isGood: (value: unknown) => boolean): number {
  if (value === undefined) return 0;
  return isGood(value) ? 1 : NONE;
}

function isId(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= LIMITS.id_chars;
}

function isQuery(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= LIMITS.query_chars;
}

function isTime(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function isPosition(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= LIMITS.items_per_list;
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
