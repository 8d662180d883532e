import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { popularityModel } from '../../../models/ranker/popularity.ts';
import { createKey, endKey, ensureKey, publicKeys } from '../../../models/registry/keys.ts';
import { registerModel } from '../../../models/registry/registry.ts';
import { type Licence, type Places, requireSigned, signModel } from '../../../models/registry/signature.ts';
import { directoryStore } from '../../../models/registry/store/directory.ts';

const AT_MS = 1_700_000_000_000;
const HOUR_MS = 3_600_000;
const because = (now_ms: number) => ({ now_ms, reason: 'a test' });

let directory: string;
let places: Places;
let licence: Licence;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-signature-'));
  places = { models: directoryStore(path.join(directory, 'models')), keys: path.join(directory, 'keys') };
  const features = ['a', 'b'];
  const parts = { id: 'm', kind: 'popularity', created_ms: AT_MS, features, features_version: 'v1' } as const;
  const lineage = { snapshot: null, parent: null, seed: null, code: 'test', provider: null };
  const rest = { lineage, training: null, verdict: null };
  const { sha256 } = await registerModel(places.models, { ...parts, ...rest }, popularityModel(features, 'b'));
  licence = { model: 'm', manifest: sha256, surface: 'home', role: 'champion' };
  await ensureKey(places.keys, AT_MS - HOUR_MS);
});
afterEach(() => rm(directory, { recursive: true }));

const signatureFile = () => path.join(places.models.where, 'm', 'signature.home.champion.json');
const refusal = (wanted: Partial<Licence> = {}) => expect(requireSigned(places, { ...licence, ...wanted })).rejects;

/** Changes one field of the signature that lies there. */
async function forge(change: (signature: Record<string, unknown>) => void): Promise<void> {
  const signature = JSON.parse(await readFile(signatureFile(), 'utf8'));
  change(signature);
  await writeFile(signatureFile(), JSON.stringify(signature));
}

describe('a signed model', () => {
  beforeEach(async () => {
    await signModel(places, licence, AT_MS);
  });

  it('is known by the public file alone', async () => {
    const [key] = await publicKeys(places.keys);
    await rm(path.join(places.keys, `${key!.id}.private.pem`));
    expect(await requireSigned(places, licence)).toMatchObject({ ...licence, key: key!.id, at_ms: AT_MS });
  });

  it('is signed once: a second promotion finds the signature', async () => {
    const text = await readFile(signatureFile(), 'utf8');
    await signModel(places, licence, AT_MS + 1);
    expect(await readFile(signatureFile(), 'utf8')).toBe(text);
  });

  it('may serve as nothing else, nowhere else, and in no other form', async () => {
    await refusal({ role: 'challenger' }).toThrow(/MODEL_REFUSED.*no such file/);
    await refusal({ surface: 'ads' }).toThrow(/MODEL_REFUSED.*no such file/);
    await refusal({ manifest: '0'.repeat(64) }).toThrow(/expected manifest 0{64}; got [0-9a-f]{64}/);
  });

  it.each<[string, (signature: Record<string, unknown>) => void]>([
    ['a flipped bit', each => Object.assign(each, { signature: flipped(String(each.signature)) })],
    ['another time', each => Object.assign(each, { at_ms: AT_MS + 1 })],
  ])('with %s is refused', async (_name, change) => {
    await forge(change);
    await refusal().toThrow(/MODEL_REFUSED.*the signature of key k-.*one of something else/);
  });

  it.each(['no JSON', '{}', ''])('whose signature is %j is refused', async text => {
    await writeFile(signatureFile(), text);
    await refusal().toMatchObject({ code: 'MODEL_REFUSED', detail: { expected: 'a signature' } });
  });

  it('is refused under a role that somebody wrote into a copy of its signature', async () => {
    const text = (await readFile(signatureFile(), 'utf8')).replace('"champion"', '"shadow"');
    await writeFile(path.join(places.models.where, 'm', 'signature.home.shadow.json'), text);
    await refusal({ role: 'shadow' }).toThrow(/one of something else/);
  });

  it('is refused by who does not know the key', async () => {
    const stranger = path.join(directory, 'stranger');
    await ensureKey(stranger, AT_MS);
    await expect(requireSigned({ ...places, keys: stranger }, licence)).rejects.toThrow(
      /a signature by a key of .*stranger/,
    );
    await expect(requireSigned({ ...places, keys: path.join(directory, 'none') }, licence)).rejects.toThrow(
      'MODEL_REFUSED',
    );
  });
});

