import type { ShopEvent } from '../../schemas/events.ts';
import type { ItemUpdate } from '../../schemas/features.ts';
import { hash32 } from '../hash.ts';
import type { Fact } from './declarations.ts';

export function factOf(event: ShopEvent): Fact {
  const on = 'item' in event ? event : undefined;
  return {
    type: event.type,
    at_ms: event.at_ms,
    user: hash32(event.user),
    item: on ? hash32(on.item) : 0,
    session: hash32(event.session),
    query: on?.query === undefined ? 0 : hash32(normalised(on.query)),
    position: on?.position ?? Number.NaN,
    value: 'value' in event && typeof event.value === 'number' ? event.value : Number.NaN,
  };
}

/** An update carries hashes, of its user and of its query. */
export function factOfUpdate({ type, at_ms, user, query, position, value }: ItemUpdate): Fact {
  const of = { user: user ?? 0, item: 0, session: 0, query: query ?? 0 };
  return { type, at_ms, ...of, position: position ?? Number.NaN, value: value ?? Number.NaN };
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
