import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { TemperError } from '../../schemas/errors.ts';
import { PublicKey } from '../../schemas/models/signatures.ts';
import type { Config } from '../../schemas/settings/config.ts';
import type { Signature } from '../../schemas/signature.ts';
import { writeWhole } from '../whole-file.ts';

/*
 * A directory of Ed25519 keys (RFC 8032). Of each key there is `<id>.json`, which everybody may read, and where things
 * are signed `<id>.private.pem` (PKCS#8) too. Whoever only verifies needs the public files alone. Files are read anew
 * each time, so that a rotation counts at once, in every process.
 */

/** Where the keys are. */
export const keysIn = ({ keys, dataDir }: Pick<Config, 'keys' | 'dataDir'>): string =>
  keys ?? path.join(dataDir, 'keys');

/**
 * All keys of a directory, the oldest first; none where there is no such directory.
 *
 * @throws CONFIG_INVALID where it can not be read
 */
export async function publicKeys(directory: string): Promise<PublicKey[]> {
  return keysOf(directory);
}

/** They are a few small files: who is in the midst of a batch reads them where he stands. */
function keysOf(directory: string): PublicKey[] {
  const read = namesIn(directory).filter(name => name.endsWith('.json'));
  const keys = read.map(name => readKey(directory, path.parse(name).name));
  return keys.sort((a, b) => a.created_ms - b.created_ms || (a.id < b.id ? -1 : 1));
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    const next = 'Let the process read it, or set TEMPER_KEYS to another one';
    throw new TemperError('CONFIG_INVALID', { where: directory, expected: 'a directory of public keys', next, cause });
  }
}

/** Makes a pair of keys. It signs from when no older one is active, so that others can be given its public file first. */
export async function createKey(directory: string, { now_ms, reason }: Ending): Promise<PublicKey> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const algorithm = 'ed25519' as const;
  const key = { v: 1 as const, id: idOf(publicKey), algorithm, pem, created_ms: now_ms, ...ACTIVE, reason };
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const secret = privateKey.export({ type: 'pkcs8', format: 'pem' });
  await writeFile(privateFile(directory, key.id), secret, { mode: 0o600, flag: 'wx' });
  await writeKey(directory, key);
  return key;
}

/** The first key of a directory that has none. One that has public keys alone is left as it is. */
export async function ensureKey(directory: string, now_ms: number): Promise<void> {
  if ((await publicKeys(directory)).length === 0) await createKey(directory, { now_ms, reason: 'the first one' });
}

export interface Ending {
  now_ms: number;
  reason: string;
}

/**
 * Ends a key: a retired one goes on verifying what it signed before, a revoked one verifies nothing. Its private file is
 * removed.
 *
 * @throws INPUT_INVALID where there is no such key, or it is the only one that can sign and is not revoked
 */
export async function endKey(
  directory: string,
  id: string,
  state: 'retired' | 'revoked',
  { now_ms, reason }: Ending,
): Promise<PublicKey> {
  const keys = await publicKeys(directory);
  const key = keys.find(each => each.id === id);
  const where = `the keys in ${directory}`;
  if (!key) {
    const expected = `one of ${keys.map(each => each.id).join(', ') || 'none'}`;
    throw new TemperError('INPUT_INVALID', { where, expected, got: id });
  }
  if (key.state === 'revoked' || key.state === state) return key;
  if (state === 'retired' && !keys.some(each => each.state === 'active' && each.id !== id)) {
    const next = 'Make another one first, and give its public file to the scorers: `temper keys new`';
    throw new TemperError('INPUT_INVALID', { where, expected: 'another active key', got: `${id} alone`, next });
  }
  const ended = { ...key, state, ended_ms: now_ms, reason };
  await writeKey(directory, ended);
  await rm(privateFile(directory, id), { force: true });
  return ended;
}

/**
 * Signs a text with the oldest active key whose private file is here.
 *
 * @throws CONFIG_INVALID where there is none
 */
export async function sign(directory: string, text: string, at_ms: number): Promise<Signature> {
  const { id, secret } = await signingKey(directory);
  const signature = signBytes(null, signed(text, at_ms), secret).toString('base64');
  return { algorithm: 'ed25519', key: id, at_ms, signature };
}

