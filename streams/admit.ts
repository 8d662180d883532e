import type { z } from 'zod';
import { type Parsed, parseRecord } from '../schemas/parse.ts';
import { TOPICS, type Topic, type TopicName } from './graph.ts';
import type { StreamRecord } from './kafka/bus.ts';

export type RecordOf<T extends TopicName> = z.output<(typeof TOPICS)[T]['schema']>;

/**
 * The verdict on a record of a topic, the same in every job: its schema's, and that its key is the one that the graph
 * names. Under another key it would lie in another partition than the state to which it belongs.
 */
export function admit<T extends TopicName>(topic: T, { key, value, timestamp_ms }: StreamRecord): Parsed<RecordOf<T>> {
  const { schema, key: keyedBy, limit_bytes, isPlain }: Topic = TOPICS[topic];
  const parsed = parseRecord(schema, value, timestamp_ms, limit_bytes, isPlain);
  if (!parsed.ok || (keyedBy !== 'user' && keyedBy !== 'item')) return parsed as Parsed<RecordOf<T>>;
  const named = (parsed.value as { user?: string; item?: string })[keyedBy];
  if (named === key) return parsed as Parsed<RecordOf<T>>;
  const detail = `expected the record's key to be its ${keyedBy}, ${JSON.stringify(named)}, got ${JSON.stringify(key)}`;
  return { ok: false, refusal: { reason: 'invalid_field', detail } };
}
