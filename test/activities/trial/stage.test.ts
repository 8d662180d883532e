import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureChampion } from '../../../activities/ensure-champion.ts';
import { promoteRanker } from '../../../activities/promote-ranker.ts';
import { formerChampion } from '../../../activities/promotions/former-champion.ts';
import { register } from '../../../activities/register-ranker.ts';
import { sayWhatHasEnded } from '../../../activities/trial/ended.ts';
import { endTrial, setStage } from '../../../activities/trial/stage.ts';
import { FEATURE_NAMES, FEATURES_VERSION } from '../../../models/features/vector.ts';
import { popularityModel } from '../../../models/ranker/popularity.ts';
import { keysIn } from '../../../models/registry/keys.ts';
import { requireSigned } from '../../../models/registry/signature.ts';
import { requireSignedRecord } from '../../../models/registry/signed-record.ts';
import { modelsIn } from '../../../models/registry/store/place.ts';
import type { Promotion } from '../../../schemas/models/models.ts';
import type { Stage } from '../../../schemas/models/trials.ts';
import { memoryPorts } from '../ports.ts';
import { aboutBytes, sealedVerdict } from '../verdicts.ts';

const AT_MS = 1_700_000_000_000;

let room: Awaited<ReturnType<typeof memoryPorts>>;
let champion: Promotion;
beforeEach(async () => {
  room = await memoryPorts();
  champion = await ensureChampion(room.ports, { surface: 'home', workflow: 'w0', at_ms: AT_MS });
});
afterEach(() => room.clear());

async function model(feature: string, passed = true) {
  const bytes = popularityModel(FEATURE_NAMES, feature);
  return register(
    room.ports,
    'home',
    { model: bytes },
    {
      ...{
        kind: 'mlp',
        created_ms: AT_MS,
        training: null,
        verdict: await sealedVerdict(room.ports.config, aboutBytes(bytes), passed),
      },
      ...{ features: [...FEATURE_NAMES], features_version: FEATURES_VERSION },
      lineage: { snapshot: null, parent: null, seed: 1, provider: 'cpu' },
    },
  );
}

const about = (registered: { model: string; manifest: string }, after_ms = 1_000) => ({
  ...{ surface: 'home' as const, ...registered, champion: champion.model, experiment: 'e1' },
  ...{ at_ms: AT_MS + after_ms, reason: 'a test', workflow: 'w1', requested_by: 'vitest' },
});
const CANARY: Stage = { kind: 'canary', share: 0.05 };

describe('a stage', () => {
  it('signs the challenger, tells the scorers and the audit, and keeps its key from stage to stage', async () => {
    const registered = await model('pair.category');
    const shadow = await setStage(room.ports, { ...about(registered), stage: { kind: 'shadow' } });
    const canary = await setStage(room.ports, { ...about(registered, 2_000), stage: CANARY });
    expect(room.ports.champions.trials).toEqual([shadow, canary]);
    expect(canary).toMatchObject({ role: 'challenger', model: registered.model, experiment: 'e1', stage: CANARY });
    expect(canary.salt).toBe(shadow.salt);
    expect(canary.salt.length).toBeGreaterThanOrEqual(32);
    const places = { models: modelsIn(room.ports.config), keys: keysIn(room.ports.config) };
    const licence = { ...registered, surface: 'home' } as const;
    await expect(requireSigned(places, { ...licence, role: 'challenger' })).resolves.toBeDefined();
    await expect(requireSigned(places, { ...licence, role: 'champion' })).rejects.toThrow(/no such file/);
    expect(room.ports.store.rows.promotions!.slice(1)).toMatchObject([
      { kind: 'trial', stage: 'shadow', model: registered.model, previous: champion.model, requested_by: 'vitest' },
      { kind: 'trial', stage: 'canary 5 %', experiment: 'e1', reason: 'a test' },
    ]);
  });

  it('is the same when its attempt is repeated; another trial has another key', async () => {
    const registered = await model('pair.category');
    const request = { ...about(registered), stage: CANARY };
    const [one, again] = [await setStage(room.ports, request), await setStage(room.ports, request)];
    expect(again).toEqual(one);
    expect(room.ports.store.rows.promotions).toHaveLength(2);
    expect((await setStage(room.ports, { ...request, experiment: 'e2' })).salt).not.toBe(one.salt);
  });

  it('is refused beside another champion, and for a model that did not pass', async () => {
    const other = { ...about(await model('pair.category')), champion: 'home-0000000000', stage: CANARY };
    await expect(setStage(room.ports, other)).rejects.toThrow(/expected home-0000000000 as champion/);
    const failed = { ...about(await model('pair.brand', false)), stage: CANARY };
    await expect(setStage(room.ports, failed)).rejects.toThrow(/expected a passed verdict/);
    expect(room.ports.champions.trials).toEqual([]);
  });

  it('ends by a signed word, and leaves the trial of somebody else alone', async () => {
    const request = about(await model('pair.category'));
    await setStage(room.ports, { ...request, stage: CANARY });
    await endTrial(room.ports, { ...request, experiment: 'e0' });
    expect(room.ports.champions.trials).toHaveLength(1);
    await endTrial(room.ports, request);
    await endTrial(room.ports, request);
    expect(await room.ports.champions.trialOn()).toBeUndefined();
    const [said, again] = room.ports.champions.trials.slice(1);
    expect(said).toMatchObject({ ended: true, experiment: 'e1', model: request.model });
    await expect(requireSignedRecord(keysIn(room.ports.config), said!)).resolves.toBeUndefined();
    expect(again).toEqual(said); // who can write to the topic may have said it in between, where scorers do not hear it
    const ends = room.ports.store.rows.promotions!.filter(row => (row as { kind: string }).kind === 'trial ended');
    expect(ends).toHaveLength(2); // of e0 and of e1
  });
});

