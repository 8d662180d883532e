/**
 * Facts of packed keys that wait until the key's state is needed, each behind the one that came before it:
 *
 * ```
 * 1 + place of the one before, 0 if there is none
 * byte type | 16 if recent, byte of what is there, at_ms - since_ms, fields as in a log, hash of the id, [recent item]
 * ```
 */

import type { UserChange } from '../../../../models/features/states.ts';
import { EVENT_TYPES } from '../../../../schemas/topics/events.ts';
import { ByteReader, type ByteWriter } from '../bytes.ts';
import { carriedIn, type DeltaReader, NOTHING, readFields, TYPE_BYTE, writeFields } from '../delta.ts';

const RECENT = 16;
const TYPE = 15;

/** @param since_ms what `waitingFacts` is told too: the nearer to the fact's time, the fewer bytes */
export function writeWaiting(
  out: ByteWriter,
  before: number,
  { fact, id, recent }: DeltaReader,
  since_ms: number,
): void {
  const has = carriedIn(fact);
  out.whole(before);
  out.byte(TYPE_BYTE[fact.type] | (recent === undefined ? 0 : RECENT));
  out.byte(has);
  out.signed(fact.at_ms - since_ms);
  writeFields(out, has, fact);
  out.float(id);
  if (recent !== undefined) out.text(recent);
}

/** The facts that end with the one that stands last, in the order in which they came. */
export function* waitingFacts(facts: Buffer, last: number, since_ms: number): Generator<UserChange> {
  const places: number[] = [];
  for (let next = last; next > 0; next = new ByteReader(facts, next - 1).whole()) places.push(next - 1);
  for (const place of places.reverse()) {
    const bytes = new ByteReader(facts, place);
    bytes.whole();
    const type = bytes.byte();
    const has = bytes.byte();
    const fact = { ...NOTHING, type: EVENT_TYPES[type & TYPE]!, at_ms: since_ms + bytes.signed() };
    readFields(bytes, has, fact);
    const id = bytes.float();
    yield { id, fact, recent: type & RECENT ? bytes.text() : undefined };
  }
}
