import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKey, ensureKey } from '../../../models/registry/keys.ts';
import { type ModelRecord, requireSignedRecord, signRecord } from '../../../models/registry/signed-record.ts';
import { directoryStore } from '../../../models/registry/store/directory.ts';
import { requireExclusive } from '../../../models/registry/store/place.ts';
import type { ModelStore } from '../../../models/registry/store/store.ts';
import { accede, lastOf, made } from '../../../models/registry/succession.ts';
import { type Accession, Promotion } from '../../../schemas/models/models.ts';
import { Trial } from '../../../schemas/models/trials.ts';

const AT_MS = 1_700_000_000_000;

let directory: string;
let keys: string;
let store: ModelStore;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-succession-'));
  keys = path.join(directory, 'keys');
  store = directoryStore(path.join(directory, 'models'));
  await ensureKey(keys, AT_MS - 1);
});
afterEach(() => rm(directory, { recursive: true }));

const promotionOf = (model: string, number = 1): Promotion => {
  return {
    v: 1,
    surface: 'home',
    model,
    manifest: 'a'.repeat(64),
    previous: null,
    at_ms: AT_MS,
    reason: 'why',
    number,
  };
};
const accessionOf = async (model: string, number = 1, workflow = 'w'): Promise<Accession> => {
  const promotion = { ...(await signRecord(keys, promotionOf(model, number))), number };
  return { promotion, kind: 'promotion', workflow, experiment: '', requested_by: '' };
};

describe('the succession', () => {
  it('gives a number to one of any that ask at once', async () => {
    const rivals = await Promise.all(Array.from({ length: 12 }, (_, n) => accessionOf(`m${n}`)));
    const got = await Promise.all(rivals.map(rival => accede(store, rival)));
    expect(got.filter(Boolean)).toHaveLength(1);
    expect(await lastOf(store, 'home')).toEqual(rivals[got.indexOf(true)]);
    expect(await lastOf(store, 'search')).toBeUndefined();
  });

  it('gives it again to whom it was given and who has not heard of it', async () => {
    const own = await accessionOf('m1');
    expect(await accede(store, own)).toBe(true);
    expect(await accede(store, own)).toBe(true);
    expect(await accede(store, await accessionOf('m1', 1, 'another'))).toBe(false);
  });

  it('knows what a request has made, also when others have come since', async () => {
    for (let number = 1; number <= 11; number++) await accede(store, await accessionOf(`m${number}`, number));
    expect((await lastOf(store, 'home'))?.promotion.model).toBe('m11');
    expect((await made(store, 'home', { workflow: 'w', model: 'm9', at_ms: AT_MS }))?.promotion.number).toBe(9);
    expect(await made(store, 'home', { workflow: 'v', model: 'm9', at_ms: AT_MS })).toBeUndefined();
  });

  it('is not kept by a store that takes a second file in place of the first', async () => {
    await expect(requireExclusive(store)).resolves.toBeUndefined();
    await expect(requireExclusive(store)).resolves.toBeUndefined();
    const careless = { ...store, create: async () => true };
    await expect(requireExclusive(careless)).rejects.toThrow(/CONFIG_INVALID.*If-None-Match.*put it twice/);
  });
});

describe('a record of models', () => {
  const trial: Trial = {
    ...{ v: 1, role: 'challenger', surface: 'home', model: 'm', manifest: 'a'.repeat(64), champion: 'c' },
    ...{ experiment: 'e', salt: '0'.repeat(32), stage: { kind: 'canary', share: 0.05 }, at_ms: AT_MS, reason: 'why' },
  };

  it('is known when it comes back from the topic', async () => {
    const signed = await signRecord(keys, trial);
    await requireSignedRecord(keys, Trial.parse(JSON.parse(JSON.stringify(signed))));
    await requireSignedRecord(keys, await signRecord(keys, promotionOf('m')));
    const approved = await signRecord(keys, { ...promotionOf('m'), approved_by: 'anna' });
    await requireSignedRecord(keys, Promotion.parse(JSON.parse(JSON.stringify(approved))));
  });

  it('that was signed before it could name an approver is known', async () => {
    const key = {
      ...{
        v: 1,
        id: 'k-e905fd2b090260c3',
        algorithm: 'ed25519',
        created_ms: AT_MS - 1,
        state: 'active',
        ended_ms: null,
      },
      pem: '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAut/eGttDCrsIs7PxOPYnnWa+swYNGKqHzE0+K2Nc/zM=\n-----END PUBLIC KEY-----\n',
      reason: 'a test',
    };
    await writeFile(path.join(keys, `${key.id}.json`), JSON.stringify(key));
    const signature = {
      ...{ algorithm: 'ed25519', key: key.id, at_ms: AT_MS },
      signature: 'tmNwRcBOdwomuMyF8zHo1C8/SAR7mVU7CElQVQNRXyBBOkyPikOW27jy8524MSKZ9kVj4fvzVZmpS+zWuLBnBw==',
    };
    await requireSignedRecord(keys, Promotion.parse({ ...promotionOf('m'), signature }));
  });

  it.each<[string, ModelRecord, object]>([
    ['another model', promotionOf('m'), { model: 'n' }],
    ['another number', promotionOf('m'), { number: 2 }],
    ['another approver', { ...promotionOf('m'), approved_by: 'anna' }, { approved_by: 'bert' }],
    ['an approver whom nobody signed', promotionOf('m'), { approved_by: 'bert' }],
    ['a larger share', trial, { stage: { kind: 'canary', share: 1 } }],
    ['another key of the users', trial, { salt: '1'.repeat(32) }],
    ['another date', trial, { at_ms: AT_MS + 1 }],
  ])('with %s is refused', async (_, record, change) => {
    const forged = { ...(await signRecord(keys, record)), ...change };
    await expect(requireSignedRecord(keys, forged)).rejects.toThrow(/MODEL_REFUSED.*the signature of key k-/);
  });

  it('without a signature, or with one of a key that nobody knows, is refused', async () => {
    await expect(requireSignedRecord(keys, promotionOf('m'))).rejects.toThrow(/expected a signature; got none/);
    const theirs = path.join(directory, 'theirs');
    await createKey(theirs, { now_ms: AT_MS - 1, reason: 'a test' });
    const foreign = await signRecord(theirs, promotionOf('m'));
    await expect(requireSignedRecord(keys, foreign)).rejects.toThrow(/expected a signature by a key of/);
  });
});