describe('a trial that ended by a tombstone, before ends were signed', () => {
  it('is ended by a signed word where the archive knows of its end, and goes on where it does not', async () => {
    await setStage(room.ports, { ...about(await model('pair.category')), stage: CANARY });
    await sayWhatHasEnded(room.ports, 'home', AT_MS + 5_000);
    expect(await room.ports.champions.trialOn()).toMatchObject({ experiment: 'e1' });
    const store = { ...room.ports.store, query: async () => [{ experiment: 'e1' }] as never[] };
    await sayWhatHasEnded({ ...room.ports, store } as never, 'home', AT_MS + 5_000);
    expect(await room.ports.champions.trialOn()).toBeUndefined();
    const said = room.ports.champions.trials.at(-1)!;
    await expect(requireSignedRecord(keysIn(room.ports.config), said)).resolves.toBeUndefined();
  });
});

describe('the former champion', () => {
  const promote = async (feature: string, replaces: string, after_ms: number, kind?: 'rollback') => {
    const registered = await model(feature);
    const request = { surface: 'home' as const, ...registered, replaces, at_ms: AT_MS + after_ms, reason: 'a test' };
    await promoteRanker(room.ports, { ...request, workflow: 'w', ...(kind && { kind }) });
    return registered;
  };

  /** A store that answers with what was written. */
  async function former(model?: string) {
    const rows = (room.ports.store.rows.promotions as { kind: string; at: number }[])
      .filter(({ kind }) => kind === 'promotion')
      .toSorted((a, b) => b.at - a.at);
    const store = { insert: async () => {}, query: async () => rows as never[] }; // all of it is written already
    return formerChampion({ ...room.ports, store } as never, { surface: 'home', ...(model && { model }) });
  }

  it('is who served before; after a rollback who served before that one', async () => {
    await expect(former()).rejects.toThrow(/expected a champion that served before/);
    const a = await promote('pair.category', champion.model, 1_000);
    const b = await promote('pair.brand', a.model, 2_000);
    expect(await former()).toEqual({ champion: b.model, ...a });
    await promote('pair.category', b.model, 3_000, 'rollback');
    expect(await former()).toMatchObject({ champion: a.model, model: champion.model });
  });

  it('may be named, if it has served and does not', async () => {
    const a = await promote('pair.category', champion.model, 1_000);
    expect(await former(champion.model)).toMatchObject({ model: champion.model, manifest: champion.manifest });
    await expect(former(a.model)).rejects.toThrow(/which serves/);
    const never = await model('pair.brand');
    await expect(former(never.model)).rejects.toThrow(/expected a model that has served there/);
  });

  it('is what has served, and not what lies under its name by now', async () => {
    const a = await promote('pair.category', champion.model, 1_000);
    await promote('pair.brand', a.model, 2_000);
    const manifest = path.join(modelsIn(room.ports.config).where, a.model, 'manifest.json');
    await writeFile(manifest, `${await readFile(manifest, 'utf8')} `);
    await expect(former()).rejects.toThrow(/MODEL_REFUSED/);
  });
});
