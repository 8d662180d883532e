import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { PlannedStage } from '../../schemas/models/trials.ts';
import { decide, rollBack } from '../../workflows/clients/decisions.ts';
import { openTrialRoom, type TrialRoom } from './trial-room.ts';

const SHADOW: PlannedStage = { stage: { kind: 'shadow' }, for_ms: 12_000 };
/** Also on a machine with other work some lists are scored meanwhile. */
const SEEN_MS = 90_000;
const half = (for_ms: number): PlannedStage => ({ stage: { kind: 'canary', share: 0.5 }, for_ms });
const ALL: PlannedStage = { stage: { kind: 'canary', share: 1 }, for_ms: 3_000 };
const BY = { by: 'anna', reason: 'a look at the shelves' };
/** What is bad is stopped long before, on a quiet machine; on one with other work lists come slowly. */
const LONG_MS = 400_000;

let room: TrialRoom;
beforeAll(async () => {
  room = await openTrialRoom(inject('endpoints'));
}, 600_000);
afterAll(() => room?.clear());

/** Of the lists of an experiment: how many of each stage, group and role. */
async function listsOf(experiment: string) {
  const rows = await room.store.query<{ stage: string; assigned: string; role: string; lists: number; users: number }>(
    `SELECT stage, assigned, role, uniqExact(list) AS lists, uniqExact(user) AS users FROM ranked_lists
     WHERE experiment = {experiment:String} GROUP BY stage, assigned, role ORDER BY stage, assigned, role`,
    { experiment },
  );
  return rows.map(row => ({ ...row, lists: Number(row.lists), users: Number(row.users) }));
}

const audit = (experiment: string) =>
  room.store.query<{ kind: string; stage: string; model: string; reason: string; requested_by: string }>(
    `SELECT kind, stage, model, reason, requested_by FROM promotions FINAL WHERE experiment = {experiment:String} ORDER BY at`,
    { experiment },
  );

describe('a challenger in the simulated shop', () => {
  it('that is worse is stopped early, by itself, and the users whom it cost are counted', async () => {
    const trial = await room.tryOut(room.bad, [{ ...SHADOW, for_ms: SEEN_MS }, half(LONG_MS), ALL]);
    const result = await trial.result();
    console.error(JSON.stringify(result));
    expect(result).toMatchObject({ outcome: 'stopped', by: null, reason: expect.stringMatching(/^fewer clicks: -/) });
    expect(result.stages.at(-1)!.took_ms).toBeLessThan(LONG_MS);
    expect(result.clicks).toBeLessThan(0);
    const young = (await listsOf(result.experiment)).find(row => row.role === 'challenger')!;
    expect(result.exposed.users).toBeGreaterThan(20);
    expect(young.users).toBeGreaterThanOrEqual(result.exposed.users);
    expect(await room.champion()).toBe(room.good.model);
    expect(result.stages[0]!.note).toMatch(/[1-9]\d* lists scored unseen, Kendall's tau -?\d/);
    const rows = await audit(result.experiment);
    expect(rows.map(({ kind, stage }) => `${kind} ${stage}`.trim())).toEqual([
      'trial shadow',
      'trial canary 50 %',
      'trial ended',
    ]);
    expect(rows.at(-1)!.reason).toBe(result.reason);
  });

  it('that is better climbs and is promoted; a rollback puts the former champion back', async () => {
    await room.serve(room.bad);
    const trial = await room.tryOut(room.good, [half(LONG_MS), ALL]);
    const result = await trial.result();
    console.error(JSON.stringify(result));
    expect(result).toMatchObject({ outcome: 'promoted' });
    expect(result.stages.map(({ stage }) => stage)).toEqual(['canary 50 %', 'canary 100 %']);
    // On a slow machine the time may be over before it is shown at all looks: then the last one alone has to.
    const won = /^(more|(its time is over: )?no more than 5\.0 % fewer) clicks for each list: \+/;
    expect(result.stages[0]!.note).toMatch(won);
    expect(await room.champion()).toBe(room.good.model);
    expect(await rollBack(room.client, 'home', BY)).toEqual({ from: room.good.model, to: room.bad.model });
    await expect.poll(() => room.champion()).toBe(room.bad.model);
  });

  it('is told apart on interleaved lists', async () => {
    await room.serve(room.good);
    const trial = await room.tryOut(room.bad, [{ stage: { kind: 'interleave', share: 0.5 }, for_ms: LONG_MS }]);
    const result = await trial.result();
    console.error(JSON.stringify(result));
    expect(result).toMatchObject({ outcome: 'stopped', reason: expect.stringMatching(/^fewer clicks/) });
    expect((await listsOf(result.experiment)).map(({ assigned }) => assigned)).toEqual(['both', 'champion']);
  });
});

describe('a trial in progress', () => {
  it('goes on where the worker is killed, is paused and resumed, and is rolled back', async () => {
    const trial = await room.tryOut(room.good.model === (await room.champion()) ? room.bad : room.good, [
      SHADOW,
      { ...SHADOW, for_ms: LONG_MS },
    ]);
    await expect.poll(() => trial.status().catch(() => undefined)).toMatchObject({ stage: 'shadow' });
    await room.job('worker').kill();
    await room.restart('worker');
    await expect.poll(async () => (await trial.status()).past.length, { interval: 1_000 }).toBeGreaterThan(0);
    await decide(room.client, 'home', 'pause', BY);
    expect(await trial.status()).toMatchObject({ paused: BY });
    await decide(room.client, 'home', 'resume', BY);
    expect(await trial.status()).toMatchObject({ paused: null });
    expect(await rollBack(room.client, 'home', BY)).toMatchObject({ trial: expect.stringMatching(/^trial-/) });
    expect(await trial.result()).toMatchObject({ outcome: 'stopped', by: 'anna' });
  });
});
