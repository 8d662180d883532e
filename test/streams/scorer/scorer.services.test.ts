import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { POPULARITY_FEATURE } from '../../../models/features/aggregates/defaults.ts';
import { tasteOf } from '../../../models/features/taste.ts';
import { askerOf, FEATURE_NAMES, featureVector, vectorAt } from '../../../models/features/vector.ts';
import { popularityModel } from '../../../models/ranker/popularity.ts';
import { keysIn } from '../../../models/registry/keys.ts';
import { signModel } from '../../../models/registry/signature.ts';
import { signRecord } from '../../../models/registry/signed-record.ts';
import type { Promotion } from '../../../schemas/models/models.ts';
import { type Shadow, type Trial, trialEndOf } from '../../../schemas/models/trials.ts';
import { DEFAULT_POLICIES } from '../../../schemas/policies/policy.ts';
import { NO_FEATURES, type RankRequest } from '../../../schemas/topics/ranking.ts';
import { admit } from '../../../streams/admit.ts';
import { followBoard } from '../../../streams/board.ts';
import { challengerOf } from '../../../streams/champions.ts';
import type { Ranker } from '../../../streams/scorer/champion/champion.ts';
import { loadRanker } from '../../../streams/scorer/champion/load.ts';
import { armOf, placeItems, rulesOf } from '../../../streams/scorer/policy.ts';
import { HOME } from '../../../streams/surfaces/home.ts';
import { startJob } from '../../job-process.ts';
import { type Asked, openScorerRoom, perceptron, promotionOf, type ScorerRoom, SHARES } from './scorer-room.ts';

const LANES = HOME.lanes.map(({ reason }) => reason);
let room: ScorerRoom;
beforeAll(async () => {
  room = await openScorerRoom(inject('endpoints'));
});
afterAll(() => room?.clear());

const ask = (more?: Partial<RankRequest>, timeout_ms?: number) => room.ask(more, timeout_ms);
const askForty = (timeout_ms?: number) => Promise.all(room.users(40).map(user => ask({ user }, timeout_ms)));

const champion = () => room.report.snapshot(0).notes.champion;
const count = (name: string) => room.report.snapshot(0).counts[name] ?? 0;

const rankers = new Map<string, Ranker>();
const promotions = new Map<string, Promotion>();
let A: string;
let B: string;

/** As it lies in the registry before anybody has promoted it. */
async function withoutSignature(promotion: Promotion): Promise<Promotion> {
  await rm(path.join(room.models, promotion.model, 'signature.home.champion.json'));
  return promotion;
}

/** Every way in which a list is not what its model and the policy make of its features. */
async function faultsOf({ request, list }: Asked): Promise<string[]> {
  const arm = armOf(request, SHARES);
  if (list.arm !== arm) return [`arm ${list.arm} instead of ${arm}`];
  const item = new Map(list.items.map(each => [each.item, each]));
  const rows = request.candidates!.map(name => item.get(name)!);
  const logged = Float32Array.from(rows.flatMap(row => row.features));
  const popularity = FEATURE_NAMES.indexOf(POPULARITY_FEATURE);
  const control = async () => Float32Array.from(rows, row => row.features[popularity]!);
  const pairs = { items: request.candidates!, features: logged, history: list.history, vectors: room.mirror.vectors };
  const scores = await (arm === 'control' ? control() : rankers.get(list.model)!.score(pairs));
  const wrong = rows.filter((row, n) => Math.abs(row.score - scores[n]!) > 1e-5).map(row => `score ${row.score}`);
  const said = Float32Array.from(rows, row => row.score);
  const recent = room.mirror.users.get(request.user)?.state.recent ?? [];
  const rules = rulesOf(request, DEFAULT_POLICIES.home, recent);
  const items = request.candidates!;
  const slate = placeItems({ arm, request, items, scores: said, shares: SHARES, rules, memory: room.mirror });
  if (list.slate_propensity !== slate.propensity) wrong.push(`slate ${list.slate_propensity}`);
  for (const { index, position, propensity } of slate.places) {
    const row = rows[index]!;
    if (row.position !== position || row.propensity !== propensity) wrong.push(`${arm} placed ${row.item}`);
  }
  return wrong;
}

