import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureChampion } from '../../activities/ensure-champion.ts';
import { promoteRanker } from '../../activities/promote-ranker.ts';
import { servingAmong } from '../../activities/promotions/serving.ts';
import { takeUp } from '../../activities/promotions/take-up.ts';
import { register } from '../../activities/register-ranker.ts';
import { POPULARITY_FEATURE } from '../../models/features/aggregates/defaults.ts';
import { FEATURE_NAMES, FEATURES_VERSION } from '../../models/features/vector.ts';
import { popularityModel } from '../../models/ranker/popularity.ts';
import { keysIn } from '../../models/registry/keys.ts';
import { requireSigned } from '../../models/registry/signature.ts';
import { requireSignedRecord } from '../../models/registry/signed-record.ts';
import { modelsIn } from '../../models/registry/store/place.ts';
import { lastOf } from '../../models/registry/succession.ts';
import { TemperError } from '../../schemas/errors.ts';
import type { Verdict } from '../../schemas/models/models.ts';
import { memoryPorts } from './ports.ts';
import { aboutBytes, sealedVerdict } from './verdicts.ts';

const AT_MS = 1_700_000_000_000;
const PASSED = { passed: true };

let room: Awaited<ReturnType<typeof memoryPorts>>;
beforeEach(async () => {
  room = await memoryPorts();
});
afterEach(() => room.clear());

/** Ranks by another feature than popularity. */
const bytesOf = (feature: string) => popularityModel(FEATURE_NAMES, feature);

function verdictOn(
  feature: string,
  passed = true,
  about: Parameters<typeof sealedVerdict>[1] = aboutBytes(bytesOf(feature)),
) {
  return sealedVerdict(room.ports.config, about, passed);
}

/** A model under the verdict that a trained one needs. */
async function trained(given: { passed: boolean } | null, feature = 'pair.category') {
  return trainedUnder(given && (await verdictOn(feature, given.passed)), feature);
}

function trainedUnder(verdict: Verdict | null, feature = 'pair.category', kind: 'mlp' | 'popularity' = 'mlp') {
  return register(
    room.ports,
    'home',
    { model: bytesOf(feature) },
    {
      kind,
      created_ms: AT_MS,
      features: [...FEATURE_NAMES],
      features_version: FEATURES_VERSION,
      lineage: { snapshot: null, parent: null, seed: 1, provider: 'cpu' },
      training: null,
      verdict,
    },
  );
}

const first = () => ensureChampion(room.ports, { surface: 'home', workflow: 'w0', at_ms: AT_MS });
const request = (registered: { model: string; manifest: string }, replaces: string | null) => ({
  surface: 'home' as const,
  ...registered,
  replaces,
  at_ms: AT_MS + 1_000,
  reason: 'better',
  workflow: 'w1',
});

describe('the first champion', () => {
  it('is the popularity model, with its reason in topic and audit', async () => {
    const champion = await first();
    expect(champion).toMatchObject({ surface: 'home', model: expect.stringMatching(/^popularity-/), previous: null });
    expect(room.ports.champions.published).toEqual([champion]);
    const { v: _v, signature: _s, at_ms, ...record } = champion;
    const audit = { kind: 'promotion', experiment: '', stage: '', requested_by: '', workflow: 'w0' };
    expect(room.ports.store.rows.promotions).toEqual([{ ...record, ...audit, at: at_ms }]);
  });

  it('is one where two processes start side by side', async () => {
    const [one, other] = await Promise.all([first(), first()]);
    expect(one).toEqual(other);
    expect(room.ports.store.rows.promotions).toHaveLength(1);
  });

  it('of search orders by relevance, as without one, and nothing else can be it untrained', async () => {
    const champion = await ensureChampion(room.ports, { surface: 'search', workflow: 'w0', at_ms: AT_MS });
    expect(champion).toMatchObject({ surface: 'search', model: expect.stringMatching(/^relevance-/), previous: null });
    const { model, manifest } = await first();
    const asked = { ...request({ model, manifest }, champion.model), surface: 'search' as const };
    await expect(promoteRanker(room.ports, asked)).rejects.toThrow(/expected relevance, /);
    expect((await room.ports.champions.of('search'))?.model).toBe(champion.model);
  });

  it('is said again when a worker starts, where the one that decided it died before it said so: of each surface', async () => {
    const champion = await ensureChampion(room.ports, { surface: 'search', workflow: 'w0', at_ms: AT_MS });
    room.ports.champions.published.length = 0;
    room.ports.store.rows.promotions = [];
    await takeUp(room.ports, AT_MS);
    expect(await room.ports.champions.of('search')).toEqual(champion);
    expect((await room.ports.champions.of('home'))?.model).toMatch(/^popularity-/);
    expect(room.ports.champions.published).toHaveLength(2); // nobody else gets one by that
  });

  it('is found among models, with the surface that it serves', async () => {
    const { model } = await ensureChampion(room.ports, { surface: 'search', workflow: 'w0', at_ms: AT_MS });
    await first();
    const models = [model, 'home-0000000000'];
    expect(await servingAmong(room.ports, { models })).toEqual([{ surface: 'search', model }]);
  });

  it('is looked up, not made again', async () => {
    const champion = await first();
    expect(await first()).toEqual(champion);
    expect(room.ports.champions.published).toHaveLength(1);
  });
});

