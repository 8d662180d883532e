import { describe, expect, it } from 'vitest';
import { TemperError } from '../../../schemas/errors.ts';
import { createLog } from '../../../schemas/log.ts';
import { Shadow, type Stage, type Trial } from '../../../schemas/models/trials.ts';
import { DEFAULT_POLICIES } from '../../../schemas/policies/policy.ts';
import { RankedList, type RankRequest } from '../../../schemas/topics/ranking.ts';
import { Report } from '../../../streams/report.ts';
import { answer } from '../../../streams/scorer/answer.ts';
import { Champion, type Ranker, type Served } from '../../../streams/scorer/champion/champion.ts';
import { Memory } from '../../../streams/scorer/memory/memory.ts';
import { armOf } from '../../../streams/scorer/policy.ts';
import { Challenger } from '../../../streams/scorer/trial/challenger.ts';
import { experimentOf } from '../../../streams/scorer/trial/groups.ts';
import { Shadows } from '../../../streams/scorer/trial/shadows.ts';
import { promotionOf } from '../scorer/scorer-room.ts';

const T0 = 1_700_000_000_000;
const ITEMS = Array.from({ length: 8 }, (_, n) => `i${n}`);
const SETTINGS = { exploration: 0, control: 0, policies: DEFAULT_POLICIES };
const MANIFEST = '0'.repeat(64);

const trialOf = (stage: Stage, more: Partial<Trial> = {}): Trial => ({
  ...{ v: 1, role: 'challenger', surface: 'home', model: 'young', manifest: MANIFEST, champion: 'old' },
  ...{ experiment: 'young-1', salt: 'a salt of this trial', stage, at_ms: T0, reason: 'a test' },
  ...more,
});

const requestOf = (user: string, id = `r-${user}`): RankRequest => {
  return { v: 1, id, at_ms: T0, user, session: 's', surface: 'home', count: 4, candidates: ITEMS };
};

/** The champion orders items by their numbers, the challenger the other way round. */
function rankerOf(served: Served, fails: () => boolean): Ranker {
  const sign = served.model === 'old' ? 1 : -1;
  return {
    id: served.model,
    provider: 'cpu',
    score: async ({ items }) => {
      if (served.model === 'young' && fails()) throw new Error('the session is gone');
      return Float32Array.from(items, item => sign * Number(item.slice(1)));
    },
    release: async () => {},
  };
}

async function roomOf(trial: Trial | undefined, fails = () => false, load?: (served: Served) => Promise<Ranker>) {
  const report = new Report('scorer', 'test');
  const log = createLog('test', 'silent');
  const published: Shadow[] = [];
  const champion = new Champion(async served => rankerOf(served, fails), report, log);
  await champion.take(promotionOf('old', MANIFEST));
  const shadows = new Shadows(async shadow => void published.push(Shadow.parse(shadow)), report);
  const challenger = new Challenger(load ?? (async served => rankerOf(served, fails)), report, log, shadows);
  await challenger.take(trial);
  const memory = new Memory();
  const ask = async (request: RankRequest, settings = SETTINGS) =>
    RankedList.parse(await answer(request, memory, champion, settings, 0, undefined, challenger));
  return { ask, challenger, champion, report, published };
}

const users = Array.from({ length: 4_000 }, (_, n) => `u${n}`);
const inCanary = (share: number, more: Partial<Trial> = {}) =>
  new Set(
    users.filter(user => experimentOf({ user }, trialOf({ kind: 'canary', share }, more)).group === 'challenger'),
  );

describe('the groups of a trial', () => {
  it.each([0.01, 0.05, 0.25, 1])('have their share of %d, and keep whoever was in before', share => {
    const group = inCanary(share);
    const deviation = Math.sqrt((share * (1 - share)) / users.length);
    expect(Math.abs(group.size / users.length - share)).toBeLessThanOrEqual(4 * deviation);
    for (const user of inCanary(share / 5)) expect(group).toContain(user);
  });

  it('follow from the key: with another one they have nothing to do with each other', () => {
    const [one, other] = [inCanary(0.5), inCanary(0.5, { salt: 'a salt of another trial' })];
    const both = [...one].filter(user => other.has(user)).length;
    expect(Math.abs(both / users.length - 0.25)).toBeLessThan(0.03);
  });
});

const some = (group: 'challenger' | 'champion', share: number) =>
  users.find(user => inCanary(share).has(user) === (group === 'challenger'))!;

