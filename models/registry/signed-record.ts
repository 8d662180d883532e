import { TemperError } from '../../schemas/errors.ts';
import type { Promotion } from '../../schemas/models/models.ts';
import type { Trial, TrialEnd } from '../../schemas/models/trials.ts';
import type { Signature } from '../../schemas/signature.ts';
import { canonical } from './hash.ts';
import { sign, verify } from './keys.ts';

/** What the topic `models` says: who is champion, who is on trial, or that a trial has ended. */
export type ModelRecord = Promotion | Trial | TrialEnd;

/**
 * Signs what is to stand on `models`. The file of a model is signed for itself; this is why a record that names one that
 * may serve has been written by who promotes, and in no other words.
 *
 * @param keys their directory
 * @throws CONFIG_INVALID where no private key is there
 */
export async function signRecord<R extends ModelRecord>(
  keys: string,
  record: R,
): Promise<R & { signature: Signature }> {
  return { ...record, signature: await sign(keys, textOf(record), record.at_ms) };
}

/** @throws MODEL_REFUSED where it is unsigned, or not as it was signed */
export async function requireSignedRecord(keys: string, record: ModelRecord): Promise<void> {
  const { signature, model, surface } = record;
  const where = `the record of models that names ${model} as ${roleOf(record)} of ${surface}`;
  if (!signature) {
    const next =
      'The worker signs what it writes, and when it starts also who was champion before there were signatures';
    throw new TemperError('MODEL_REFUSED', { where, expected: 'a signature', got: 'none', next });
  }
  await verify(keys, textOf(record), signature, where);
}

export function roleOf(record: ModelRecord): 'champion' | 'challenger' {
  return 'role' in record ? record.role : 'champion';
}

function textOf({ signature: _, ...said }: ModelRecord): string {
  return canonical(['temper record of models', 1, said]);
}
