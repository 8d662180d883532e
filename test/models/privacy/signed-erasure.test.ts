import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forgeryIn, signedErasure, warnWithoutKeys } from '../../../models/privacy/signed-erasure.ts';
import { createKey, endKey, ensureKey, publicKeys } from '../../../models/registry/keys.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import { createLog, type LogLine } from '../../../schemas/log.ts';
import { ShopEvent } from '../../../schemas/topics/events.ts';

const T0 = 1_700_000_000_000;
const said = { id: `erasure-${'0a'.repeat(16)}-${T0}`, at_ms: T0, user: 'anna' };

let keys: string;
beforeEach(async () => {
  keys = await mkdtemp(path.join(os.tmpdir(), 'temper-erasure-'));
  await ensureKey(keys, T0 - 1);
});
afterEach(() => rm(keys, { recursive: true }));

describe('an erasure that is signed', () => {
  it('is an event of the shop, and known by the public file alone', async () => {
    const erasure = await signedErasure(keys, said, T0);
    expect(ShopEvent.parse(JSON.parse(JSON.stringify(erasure)))).toEqual(erasure);
    const [key] = await publicKeys(keys);
    await rm(path.join(keys, `${key!.id}.private.pem`));
    expect(forgeryIn(keys, erasure, T0 + 5)).toBeUndefined();
    await expect(signedErasure(keys, said, T0)).rejects.toThrow('CONFIG_INVALID');
  });

  it('is of one user, one moment and one name', async () => {
    const erasure = await signedErasure(keys, said, T0);
    for (const change of [{ user: 'ben' }, { at_ms: T0 + 1 }, { id: erasure.id.replace('0a', '0b') }]) {
      expect(forgeryIn(keys, { ...erasure, ...change }, T0)).toMatchObject({ reason: 'forged' });
    }
  });

  it('counts when it was written, and a copy of it later does not', async () => {
    const erasure = await signedErasure(keys, said, T0);
    expect(forgeryIn(keys, erasure, T0 + LIMITS.signed_erasure_ms)).toBeUndefined();
    expect(forgeryIn(keys, erasure, T0 + LIMITS.signed_erasure_ms + 1)).toMatchObject({ reason: 'forged' });
    const later = { ...erasure, signature: { ...erasure.signature, at_ms: T0 + 1 } };
    expect(forgeryIn(keys, later, T0 + LIMITS.signed_erasure_ms + 1)).toMatchObject({ reason: 'forged' });
  });

  it('counts whenever it is read again where the broker had it before its key was revoked', async () => {
    const erasure = await signedErasure(keys, said, T0);
    const [key] = await publicKeys(keys);
    await endKey(keys, key!.id, 'revoked', { now_ms: T0 + 10, reason: 'stolen' });
    expect(forgeryIn(keys, erasure, T0 + 9)).toBeUndefined();
    expect(forgeryIn(keys, erasure, T0 + 10)).toMatchObject({ reason: 'forged' });
    expect(forgeryIn(keys, { ...erasure, user: 'ben' }, T0 + 9)).toMatchObject({ reason: 'forged' });
  });

  it('counts no more once its key is revoked, or where nobody has given the key', async () => {
    const erasure = await signedErasure(keys, said, T0);
    const [key] = await publicKeys(keys);
    await createKey(keys, { now_ms: T0, reason: 'the next one' });
    await endKey(keys, key!.id, 'revoked', { now_ms: T0, reason: 'stolen' });
    expect(forgeryIn(keys, erasure, T0)?.detail).toContain('stolen');
    expect(forgeryIn(path.join(keys, 'nowhere'), erasure, T0)?.detail).toContain('a key of');
  });
});

it('who holds erasures to keys says so where there are none, and what else keeps them from being read', async () => {
  const codes: string[] = [];
  const log = { ...createLog('test', 'silent'), warn: ({ code }: LogLine) => void codes.push(code) };
  await warnWithoutKeys(keys, log);
  expect(codes).toEqual([]);
  await warnWithoutKeys(path.join(keys, 'nowhere'), log);
  expect(codes).toEqual(['ERASURES_REFUSED']);
  const file = path.join(keys, 'file');
  await writeFile(file, '');
  await expect(warnWithoutKeys(file, log)).rejects.toThrow('CONFIG_INVALID');
});

it('what users do needs no signature', () => {
  const click = { v: 1, id: 'e', type: 'click', at_ms: T0, user: 'anna', session: 's', item: 'i' } as const;
  expect(forgeryIn('/nowhere', click, T0)).toBeUndefined();
});