describe('a promotion', () => {
  it('puts a judged model in the place of the one that it was judged against', async () => {
    const popularity = await first();
    const promotion = await promoteRanker(room.ports, request(await trained(PASSED), popularity.model));
    expect(promotion.previous).toBe(popularity.model);
    expect(await room.ports.champions.of('home')).toEqual(promotion);
    expect(room.ports.store.rows.promotions).toHaveLength(2);
  });

  it('says who approved it: in the signed record, in the registry and in the audit; else nothing', async () => {
    const { config, store, champions } = room.ports;
    const popularity = await first();
    expect(popularity).not.toHaveProperty('approved_by');
    const asked = request(await trained(PASSED), popularity.model);
    const promotion = await promoteRanker(room.ports, { ...asked, approved_by: 'anna' });
    expect(promotion).toMatchObject({ approved_by: 'anna' });
    await requireSignedRecord(keysIn(config), promotion);
    expect((await lastOf(modelsIn(config), 'home'))?.promotion).toEqual(promotion);
    expect(champions.published.at(-1)).toEqual(promotion);
    expect(store.rows.promotions?.at(-1)).toMatchObject({ approved_by: 'anna' });
  });

  it('has signed it as the champion of its surface before anybody is told', async () => {
    const { config, champions } = room.ports;
    const places = { models: modelsIn(config), keys: keysIn(config) };
    const popularity = await first();
    const asked = request(await trained(PASSED), popularity.model);
    const { model, manifest, surface } = asked;
    const licence = { model, manifest, surface, role: 'champion' } as const;
    await expect(requireSigned(places, licence)).rejects.toThrow('no such file');
    champions.promote = async () => {
      await requireSigned(places, licence);
      throw new Error('the broker is gone');
    };
    await expect(promoteRanker(room.ports, asked)).rejects.toThrow('the broker is gone');
  });

  it('is not made where nothing can be signed', async () => {
    const popularity = await first();
    const asked = request(await trained(PASSED), popularity.model);
    const keys = keysIn(room.ports.config);
    const secrets = (await readdir(keys)).filter(name => name.endsWith('.private.pem'));
    await Promise.all(secrets.map(name => rm(path.join(keys, name))));
    await expect(promoteRanker(room.ports, asked)).rejects.toThrow(/CONFIG_INVALID.*temper keys new/);
    expect(room.ports.champions.published).toHaveLength(1);
  });

  it('has one effect, however often it is tried again', async () => {
    const popularity = await first();
    const asked = request(await trained(PASSED), popularity.model);
    const once = await promoteRanker(room.ports, asked);
    expect(await promoteRanker(room.ports, asked)).toEqual(once);
    expect(room.ports.champions.published).toHaveLength(2);
    expect(room.ports.store.rows.promotions).toHaveLength(2);
  });

  it('after a death between topic and audit adds the audit row, and publishes nothing', async () => {
    const popularity = await first();
    const asked = request(await trained(PASSED), popularity.model);
    const { champions, store } = room.ports;
    const promote = champions.promote.bind(champions);
    champions.promote = async promotion => {
      await promote(promotion);
      store.failure = new TemperError('UNREACHABLE');
    };
    await expect(promoteRanker(room.ports, asked)).rejects.toThrow('UNREACHABLE');
    expect(room.ports.champions.published).toHaveLength(2);
    expect(room.ports.store.rows.promotions).toHaveLength(1);

    await promoteRanker(room.ports, asked);
    expect(room.ports.champions.published).toHaveLength(2);
    expect(room.ports.store.rows.promotions?.[1]).toMatchObject({
      model: asked.model,
      workflow: 'w1',
      reason: 'better',
    });
  });

  it('is refused where another champion has come meanwhile', async () => {
    const popularity = await first();
    const rival = request(await trained(PASSED, 'pair.brand'), popularity.model);
    await promoteRanker(room.ports, rival);
    const late = promoteRanker(room.ports, request(await trained(PASSED), popularity.model));
    await expect(late).rejects.toThrow(`expected ${popularity.model} as champion; got ${rival.model}`);
    expect((await room.ports.champions.of('home'))?.model).toBe(rival.model);
  });

  it.each([
    ['no verdict', null],
    ['a refusal', { passed: false }],
  ])('is refused to a model with %s', async (_name, verdict) => {
    const popularity = await first();
    const asked = request(await trained(verdict), popularity.model);
    await expect(promoteRanker(room.ports, asked)).rejects.toThrow('expected a passed verdict');
  });

  it('is refused where somebody has written the verdict himself', async () => {
    const popularity = await first();
    const judged = await verdictOn('pair.category', false);
    const forged = await trainedUnder({ ...judged, passed: true });
    await expect(promoteRanker(room.ports, request(forged, popularity.model))).rejects.toThrow(
      /MODEL_REFUSED.*the verdict/,
    );
    const unsigned = await trainedUnder({ passed: true, checks: [], metrics: {} }, 'pair.brand');
    await expect(promoteRanker(room.ports, request(unsigned, popularity.model))).rejects.toThrow(
      'expected a signature',
    );
  });

  it.each([
    ['on another model', () => verdictOn('pair.brand')],
    ['on examples', () => verdictOn('', true, { ...aboutBytes(bytesOf('pair.category')), kind: 'snapshot' })],
    ['for another surface', () => verdictOn('', true, { ...aboutBytes(bytesOf('pair.category')), surface: 'search' })],
  ])('is refused to a model with a passed verdict %s', async (_name, verdict) => {
    const popularity = await first();
    const asked = request(await trainedUnder(await verdict()), popularity.model);
    await expect(promoteRanker(room.ports, asked)).rejects.toThrow(/expected a verdict on kind candidate.*got one on/);
    expect(room.ports.champions.published).toHaveLength(1);
  });

  it('is refused to what calls itself popularity and is not', async () => {
    const popularity = await first();
    const asked = request(await trainedUnder(null, 'pair.brand', 'popularity'), popularity.model);
    await expect(promoteRanker(room.ports, asked)).rejects.toThrow(/expected popularity/);
  });

  it('is one of those that come at the same moment; the others are refused, and nobody hears of them', async () => {
    const popularity = await first();
    const features = ['pair.category', 'pair.brand', 'item.clicks.1d', 'item.views.1d'];
    const rivals = [];
    for (const feature of features) rivals.push(request(await trained(PASSED, feature), popularity.model));
    const ends = await Promise.allSettled(rivals.map(rival => promoteRanker(room.ports, rival)));
    const [winner, ...others] = ends.flatMap(end => (end.status === 'fulfilled' ? [end.value] : []));
    expect(others).toEqual([]);
    for (const end of ends) if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'MODEL_REFUSED' });
    expect(new Set(room.ports.champions.published.map(({ model }) => model))).toEqual(
      new Set([popularity.model, winner!.model]),
    );
    expect(room.ports.store.rows.promotions).toHaveLength(2);
  });

  it('whose worker died before anybody heard of it is told and written down by the next one', async () => {
    const popularity = await first();
    const asked = request(await trained(PASSED), popularity.model);
    const { champions, store } = room.ports;
    const promote = champions.promote.bind(champions);
    champions.promote = async () => {
      throw new Error('kill -9');
    };
    await expect(promoteRanker(room.ports, asked)).rejects.toThrow('kill -9');
    champions.promote = promote;
    const late = request(await trained(PASSED, 'pair.brand'), popularity.model);
    await expect(promoteRanker(room.ports, late)).rejects.toThrow(`got ${asked.model}`);
    const next = await promoteRanker(room.ports, { ...late, replaces: asked.model });
    expect(champions.published.map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(store.rows.promotions).toMatchObject([
      { number: 1, previous: null },
      { number: 2, previous: popularity.model, model: asked.model, workflow: 'w1' },
      { number: 3, previous: asked.model, model: next.model },
    ]);
    // The activity of the dead one is tried again: it was champion, and is told so.
    expect(await promoteRanker(room.ports, asked)).toMatchObject({ model: asked.model, number: 2 });
    expect(champions.published).toHaveLength(3);
    expect(store.rows.promotions).toHaveLength(3);
  });

  it('gives a champion of before there were numbers its own and signs its record', async () => {
    const { number: _n, signature: _s, ...before } = await first();
    await rm(path.join(modelsIn(room.ports.config).where, '.succession'), { recursive: true });
    room.ports.champions.published.splice(0, 1, before);
    expect(await first()).toMatchObject({ ...before, number: 1, signature: { algorithm: 'ed25519' } });
    expect(room.ports.champions.published).toHaveLength(2);
    expect(room.ports.store.rows.promotions).toHaveLength(1);
  });

  it('is refused where the manifest is not the one that was judged', async () => {
    const popularity = await first();
    const asked = request({ ...(await trained(PASSED)), manifest: 'f'.repeat(64) }, popularity.model);
    await expect(promoteRanker(room.ports, asked)).rejects.toThrow('MODEL_REFUSED');
    expect(room.ports.champions.published).toHaveLength(1);
  });
});

it('a model has the same id whoever registers it', async () => {
  const bytes = popularityModel(FEATURE_NAMES, POPULARITY_FEATURE);
  expect(popularityModel(FEATURE_NAMES, POPULARITY_FEATURE)).toEqual(bytes);
  expect(await trained(PASSED)).toEqual(await trained(null));
});