describe('the scorer', () => {
  it('before there is a champion answers by popularity, and says that it falls back', async () => {
    const asked = await askForty();
    for (const { request, list } of asked) {
      expect(list.arm).toBe(armOf(request, SHARES) === 'control' ? 'control' : 'fallback');
      expect(list.model).toBe('popularity');
      const scores = list.items.map(({ score }) => score);
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      expect(new Set(scores).size).toBeGreaterThan(3);
      expect(list.items.every(({ propensity }) => propensity === 1)).toBe(true);
    }
  });

  it('swaps champions ten times under steady requests: each is answered by exactly one of them, none falls back', async () => {
    A = `${room.run}-a`;
    B = `${room.run}-b`;
    for (const [id, bytes] of [
      [A, popularityModel(FEATURE_NAMES, 'item.log_price')],
      [B, perceptron(3)],
    ] as const) {
      const promotion = await room.register(id, bytes);
      promotions.set(id, promotion);
      rankers.set(id, await loadRanker(room.store, promotion, room.config));
    }
    await room.promote(promotions.get(A)!);
    await expect.poll(champion, { timeout: 10_000 }).toBe(A);

    const asked: Asked[] = [];
    let swapping = true;
    const shoppers = room.users(6).map(async user => {
      for (; swapping; await sleep(5)) asked.push(await ask({ user }));
    });
    for (let swap = 1; swap <= 10; swap++) {
      const next = swap % 2 === 1 ? B : A;
      await room.promote({ ...promotions.get(next)!, at_ms: Date.now() });
      await expect.poll(champion, { timeout: 10_000, interval: 5 }).toBe(next);
      const served = asked.length;
      await expect.poll(() => asked.length, { timeout: 10_000, interval: 5 }).toBeGreaterThan(served + 12);
    }
    swapping = false;
    await Promise.all(shoppers);

    const wrong = await Promise.all(asked.map(faultsOf));
    expect(wrong.flat()).toEqual([]);
    const by = new Set(asked.map(({ list }) => list.model));
    expect([...by].filter(model => model !== 'popularity').sort()).toEqual([A, B]);
    expect(count('swaps')).toBe(11);
    expect(count('failed_scores')).toBe(0);
  });

  it('answers with features that equal a recomputation', async () => {
    const differences = async () => {
      const { request, list } = await ask({ user: room.users(6)[2]! });
      const user = room.mirror.users.get(request.user)!.state;
      const product = (item: string) => room.mirror.products.get(item);
      const asker = askerOf(request, user, tasteOf(user, product), product);
      return list.items.filter(({ item, features }) => {
        const state = room.mirror.items.get(item)?.state;
        const row = featureVector(asker, { item, state, product: product(item) });
        return JSON.stringify(vectorAt(row, 0)) !== JSON.stringify(features);
      });
    };
    await expect.poll(differences, { timeout: 10_000 }).toEqual([]);
    const { list } = await ask({ user: room.users(6)[2]! });
    for (const name of ['user.clicks.1d', 'item.impressions.1d', 'item.known', 'user.evidence', 'pair.category']) {
      const column = FEATURE_NAMES.indexOf(name);
      expect(
        list.items.some(({ features }) => features[column]! > 0),
        name,
      ).toBe(true);
    }
  });

  it('keeps its champion when what is promoted is not what was judged', async () => {
    const flipped = await room.register(`${room.run}-flipped`, perceptron(4));
    const file = path.join(room.models, flipped.model, 'model.onnx');
    const bytes = await readFile(file);
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(file, bytes);
    const serving = champion();
    const other = serving === A ? B : A;
    const refusals: [Promotion, RegExp][] = [
      [flipped, /sha256/],
      [await room.register(`${room.run}-layout`, perceptron(5), 'another'), /features of version/],
      [promotionOf(`${room.run}-nowhere`, '0'.repeat(64)), /no such file/],
      [
        { ...(await room.register(`${room.run}-unjudged`, perceptron(6))), manifest: '0'.repeat(64) },
        /its signature .* expected manifest 0{64}/,
      ],
      [{ ...(await room.register(`${room.run}-elsewhere`, perceptron(7))), model: other }, /its signature/],
      [await withoutSignature(await room.register(`${room.run}-unsigned`, perceptron(8))), /no such file/],
      [promotionOf('../../etc', '0'.repeat(64)), /an id of letters/],
    ];
    for (const [promotion, reason] of refusals) {
      const before = count('refused_models');
      await room.promote(promotion);
      await expect.poll(() => count('refused_models'), { timeout: 10_000 }).toBe(before + 1);
      expect(room.report.snapshot(0).notes.refused_model).toMatch(reason);
      expect(champion()).toBe(serving);
    }
    await room.publish('no promotion at all');
    const refused = count('refused_records'); // on the topic are also records of other tests, by other keys
    await room.publish(promotions.get(other)); // nobody has signed that it serves
    await expect.poll(() => count('refused_records'), { timeout: 10_000 }).toBe(refused + 1);
    expect(room.report.snapshot(0).notes.refused_record).toMatch(/expected a signature; got none/);
    expect(champion()).toBe(serving);
    const asked = await askForty();
    expect((await Promise.all(asked.map(faultsOf))).flat()).toEqual([]);
    expect(asked.map(({ list }) => list.model)).toContain(serving);
    await room.promote(promotions.get(other)!); // and it still takes a good one
    await expect.poll(champion, { timeout: 10_000 }).toBe(other);
  });

  it('has lists scored unseen by who is on trial', async () => {
    const { model, manifest } = await room.register(`${room.run}-young`, perceptron(9));
    const keys = keysIn(room.config);
    const of = {
      surface: 'home',
      model,
      experiment: `${room.run}-trial`,
      at_ms: Date.now(),
      reason: 'a test',
    } as const;
    await signModel({ models: room.store, keys }, { model, manifest, surface: 'home', role: 'challenger' }, of.at_ms);
    const stage = { manifest, champion: champion()!, salt: 'a salt of this trial', stage: { kind: 'shadow' } } as const;
    const trial: Trial = { v: 1, role: 'challenger', ...of, ...stage };
    await room.publish(await signRecord(keys, trial), challengerOf('home'));

    const shadows: Shadow[] = [];
    const following = await room.bus.follow({
      topics: ['rank.shadows'],
      fromEnd: true,
      apply: (_topic, _partition, record) => {
        const said = admit('rank.shadows', record);
        if (said.ok && said.value.experiment === of.experiment) shadows.push(said.value);
      },
    });
    const models = new Map<string, string>();
    const scored = async () => {
      const { list } = await ask();
      models.set(list.id, list.model);
      return shadows.filter(shadow => models.has(shadow.list));
    };
    const own = await vi.waitUntil(async () => (await scored()).length > 2 && scored(), {
      timeout: 20_000,
      interval: 20,
    });
    for (const shadow of own) {
      const seen = { champion: models.get(shadow.list), candidates: room.items.length };
      expect(shadow).toMatchObject({ model, ...seen, failed: false });
    }
    await room.publish(await signRecord(keys, trialEndOf({ ...of, at_ms: Date.now() })), challengerOf('home'));
    await following.stop();
  });

  it('ranks what the request brings, and leaves what was shown as it stood', async () => {
    const candidates = [room.items[3]!, `${room.run}-unknown`, room.items[5]!];
    const { list: brought } = await ask({ candidates, count: 2 });
    expect(brought.candidates).toBe(3);
    expect(brought.items).toHaveLength(2);
    expect(brought.items.every(({ item, reason }) => candidates.includes(item) && reason === 'requested')).toBe(true);

    const shown = [
      { item: room.items[7]!, position: 2, propensity: 0.125 },
      { item: room.items[1]!, position: 0, propensity: null },
    ];
    const { list: recorded } = await ask({ shown });
    expect(recorded).toMatchObject({ arm: 'recorded', model: champion() });
    expect(recorded.items.map(({ item, position, propensity }) => ({ item, position, propensity }))).toEqual(shown);

    const { candidates: _, ...own } = (await ask()).request;
    const found = await room.storefront.ask({ ...own, id: `${own.id}-own` });
    expect(found.items.length).toBe(room.items.length);
    expect(found.items.every(({ reason }) => LANES.includes(reason))).toBe(true);
  });
});

describe('two scorers', () => {
  it('share the requests; when one is killed, the other answers everything that follows', async () => {
    await room.stopScorer();
    const board = await followBoard(room.bus);
    const doomed = await startJob('scorer', room.config);
    const other = await startJob('scorer', room.config);
    const answering = () =>
      board.board.reports(Date.now()).filter(each => each.job === 'scorer' && (each.counts.lists ?? 0) > 0).length;
    for (let tries = 0; answering() < 2 && tries < 40; tries++) await askForty(20_000);
    expect(answering()).toBe(2);

    const inFlight = askForty(20_000);
    await doomed.kill();
    const killed_ms = Date.now();
    const following = await askForty(20_000);
    expect(Date.now() - killed_ms).toBeLessThan(20_000);
    for (const { list } of [...following, ...(await inFlight)]) {
      if (list.arm === 'fallback') expect(list.features_version).toBe(NO_FEATURES); // it waited longer than anybody does
    }
    expect((await askForty(5_000)).map(({ list }) => list.arm)).not.toContain('fallback');
    await board.stop();
    expect(await other.stop(), other.errors()).toBe(0);
  });
});
