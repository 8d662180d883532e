import { afterEach, describe, expect, inject, it } from 'vitest';
import { openModel } from '../../models/registry/registry.ts';
import { modelsIn } from '../../models/registry/store/place.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { cancelRetrain, retrainResult, retrainStatus, startRetrain } from '../../workflows/clients/client.ts';
import { statusQuery } from '../../workflows/retrain.ts';
import type { ShopSpec } from '../activities/examples.ts';
import { openRealRoom, type RealRoom } from './real-run.ts';

const RANKERS = ['mlp', 'fusion'] as const;

let room: RealRoom | undefined;
afterEach(async () => {
  await room?.clear();
  room = undefined;
});

async function openWithWorker(shop: ShopSpec, config: Partial<Config> = {}): Promise<RealRoom> {
  room = await openRealRoom(inject('endpoints'), shop, config);
  await room.startWorker();
  return room;
}

describe('retraining on real services', () => {
  it.each(RANKERS)('promotes a %s that knows what popularity does not, and writes all of it down', async ranker => {
    const shop: ShopSpec = { seed: 5, lists: 1_500, clicks: 'taste' };
    const { ports, client, retrain } = await openWithWorker(shop, { ranker });
    const [popularity] = ports.champions.published;
    const result = await retrain();

    expect(result.verdict.checks.filter(check => !check.passed)).toEqual([]);
    expect(result).toMatchObject({ promoted: true, model: expect.stringMatching(/^home-[0-9a-f]{10}$/) });
    expect(result.snapshot).toMatchObject({ rows: 15_000, lists: 1_500 });
    const champion = await ports.champions.of('home');
    expect(champion).toMatchObject({
      model: result.model,
      previous: popularity!.model,
      reason: 'a test (asked by vitest)',
    });

    const { manifest, sha256 } = await openModel(modelsIn(ports.config), result.model!);
    expect(sha256).toBe(champion!.manifest);
    expect(manifest).toMatchObject({
      kind: ranker,
      lineage: {
        ...{ snapshot: result.snapshot.sha256, parent: popularity!.model, seed: 11, provider: 'cpu' },
        start: { cold: `${popularity!.model} is of the kind popularity, not ${ranker}` },
      },
      verdict: { passed: true },
      ...(ranker === 'fusion' && { contents: { text: { encoder: 'words@1', width: 2 } } }),
    });
    const audit = await ports.store.query('SELECT model, previous, workflow FROM promotions FINAL ORDER BY at');
    expect(audit).toEqual([
      { model: popularity!.model, previous: null, workflow: 'worker' },
      { model: result.model, previous: popularity!.model, workflow: `retrain-home/${result.runId}` },
    ]);

    const handle = client.temporal.workflow.getHandle(result.workflowId);
    const { searchAttributes } = await handle.describe();
    expect(searchAttributes).toMatchObject({
      TemperSurface: ['home'],
      TemperModel: [result.model],
      TemperVerdict: ['passed'],
      TemperStep: ['done'],
    });
    expect(await handle.query(statusQuery)).toMatchObject({ step: 'done', model: result.model, failure: null });
    expect(await retrainStatus(client, 'home')).toMatchObject({
      state: 'completed',
      words: `completed: promoted ${result.model}`,
    });
  });

  it('refuses a model of noise and leaves the champion alone', async () => {
    const { ports, client, retrain } = await openWithWorker({ seed: 5, lists: 1_500, clicks: 'noise' });
    const result = await retrain();
    expect(result).toMatchObject({ promoted: false, model: null, verdict: { passed: false } });
    expect(ports.champions.published).toHaveLength(1);
    const { searchAttributes } = await client.temporal.workflow.getHandle(result.workflowId).describe();
    expect(searchAttributes).toMatchObject({ TemperVerdict: ['refused'], TemperStep: ['done'] });
  });

  it('ends with the sentence where there are too few examples', async () => {
    const { client, retrain } = await openWithWorker({ seed: 5, lists: 12, clicks: 'taste' });
    await expect(retrain()).rejects.toMatchObject({
      code: 'DATA_INSUFFICIENT',
      message: expect.stringMatching(/expected at least 200 lists and 20 clicks; got 12 lists/),
    });
    expect((await retrainStatus(client, 'home')).words).toMatch(/^failed: DATA_INSUFFICIENT/);
  });

  it('there is one of a surface at a time; it tells how far training is, and can be cancelled', async () => {
    const { ports, client } = await openWithWorker({ seed: 5, lists: 6_000, clicks: 'taste' });
    const input = { surface: 'home', seed: 12, reason: 'first', requestedBy: 'vitest' } as const;
    const first = await startRetrain(client, input);
    const second = await startRetrain(client, { ...input, reason: 'second' });
    expect(second).toEqual({ ...first, joined: true });

    await expect
      .poll(() => retrainStatus(client, 'home'), { timeout: 60_000 })
      .toMatchObject({
        state: 'running',
        step: 'train',
        progress: { epoch: expect.any(Number), loss: expect.any(Number) },
        words: expect.stringMatching(/^train, epoch \d+/),
      });
    await cancelRetrain(client, 'home');
    await expect(retrainResult(client, 'home')).rejects.toMatchObject({ code: 'JOB_CRASHED' });
    expect((await retrainStatus(client, 'home')).state).toBe('cancelled');
    expect(ports.champions.published).toHaveLength(1);
  });

  it.each([
    ['surface', { surface: 'hom' as 'home' }],
    ['seed', { seed: -1 }],
    ['reason', { reason: '' }],
  ])('refuses a request with a wrong %s before anything starts', async (field, wrong) => {
    const nobody = { temporal: undefined as never, close: async () => {} };
    const input = { surface: 'home', seed: 12, reason: 'x', requestedBy: 'vitest', ...wrong } as const;
    await expect(startRetrain(nobody, input)).rejects.toThrow(new RegExp(`INPUT_INVALID.*${field}`, 's'));
  });
});