/** @throws CONFIG_INVALID where nothing can be signed here */
export async function requireSigning(directory: string): Promise<void> {
  await signingKey(directory);
}

/**
 * @param where what is signed, for the message
 * @throws MODEL_REFUSED where the signature is not of this text, or not by a key that counts
 */
export async function verify(directory: string, text: string, signature: Signature, where: string): Promise<void> {
  requireSignedBy(directory, text, signature, where);
}

/**
 * The same, at once.
 *
 * @param recorded_ms when it was there, by the word of somebody who does not hold the key: of before a key was revoked it
 *   counts. Absent where nobody says so: then a revoked key verifies nothing.
 */
export function requireSignedBy(
  directory: string,
  text: string,
  signature: Signature,
  where: string,
  recorded_ms = Number.POSITIVE_INFINITY,
): void {
  const refusal = (expected: string, got: string, next: string) =>
    new TemperError('MODEL_REFUSED', { where, expected, got, next });
  const key = keysOf(directory).find(({ id }) => id === signature.key);
  if (!key) {
    const next = 'If the worker has signed with a new key, put its public file there; else somebody else has signed it';
    throw refusal(`a signature by a key of ${directory}`, `key ${signature.key}`, next);
  }
  const { state, ended_ms, reason, pem } = key;
  const again = 'Promote it again, so that it is signed by a key that counts';
  const isOfBefore = ended_ms !== null && recorded_ms < ended_ms;
  if (state === 'revoked' && !isOfBefore) throw refusal('a key that is not revoked', `key ${key.id}: ${reason}`, again);
  if (ended_ms !== null && signature.at_ms > ended_ms) {
    throw refusal(
      `a signature from before ${utc(ended_ms)}, when key ${key.id} was retired`,
      utc(signature.at_ms),
      again,
    );
  }
  const bytes = Buffer.from(signature.signature, 'base64');
  if (verifyBytes(null, signed(text, signature.at_ms), createPublicKey(pem), bytes)) return;
  throw refusal(
    `the signature of key ${key.id}`,
    'one of something else',
    'It was changed after it was signed; train again',
  );
}

/** Lengths are no question: the time stands in front, in digits. */
function signed(text: string, at_ms: number): Buffer {
  return Buffer.from(`${at_ms}\n${text}`);
}

async function signingKey(directory: string): Promise<{ id: string; secret: KeyObject }> {
  for (const { id, state } of await publicKeys(directory)) {
    if (state !== 'active') continue;
    const pem = await readFile(privateFile(directory, id), 'utf8').catch(() => undefined);
    if (pem !== undefined) return { id, secret: createPrivateKey(pem) };
  }
  throw new TemperError('CONFIG_INVALID', {
    where: directory,
    expected: 'an active key with its private file, to sign what is promoted',
    next: 'Make one where the worker runs with `temper keys new`, or set TEMPER_KEYS',
  });
}

function readKey(directory: string, id: string): PublicKey {
  const where = path.join(directory, `${id}.json`);
  try {
    const key = PublicKey.parse(JSON.parse(readFileSync(where, 'utf8')));
    if (key.id === id && idOf(createPublicKey(key.pem)) === id) return key;
  } catch (cause) {
    throw new TemperError('CONFIG_INVALID', { where, expected: 'a public key as `temper keys new` writes it', cause });
  }
  const next = 'Copy the file again under its own name';
  throw new TemperError('CONFIG_INVALID', { where, expected: `the public key ${id}`, got: 'another one', next });
}

async function writeKey(directory: string, key: PublicKey): Promise<void> {
  await writeWhole(path.join(directory, `${key.id}.json`), [Buffer.from(`${JSON.stringify(key, null, 2)}\n`)]);
}

const ACTIVE = { state: 'active', ended_ms: null } as const;
const privateFile = (directory: string, id: string) => path.join(directory, `${id}.private.pem`);
const utc = (at_ms: number) => new Date(at_ms).toISOString();

/** A key's id follows from the key, so that no file can name another one. */
function idOf(key: KeyObject): string {
  return `k-${createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16)}`;
}
