import { createHmac } from 'node:crypto';
import { TemperError } from '../../schemas/errors.ts';

/** A secret by which ids become pseudonyms. */
export interface PseudonymKey {
  /** Stands before each pseudonym, so that one is known by its key for ever. */
  id: string;
  secret: Buffer;
}

/** Of the 43 characters of an HMAC-SHA-256: 132 bits, of which two users never have the same. */
const CHARS = 22;
const LINE = /^([a-z0-9]{1,8})\s+([0-9a-f]{64,})$/;

/**
 * What stands for a user: `<key>.<hash>`, by HMAC-SHA-256 (RFC 2104) under the newest key. Without the key nobody can tell
 * whose it is, not by trying all ids either.
 */
export class Pseudonyms {
  readonly #keys: readonly PseudonymKey[];

  /** @param keys newest first, at least one */
  constructor(keys: readonly PseudonymKey[]) {
    this.#keys = keys;
  }

  of(user: string): string {
    return under(this.#keys[0]!, user);
  }

  /** All that a user may be known by: under each key, the newest first. */
  allOf(user: string): string[] {
    return this.#keys.map(key => under(key, user));
  }
}

/** Whether an id looks like one: so no shop should name its users. */
export function isPseudonym(id: string): boolean {
  return /^[a-z0-9]{1,8}\.[\w-]{22}$/.test(id);
}

function under({ id, secret }: PseudonymKey, user: string): string {
  return `${id}.${createHmac('sha256', secret).update(user).digest('base64url').slice(0, CHARS)}`;
}

/**
 * The keys of a file: a line each, `<id> <secret>`, the newest first. The id has up to 8 letters and digits, the secret 64
 * hexadecimal digits or more; lines that begin with # are passed over.
 *
 * @throws CONFIG_INVALID with the number of the line, and never with what stands in it
 */
export function readPseudonymKeys(text: string, file: string): PseudonymKey[] {
  const keys: PseudonymKey[] = [];
  for (const [n, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, id, secret] = LINE.exec(line.trim()) ?? [];
    const isTaken = keys.some(key => key.id === id);
    if (!id || !secret || isTaken)
      refuse(`${file}, line ${n + 1}`, isTaken ? 'an id that no line before it has' : FORM);
    keys.push({ id, secret: Buffer.from(secret, 'hex') });
  }
  if (keys.length === 0) refuse(file, 'at least one key');
  return keys;
}

const FORM = 'an id of up to 8 small letters and digits, and a secret of 64 hexadecimal digits or more';

function refuse(where: string, expected: string): never {
  const next = 'A line of it: `echo "k1 $(openssl rand -hex 32)"`';
  throw new TemperError('CONFIG_INVALID', { where: `TEMPER_PSEUDONYM_KEYS=${where}`, expected, next });
}
