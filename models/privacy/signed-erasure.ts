import { TemperError } from '../../schemas/errors.ts';
import { LIMITS } from '../../schemas/limits.ts';
import type { Log } from '../../schemas/log.ts';
import type { ShopEvent } from '../../schemas/topics/events.ts';
import type { Refusal } from '../../schemas/topics/parse.ts';
import { canonical } from '../registry/hash.ts';
import { publicKeys, requireSignedBy, sign } from '../registry/keys.ts';

/*
 * Whoever may write to shop.events may write any event there. One that has all forgotten that is known of a user counts
 * only where a worker has signed it, with the keys that sign promotions, and lately: a copy of an old one does nothing.
 */

export type ErasureEvent = Extract<ShopEvent, { type: 'erasure' }>;

/**
 * The event that says that nothing of before is to be known of a user.
 *
 * @param keys their directory
 * @param now_ms when it is signed
 * @throws CONFIG_INVALID where no private key is there
 */
export async function signedErasure(
  keys: string,
  { id, at_ms, user }: Pick<ErasureEvent, 'id' | 'at_ms' | 'user'>,
  now_ms: number,
): Promise<ErasureEvent> {
  const said = { v: 1 as const, id, type: 'erasure' as const, at_ms, user, session: id };
  return { ...said, signature: await sign(keys, textOf(said), now_ms) };
}

/**
 * Why an event is not to be taken for what it says: it is an erasure, and not signed as one. Others need no signature.
 *
 * @param keys their directory, which is read anew each time: erasures are rare, and a revocation counts at once
 * @param timestamp_ms the broker's time of it. One from before its key was revoked goes on counting: what was forgotten by it
 *   stays so when the log is read again
 */
export function forgeryIn(keys: string, event: ShopEvent, timestamp_ms: number): Refusal | undefined {
  if (event.type !== 'erasure') return undefined;
  const { signature } = event;
  try {
    requireSignedBy(keys, textOf(event), signature, 'an erasure', timestamp_ms);
  } catch (error) {
    if (!(error instanceof TemperError) || error.code !== 'MODEL_REFUSED') throw error;
    const { expected, got } = error.detail;
    return { reason: 'forged', detail: `expected ${expected}, got ${got}` };
  }
  const age_ms = timestamp_ms - signature.at_ms;
  if (age_ms <= LIMITS.signed_erasure_ms) return undefined;
  const detail = `expected a signature of at most ${LIMITS.signed_erasure_ms} ms before, got one of ${age_ms} ms: a copy?`;
  return { reason: 'forged', detail };
}

/**
 * Says it as a job starts that holds erasures to keys and has none: each would be refused, and nothing forgotten. Keys may
 * still come, so it is no error.
 *
 * @throws CONFIG_INVALID where they can not be read
 */
export async function warnWithoutKeys(keys: string, log: Log): Promise<void> {
  if ((await publicKeys(keys)).length > 0) return;
  const what = 'no public key is there: every erasure is refused until the files of the workers are';
  log.warn({ code: 'ERASURES_REFUSED', path: keys }, what);
}

function textOf({ id, at_ms, user }: Pick<ErasureEvent, 'id' | 'at_ms' | 'user'>): string {
  return canonical(['temper erasure', 1, { id, at_ms, user }]);
}
