import type { z } from 'zod';
import { type Parsed, parseRecord } from '../schemas/topics/parse.ts';
import { TOPICS, type Topic, type TopicName } from './graph.ts';
import type { StreamRecord } from './kafka/bus.ts';

type DeclaredAs<D> = D extends { schema: infer S extends z.ZodType }
  ? z.output<S>
  : D extends { unpack: (value: Buffer) => infer R }
    ? R
    : never;
export type RecordOf<T extends TopicName> = DeclaredAs<(typeof TOPICS)[T]>;

/**
 * The verdict on a record of a topic, the same in every job: its schema's, and that its key is the one that the graph
 * names. Under another key it would lie in another partition than the state to which it belongs.
 */
export function admit<T extends TopicName>(topic: T, { key, value, timestamp_ms }: StreamRecord): Parsed<RecordOf<T>> {
  const declared: Topic = TOPICS[topic];
  if ('unpack' in declared) return unpacked(value, declared.unpack) as Parsed<RecordOf<T>>;
  const { schema, key: keyedBy, limit_bytes } = declared;
  const parsed = parseRecord(schema, value, timestamp_ms, limit_bytes, declared);
  if (!parsed.ok || (keyedBy !== 'user' && keyedBy !== 'item' && keyedBy !== 'campaign'))
    return parsed as Parsed<RecordOf<T>>;
  const named = (parsed.value as { user?: string; item?: string; campaign?: string })[keyedBy];
  if (named === key) return parsed as Parsed<RecordOf<T>>;
  const detail = `expected the record's key to be its ${keyedBy}, ${JSON.stringify(named)}, got ${JSON.stringify(key)}`;
  return { ok: false, refusal: { reason: 'invalid_field', detail } };
}

function unpacked(value: Buffer | null, unpack: (value: Buffer) => unknown): Parsed<unknown> {
  if (value === null) return { ok: false, refusal: { reason: 'tombstone', detail: 'expected a packed record' } };
  try {
    return { ok: true, value: unpack(value) };
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    return { ok: false, refusal: { reason: 'invalid_field', detail } };
  }
}
