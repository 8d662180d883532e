import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, mkdir, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { TemperError } from '../../schemas/errors.ts';
import { LIMITS } from '../../schemas/limits.ts';
import type { Role } from '../api.ts';

const secret = z.string().min(32);

/** Who has a token has its role. `secret` signs sessions: with another one, all that there are end. */
export const Tokens = z.object({ v: z.literal(1), viewer: secret, operator: secret, secret });
export type Tokens = z.infer<typeof Tokens>;

export interface Session {
  role: Role;
  /** Random: names the session in the record of what was done. */
  id: string;
  until_ms: number;
}

const HOUR_MS = 3_600_000;

export const tokensFile = (dataDir: string): string => path.join(dataDir, 'console.json');

/**
 * The tokens of a data directory, made where there are none. The file is for its owner alone, and stays: links in a
 * browser, and sessions, outlive a restart.
 *
 * @param renew end all tokens and sessions that there are
 * @throws CONFIG_INVALID where the file holds something else
 */
export async function tokensOf(dataDir: string, renew = false): Promise<Tokens> {
  const file = tokensFile(dataDir);
  if (renew) await rm(file, { force: true });
  await mkdir(dataDir, { recursive: true });
  try {
    const handle = await open(file, 'wx', 0o600);
    const tokens: Tokens = { v: 1, viewer: fresh(), operator: fresh(), secret: fresh() };
    await handle.writeFile(`${JSON.stringify(tokens)}\n`);
    await handle.close();
    return tokens;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  await chmod(file, 0o600);
  const parsed = Tokens.safeParse(jsonOf(await readFile(file, 'utf8')));
  if (parsed.success) return parsed.data;
  const next = 'Make new ones: `temper console --new-tokens`';
  throw new TemperError('CONFIG_INVALID', { where: file, expected: 'the tokens of the console', next });
}

/** The role that a token has, or none; as slow for a wrong token as for a right one. */
export function roleOf({ viewer, operator }: Tokens, token: string): Role | undefined {
  const [isOperator, isViewer] = [same(token, operator), same(token, viewer)];
  return isOperator ? 'operator' : isViewer ? 'viewer' : undefined;
}

/** A session as a cookie holds it: nothing is kept of it here. */
export function sealed({ secret }: Tokens, { role, id, until_ms }: Session): string {
  const plain = `${role}.${id}.${until_ms}`;
  return `${plain}.${signature(secret, 'session', plain)}`;
}

export function beginSession(role: Role, now_ms: number): Session {
  return { role, id: randomBytes(12).toString('base64url'), until_ms: now_ms + LIMITS.console_session_hours * HOUR_MS };
}

/** The session of a cookie, unless somebody else wrote it or its time is over. */
export function opened({ secret }: Tokens, cookie: string, now_ms: number): Session | undefined {
  const [role, id, until, signed, ...rest] = cookie.split('.');
  if (signed === undefined || rest.length > 0 || !id || (role !== 'viewer' && role !== 'operator')) return undefined;
  if (!same(signed, signature(secret, 'session', `${role}.${id}.${until}`))) return undefined;
  const until_ms = Number(until);
  return until_ms > now_ms ? { role, id, until_ms } : undefined;
}

/** What pages of a session send with all that changes something: a page of another site can't read it. */
export function csrfOf({ secret }: Tokens, { id }: Session): string {
  return signature(secret, 'csrf', id);
}

export function same(a: string, b: string): boolean {
  // Of one length, whatever came: the comparison takes as long for each.
  const [x, y] = [a, b].map(text => createHmac('sha256', 'length').update(text).digest());
  return timingSafeEqual(x!, y!);
}

function signature(secret: string, use: string, text: string): string {
  return createHmac('sha256', secret).update(`${use}:${text}`).digest('base64url');
}

const fresh = (): string => randomBytes(32).toString('base64url');

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
