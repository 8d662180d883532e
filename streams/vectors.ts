import type { ActiveEncoders } from '../models/retrieval/vectors/active-encoders.ts';
import type { ActiveVectors } from '../models/retrieval/vectors/active-vectors.ts';
import { admit } from './admit.ts';
import type { StreamRecord } from './kafka/bus.ts';

/** Takes a record of `item.vectors`. What is no such record changes nothing; a tombstone takes the item's vectors away. */
export function takeVectors(vectors: ActiveVectors, record: StreamRecord): void {
  const { key, value } = record;
  if (key === null) return;
  const parsed = value && admit('item.vectors', record);
  if (!parsed) vectors.set(key, []);
  else if (parsed.ok) vectors.set(key, parsed.value.vectors);
}

/** Takes a record of `vector.progress`, or its tombstone. */
export function takeProgress(encoders: ActiveEncoders, record: StreamRecord): void {
  const { key, value } = record;
  if (key === null) return;
  const parsed = value && admit('vector.progress', record);
  if (!parsed) encoders.take(key, undefined);
  else if (parsed.ok) encoders.take(key, parsed.value);
}