describe('a list under a canary', () => {
  const trial = trialOf({ kind: 'canary', share: 0.5 });

  it("is the challenger's for its users, and the champion's for the others", async () => {
    const { ask } = await roomOf(trial);
    const young = await ask(requestOf(some('challenger', 0.5)));
    expect(young).toMatchObject({ model: 'young', arm: 'champion', role: 'challenger' });
    expect(young.experiment).toEqual({ id: 'young-1', stage: 'canary 50 %', group: 'challenger' });
    expect(young.items.map(({ item }) => item)).toEqual(['i0', 'i1', 'i2', 'i3']);
    const old = await ask(requestOf(some('champion', 0.5)));
    expect(old).toMatchObject({ model: 'old', role: 'champion', experiment: { group: 'champion' } });
    expect(old.items.map(({ item }) => item)).toEqual(['i7', 'i6', 'i5', 'i4']);
  });

  it('falls back to the champion where the challenger fails, says so, and counts it', async () => {
    const { ask, report } = await roomOf(trial, () => true);
    const list = await ask(requestOf(some('challenger', 0.5)));
    expect(list).toMatchObject({
      model: 'old',
      arm: 'champion',
      role: 'fallback',
      experiment: { group: 'challenger' },
    });
    expect(list.items[0]!.item).toBe('i7');
    expect(report.snapshot(T0).counts['challenger.failed_scores']).toBe(1);
    expect(report.snapshot(T0).counts.failed_scores).toBeUndefined();
  });

  it('falls back where the challenger was refused, too: that is a failure of its group', async () => {
    const { ask, report } = await roomOf(trial, undefined, () => Promise.reject(new Error('no signature')));
    expect(await ask(requestOf(some('challenger', 0.5)))).toMatchObject({ model: 'old', role: 'fallback' });
    expect(report.snapshot(T0).counts['challenger.refused_models']).toBe(1);
  });

  it('is nobody where the next one was refused: the one before does not make its lists', async () => {
    const { ask, challenger, champion } = await roomOf(trial, undefined, served => {
      return served.model === 'young'
        ? Promise.resolve(rankerOf(served, () => false))
        : Promise.reject(new Error('no signature'));
    });
    await challenger.take({ ...trial, model: 'next', experiment: 'next-1' });
    expect(await ask(requestOf(some('challenger', 0.5)))).toMatchObject({ model: champion.id, role: 'fallback' });
  });

  it('has no lists while the registry does not answer, and they are no failures of it', async () => {
    const unreachable = new TemperError('UNREACHABLE', { where: 's3://shop/' });
    const { ask, challenger, report } = await roomOf(trial, undefined, () => Promise.reject(unreachable));
    const list = await ask(requestOf(some('challenger', 0.5)));
    expect(list).toMatchObject({ model: 'old', role: 'champion' });
    expect(list.experiment).toBeUndefined();
    expect(report.snapshot(T0).counts['challenger.refused_models']).toBeUndefined();
    await challenger.stop();
  });

  it('leaves control users and what was shown alone', async () => {
    const { ask } = await roomOf(trial);
    const user = some('challenger', 0.5);
    const control = { ...SETTINGS, control: 1 };
    expect(armOf(requestOf(user), control)).toBe('control');
    expect((await ask(requestOf(user), control)).experiment).toBeUndefined();
    const shown = [{ item: 'i3', position: 0, propensity: null }];
    const recorded = await ask({ ...requestOf(user), candidates: undefined, shown });
    expect(recorded).toMatchObject({ arm: 'recorded', model: 'old' });
    expect(recorded.experiment).toBeUndefined();
  });

  it('is the champion again once the trial has ended', async () => {
    const { ask, challenger } = await roomOf(trial);
    await challenger.take(undefined);
    const list = await ask(requestOf(some('challenger', 0.5)));
    expect(list).toMatchObject({ model: 'old', role: 'champion' });
    expect(list.experiment).toBeUndefined();
  });
});

describe('an interleaved list', () => {
  it('has items of both, each with its team, in the order of the draft', async () => {
    const { ask } = await roomOf(trialOf({ kind: 'interleave', share: 1 }));
    const list = await ask(requestOf('anna'));
    expect(list).toMatchObject({ model: 'old', experiment: { stage: 'interleave 100 %', group: 'both' } });
    const of = (team: string) => list.items.filter(each => each.team === team).map(({ item }) => item);
    expect(of('champion')).toEqual(['i7', 'i6']);
    expect(of('challenger')).toEqual(['i0', 'i1']);
    expect(await ask(requestOf('anna'))).toMatchObject({ items: list.items });
  });

  it('has the probabilities of the policy that draws the coins first', async () => {
    const { ask } = await roomOf(trialOf({ kind: 'interleave', share: 1 }));
    const list = await ask(requestOf('anna'), { ...SETTINGS, exploration: 0.25 });
    const certain = list.items.filter(({ propensity }) => propensity! > 0.7);
    if (list.arm === 'champion') expect(certain).toHaveLength(4);
    for (const { propensity } of certain) expect(propensity).toBeCloseTo(0.75 + 0.25 / 8, 12);
  });

  it('falls back to the champion alone where the challenger fails', async () => {
    const { ask } = await roomOf(trialOf({ kind: 'interleave', share: 1 }), () => true);
    const list = await ask(requestOf('anna'));
    expect(list).toMatchObject({ role: 'fallback', experiment: { group: 'both' } });
    expect(list.items.every(({ team }) => team === undefined)).toBe(true);
  });
});

describe('a shadow', () => {
  it('scores what the champion ranked, and tells how far both agree; the list knows nothing of it', async () => {
    const { ask, published } = await roomOf(trialOf({ kind: 'shadow' }));
    const list = await ask(requestOf('anna'));
    expect(list).toMatchObject({ model: 'old', role: 'champion', experiment: { stage: 'shadow', group: 'champion' } });
    await expect.poll(() => published.length).toBe(1);
    expect(published[0]).toMatchObject({
      ...{ list: 'r-anna', role: 'shadow', experiment: 'young-1', model: 'young', champion: 'old' },
      ...{ candidates: 8, kendall: -1, overlap: 1, failed: false },
    });
  });

  it('is a sample: what does not fit into its share of the thread is left out, and counted', async () => {
    const { ask, published, report, challenger } = await roomOf(trialOf({ kind: 'shadow' }));
    await Promise.all(Array.from({ length: 200 }, (_, n) => ask(requestOf('anna', `r${n}`))));
    await expect.poll(() => published.length).toBeGreaterThanOrEqual(64);
    const left = report.snapshot(T0).counts['challenger.unshadowed'] ?? 0;
    expect(left).toBeGreaterThan(0);
    await expect.poll(() => published.length + left).toBe(200);
    await challenger.stop();
  });

  it('says where it failed', async () => {
    const { ask, published } = await roomOf(trialOf({ kind: 'shadow' }), () => true);
    await ask(requestOf('anna'));
    await expect.poll(() => published.length).toBe(1);
    expect(published[0]).toMatchObject({ failed: true, kendall: null });
  });
});
