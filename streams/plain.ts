import { isAhead } from '../schemas/topics/parse.ts';
import { FIELD, type PlainEvent } from '../schemas/topics/plain-event.ts';
import { TOPICS } from './graph.ts';
import type { StreamRecord } from './kafka/bus.ts';

/** Whether a record of `shop.events` is a plain event that `admit` would take; `event` has its fields then. */
export function isPlain(event: PlainEvent, { key, value, timestamp_ms }: StreamRecord): boolean {
  if (key === null || value === null || value.length > TOPICS['shop.events'].limit_bytes) return false;
  return event.read(value) && !isAhead(event.at_ms, timestamp_ms) && event.is(FIELD.user, key);
}
