import { type ShopEvent, targetOf } from '../../../schemas/topics/events.ts';
import { hash32 } from '../../hash.ts';
import type { Fact } from './declarations.ts';

export function factOf(event: ShopEvent): Fact {
  const on = 'item' in event ? event : undefined;
  const target = targetOf(event);
  return {
    type: event.type,
    at_ms: event.at_ms,
    user: hash32(event.user),
    item: on ? hash32(on.item) : 0,
    session: hash32(event.session),
    query: on?.query === undefined ? 0 : hash32(normalised(on.query)),
    target: target === undefined ? 0 : hash32(target),
    position: on?.position ?? Number.NaN,
    value: 'value' in event && typeof event.value === 'number' ? event.value : Number.NaN,
  };
}

/** What is the same query: case and spaces do not count. NORMALISED_SQL says the same. */
export function normalised(query: string): string {
  return query
    .toLowerCase()
    .replace(/[ \t\r\n]+/g, ' ')
    .replace(/^ | $/g, '');
}
export const normalisedSql = (column: string) =>
  `trim(BOTH ' ' FROM replaceRegexpAll(lowerUTF8(${column}), '[ \\\\t\\\\r\\\\n]+', ' '))`;