it('what nobody has signed is refused, and says who signs', async () => {
  await refusal().toThrow(/MODEL_REFUSED.*no such file\. Only a promotion signs/);
});

describe('a rotation', () => {
  it('leaves what was signed before, and refuses what the retired key signs later', async () => {
    const old = await signModel(places, licence, AT_MS);
    const stolen = await readFile(path.join(places.keys, `${old.key}.private.pem`));
    const fresh = await createKey(places.keys, because(AT_MS));
    expect((await signModel(places, { ...licence, role: 'shadow' }, AT_MS)).key).toBe(old.key);
    await endKey(places.keys, old.key, 'retired', because(AT_MS + HOUR_MS));
    expect(await requireSigned(places, licence)).toEqual(old);

    const after = await signModel(places, { ...licence, role: 'challenger' }, AT_MS + 2 * HOUR_MS);
    expect(after.key).toBe(fresh.id);

    // Somebody who kept the old private key, and does not know when it was retired.
    const theirs = { ...places, keys: path.join(directory, 'theirs') };
    const { ended_ms: _, ...there } = (await publicKeys(places.keys))[0]!;
    await ensureKey(theirs.keys, AT_MS);
    await endKey(theirs.keys, (await publicKeys(theirs.keys))[0]!.id, 'revoked', because(AT_MS));
    await writeFile(
      path.join(theirs.keys, `${old.key}.json`),
      JSON.stringify({ ...there, state: 'active', ended_ms: null }),
    );
    await writeFile(path.join(theirs.keys, `${old.key}.private.pem`), stolen);
    await rm(signatureFile());
    await signModel(theirs, licence, AT_MS + 3 * HOUR_MS);
    await refusal().toThrow(/a signature from before .*was retired/);
  });

  it('a revoked key verifies nothing, and what it signed can be signed again', async () => {
    const { key } = await signModel(places, licence, AT_MS);
    await endKey(places.keys, key, 'revoked', because(AT_MS + HOUR_MS));
    await refusal().toThrow(/a key that is not revoked; got key k-.*a test/);
    await expect(signModel(places, licence, AT_MS + HOUR_MS)).rejects.toThrow(/CONFIG_INVALID.*temper keys new/);

    const fresh = await createKey(places.keys, because(AT_MS + HOUR_MS));
    expect((await signModel(places, licence, AT_MS + 2 * HOUR_MS)).key).toBe(fresh.id);
    expect((await requireSigned(places, licence)).key).toBe(fresh.id);
    expect((await endKey(places.keys, key, 'retired', because(AT_MS + 3 * HOUR_MS))).state).toBe('revoked');
  });

  it('does not retire the only key that signs, nor one that is not there', async () => {
    const [key] = await publicKeys(places.keys);
    await expect(endKey(places.keys, key!.id, 'retired', because(AT_MS))).rejects.toThrow(/expected another active/);
    await expect(endKey(places.keys, 'k-0', 'retired', because(AT_MS))).rejects.toThrow(`expected one of ${key!.id}`);
  });
});

describe('the files of a key', () => {
  it('are one for all and one for its owner alone; a second start makes no other', async () => {
    await ensureKey(places.keys, AT_MS);
    const [key, ...more] = await publicKeys(places.keys);
    expect(more).toEqual([]);
    expect((await readdir(places.keys)).sort()).toEqual([`${key!.id}.json`, `${key!.id}.private.pem`]);
    expect((await stat(path.join(places.keys, `${key!.id}.private.pem`))).mode & 0o777).toBe(0o600);
    expect(await readFile(path.join(places.keys, `${key!.id}.json`), 'utf8')).not.toContain('PRIVATE');
  });

  it('that hold another key than they are named by are refused', async () => {
    const [key] = await publicKeys(places.keys);
    const file = path.join(places.keys, `${key!.id}.json`);
    const other = await createKey(path.join(directory, 'others'), because(AT_MS));
    await chmod(file, 0o600);
    await writeFile(file, JSON.stringify({ ...other, id: key!.id }));
    await expect(publicKeys(places.keys)).rejects.toThrow(/CONFIG_INVALID.*expected the public key k-/);
  });
});

function flipped(base64: string): string {
  const bytes = Buffer.from(base64, 'base64');
  bytes[40]! ^= 1;
  return bytes.toString('base64');
}
