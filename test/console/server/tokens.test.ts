import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { csrfOf, opened, roleOf, sealed, tokensFile, tokensOf } from '../../../console/server/tokens.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-tokens-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

it('tokens are made once, for their owner alone, and stay until new ones are asked for', async () => {
  const place = path.join(directory, 'new');
  const tokens = await tokensOf(place);
  expect((await stat(tokensFile(place))).mode & 0o777).toBe(0o600);
  expect(new Set(Object.values(tokens)).size).toBe(4);
  expect(await tokensOf(place)).toEqual(tokens);
  const session = { role: 'viewer', id: 'a', until_ms: 10 } as const;
  const renewed = await tokensOf(place, true);
  expect(roleOf(renewed, tokens.viewer)).toBeUndefined();
  expect(opened(renewed, sealed(tokens, session), 0)).toBeUndefined();
  expect(csrfOf(renewed, session)).not.toBe(csrfOf(tokens, session));
});

it('two consoles that begin at once have the same tokens', async () => {
  const place = path.join(directory, 'both');
  const [a, b] = await Promise.allSettled([tokensOf(place), tokensOf(place)]);
  const kept = JSON.parse(await readFile(tokensFile(place), 'utf8'));
  for (const each of [a, b]) if (each.status === 'fulfilled') expect(each.value).toEqual(kept);
  expect([a, b].some(({ status }) => status === 'fulfilled')).toBe(true);
});

it('each token has its role, and no part of one has any', async () => {
  const tokens = await tokensOf(path.join(directory, 'roles'));
  expect(roleOf(tokens, tokens.viewer)).toBe('viewer');
  expect(roleOf(tokens, tokens.operator)).toBe('operator');
  for (const token of ['', tokens.viewer.slice(1), `${tokens.operator} `, tokens.secret]) {
    expect(roleOf(tokens, token)).toBeUndefined();
  }
});

it('a file that holds something else is told, with what to do', async () => {
  for (const text of ['', '{}', '{"v":1,"viewer":"short","operator":"short","secret":"short"}']) {
    await writeFile(tokensFile(directory), text);
    await expect(tokensOf(directory)).rejects.toThrow(/CONFIG_INVALID.*--new-tokens/s);
  }
});
