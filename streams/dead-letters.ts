import { LIMITS } from '../schemas/limits.ts';
import type { DeadLetter } from '../schemas/topics/operations.ts';
import type { Refusal } from '../schemas/topics/parse.ts';
import type { Outbox, StreamRecord } from './kafka/bus.ts';
import { slotOf } from './kafka/consuming/slots.ts';

/**
 * What is kept of a record that was refused. Its id is the record's position: a second copy is seen as one. Of an erasure that
 * is not believed it is not kept whom it names.
 */
export function deadLetterOf(topic: string, partition: number, record: StreamRecord, refusal: Refusal): DeadLetter {
  const { offset, timestamp_ms } = record;
  const { key, value } = refusal.reason === 'forged' ? { key: null, value: null } : record;
  return {
    v: 1,
    id: `${slotOf(topic, partition)}/${offset}`,
    topic,
    partition,
    offset,
    key: key === null ? null : cut(key, LIMITS.id_chars),
    ...refusal,
    detail: cut(refusal.detail, LIMITS.text_chars),
    at_ms: timestamp_ms,
    value: value?.subarray(0, LIMITS.dead_letter_value_bytes).toString('base64') ?? null,
    truncated: (value?.length ?? 0) > LIMITS.dead_letter_value_bytes,
  };
}

/** The first characters. What is half of a surrogate pair then, or was in the parser's message, becomes U+FFFD: no table takes it. */
function cut(text: string, chars: number): string {
  return Buffer.from(text.slice(0, chars), 'utf8').toString('utf8');
}

export async function sendDeadLetters(outbox: Outbox, letters: readonly DeadLetter[]): Promise<void> {
  await Promise.all(
    letters.map(letter => outbox.publish('dead.letters', { key: letter.id, value: JSON.stringify(letter) })),
  );
}
