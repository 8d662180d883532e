import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toFailure } from '../../activities/failure.ts';
import type { Activities } from '../../activities/index.ts';
import { TemperError } from '../../schemas/errors.ts';
import type { PlannedStage } from '../../schemas/models/trials.ts';
import { decide, rollBack, trialStatus } from '../../workflows/clients/decisions.ts';
import type { RetrainInput, retrain } from '../../workflows/retrain.ts';
import { retrainOn } from '../../workflows/retrain-on.ts';
import { BY, client, closeCanaries, env, INPUT, MINUTE_MS, openCanaries, run, STAGES, working } from './canary/run.ts';
import { CHAMPION, LOOK, standIns } from './stand-ins.ts';

beforeAll(openCanaries);
afterAll(closeCanaries);

describe('a trial', () => {
  it('goes through its stages, promotes, and only then takes the challenger off trial', async () => {
    const { result, status, set, calls, ended } = await run([{}]);
    expect(set).toEqual(['shadow', 'canary 5 %', 'canary 100 %']);
    expect(result).toMatchObject({ outcome: 'promoted', by: null, exposed: { users: 45, lists: 250 } });
    expect(calls.slice(-2)).toEqual(['promoteRanker', 'endTrial']);
    expect(ended).toEqual([`in place of ${CHAMPION.model}`]);
    expect(status).toMatchObject({ stage: 'promoted', past: [{ stage: 'shadow' }, {}, {}] });
    for (const { took_ms } of status.past) expect(took_ms).toBeGreaterThanOrEqual(MINUTE_MS);
  });

  it('climbs at once where a look says that nothing is lost', async () => {
    const { status, looks } = await run([{ decision: 'promote', reason: 'more clicks' }]);
    expect(looks).toBe(3);
    expect(status.past.every(({ took_ms, note }) => took_ms < 5_000 && note === 'more clicks')).toBe(true);
  });

  it('is stopped where a look says so, and counts whom it cost what', async () => {
    const worse = { champion: 0.4, difference: -0.2, low: -0.3, high: -0.1 };
    const looks = [
      { decision: 'promote' as const },
      {},
      { decision: 'stop' as const, reason: 'fewer clicks', clicks: worse },
    ];
    const { result, set, calls, ended } = await run(looks);
    expect(set).toEqual(['shadow', 'canary 5 %']);
    expect(result).toMatchObject({ outcome: 'stopped', reason: 'fewer clicks', by: null, clicks: -50 + 5 });
    expect(result).toMatchObject({ exposed: { users: 45, lists: 250 } });
    expect(calls).not.toContain('promoteRanker');
    expect(ended).toEqual(['fewer clicks']);
  });

  it('goes on to more users without a word either way, but for the last stage that compares', async () => {
    const open = { ending: { passes: false, reason: 'not shown' } };
    const quarter: PlannedStage = { stage: { kind: 'canary', share: 0.25 }, for_ms: MINUTE_MS };
    const { result, status, set, calls, ended } = await run([open], { stages: STAGES.toSpliced(2, 0, quarter) });
    expect(set).toEqual(['shadow', 'canary 5 %', 'canary 25 %']);
    const reason = 'undecided when its time was over: not shown';
    expect(result).toMatchObject({ outcome: 'undecided', reason, by: null, exposed: { users: 45 } });
    expect(status).toMatchObject({
      stage: 'undecided',
      past: [{}, { note: expect.stringMatching(/nothing speaks/) }, {}],
    });
    expect(calls).not.toContain('promoteRanker');
    expect(ended).toEqual([reason]);
  });

  it('whose looks were of before goes by its estimate at the end of each stage', async () => {
    const { result } = await run([{ isBehind: true, ending: undefined as never }], { stages: STAGES.slice(1) });
    expect(result).toMatchObject({ outcome: 'stopped', reason: expect.stringContaining('seems to be behind') });
    expect((await run([{ isBehind: false, ending: undefined as never }])).result).toMatchObject({
      outcome: 'promoted',
    });
  });

  it('is not held where nobody can look', async () => {
    const broken = toFailure(new TemperError('INPUT_INVALID', { where: 'ClickHouse' })) as Error;
    const { result, ended } = await run([{}, broken, broken, broken]);
    const reason = expect.stringMatching(/^its figures could not be read: .*at ClickHouse/);
    expect(result).toMatchObject({ outcome: 'stopped', reason });
    expect(ended).toHaveLength(1);
    expect((await run([broken, {}, broken, broken, {}])).result).toMatchObject({ outcome: 'promoted' });
  });

  it('leaves nobody on trial where a step fails', async () => {
    const { result, ended } = await run(
      [{}],
      {},
      {
        promoteRanker: async () => {
          throw toFailure(new TemperError('MODEL_REFUSED', { where: 'a race' }));
        },
      },
    );
    expect(result).toBeInstanceOf(Error);
    expect(ended).toEqual(['it failed']);
  });
});

describe('a person', () => {
  it('pauses a trial, which stays where it is and is watched, and lets it go on', async () => {
    const { status, result, looks } = await run([{}], {
      stages: STAGES.slice(0, 1),
      meanwhile: async () => {
        await decide(client(), 'home', 'pause', BY);
        await expect.poll(() => trialStatus(client(), 'home'), { timeout: 30_000 }).toMatchObject({ stage: 'shadow' });
        await expect(decide(client(), 'home', 'pause', BY)).rejects.toThrow(/paused already/);
        expect(await trialStatus(client(), 'home')).toMatchObject({ paused: BY, stage: 'shadow' });
        await env.sleep('12 minutes');
        await decide(client(), 'home', 'resume', { by: 'bert', reason: 'all is well' });
      },
    });
    expect(result).toMatchObject({ outcome: 'promoted' });
    expect(status.past[0]!.took_ms).toBeGreaterThan(12 * MINUTE_MS);
    // It has its minute beside the pause, with a look each second of it, and not what is left until the next look at a pause.
    expect(status.past[0]!.took_ms).toBeLessThan(14 * MINUTE_MS);
    expect(looks).toBeGreaterThan(45);
    expect(status.paused).toBeNull();
  });

  it('ends a trial by a rollback, with his name and his reason in the record', async () => {
    const { result, ended } = await run([{}], {
      meanwhile: async () => {
        await expect(rollBack(client(), 'home', { by: 'anna', reason: ' ' })).rejects.toThrow(/expected reason/);
        await expect.poll(() => trialStatus(client(), 'home'), { timeout: 30_000 }).toMatchObject({ stage: 'shadow' });
        expect(await rollBack(client(), 'home', BY)).toEqual({ trial: INPUT.model });
      },
    });
    expect(result).toMatchObject({ outcome: 'stopped', by: 'anna', reason: 'a look at the shelves (anna)' });
    expect(ended).toEqual(['a look at the shelves (anna)']);
  });

  it('is told that it is too late where the model is being promoted', async () => {
    const [begun, told] = [new AbortController(), new AbortController()];
    const heard = ({ signal }: AbortController) => once(signal, 'abort');
    const { result } = await run(
      [{ decision: 'promote' }],
      {
        meanwhile: async () => {
          if (!begun.signal.aborted) await heard(begun);
          for (const verb of ['pause', 'reject'] as const)
            await expect(decide(client(), 'home', verb, BY)).rejects.toThrow(/is being promoted/);
          await expect(rollBack(client(), 'home', BY)).rejects.toThrow(/is being promoted/);
          told.abort();
        },
      },
      {
        promoteRanker: async ({ model, replaces }) => {
          const answer = heard(told);
          begun.abort();
          await answer;
          return { ...CHAMPION, model, previous: replaces };
        },
      },
    );
    expect(result).toMatchObject({ outcome: 'promoted', by: null });
  });

  it('is told where nothing waits for him', async () => {
    await expect(decide(client(), 'ads', 'pause', BY)).rejects.toThrow(/a run that waits for it/);
    expect(await trialStatus(client(), 'ads')).toBeUndefined();
  });
});

describe('a retraining', () => {
  const started = (
    input: Partial<RetrainInput>,
    meanwhile?: () => Promise<void>,
    replaced: Partial<Activities> = {},
  ) => {
    const { activities, calls } = standIns(replaced);
    return working(activities, async taskQueue => {
      const full = { surface: 'home', seed: 7, reason: 'a test', requestedBy: 'vitest', ...input } as RetrainInput;
      const options = { taskQueue, workflowId: 'retrain-home', args: [full] as [RetrainInput] };
      const handle = await env.client.workflow.start<typeof retrain>('retrain', options);
      await meanwhile?.();
      return { result: await handle.result(), calls };
    });
  };

  /** An update before the model waits is refused; so it is told again. */
  const whenItWaits = (verb: 'approve' | 'reject') => () =>
    expect
      .poll(() => decide(client(), 'home', verb, BY).then(() => 'taken', String), { timeout: 20_000 })
      .toBe('taken');

  it.each<[string, Partial<RetrainInput>]>([
    ['at once', {}],
    ['after its trial', { trial: STAGES.slice(0, 1) }],
  ])('waits for approval, and promotes %s what is approved; the record says by whom and why', async (_, input) => {
    let asked: unknown;
    const { result } = await started({ approval: true, ...input }, whenItWaits('approve'), {
      promoteRanker: async request => {
        asked = request;
        return { ...CHAMPION, model: request.model, previous: request.replaces };
      },
    });
    expect(result).toMatchObject({ promoted: true, approval: { approved: true, ...BY } });
    expect(asked).toMatchObject({ requested_by: 'vitest', approved_by: BY.by });
    expect(asked).toMatchObject({
      reason: expect.stringMatching(`a test; approved: .*${BY.by}.* \\(asked by vitest\\)`),
    });
  });

  it('does not promote what is rejected', async () => {
    const { result, calls } = await started({ approval: true }, whenItWaits('reject'));
    expect(result).toMatchObject({ promoted: false, model: 'home-1111111111', approval: { approved: false, ...BY } });
    expect(calls).not.toContain('promoteRanker');
  });

  it('takes a week of silence for a no', async () => {
    const { result } = await started({ approval: true });
    expect(result).toMatchObject({ promoted: false, approval: { by: 'nobody' } });
  });

  it('lets the trial promote, or not', async () => {
    const promoted = await started({ trial: STAGES });
    expect(promoted.result).toMatchObject({ promoted: true, trial: { outcome: 'promoted' } });
    expect(promoted.calls.filter(name => name === 'promoteRanker')).toHaveLength(1);
    const stop = { measureTrial: async () => ({ ...LOOK, decision: 'stop' as const, reason: 'fewer clicks' }) };
    const stopped = await started({ trial: STAGES }, undefined, stop);
    expect(stopped.result).toMatchObject({
      promoted: false,
      champion: CHAMPION.model,
      trial: { reason: 'fewer clicks' },
    });
    expect(stopped.calls).not.toContain('promoteRanker');
  });

  it('begins by itself on an occasion, once', async () => {
    const { activities } = standIns();
    const occasion = {
      surface: 'home',
      reason: 'drift of user.clicks.1d',
      requestedBy: 'watch',
      approval: true,
    } as const;
    await working(activities, async taskQueue => {
      const begin = () =>
        env.client.workflow.execute(retrainOn, { taskQueue, workflowId: crypto.randomUUID(), args: [occasion] });
      expect(await begin()).toEqual({ started: true });
      expect(await begin()).toEqual({ started: false });
      await whenItWaits('reject')();
      expect(await env.client.workflow.getHandle('retrain-home').result()).toMatchObject({ promoted: false });
    });
  });
});

it('a rollback puts the former champion in its place, with who asked and why', async () => {
  const asked: unknown[] = [];
  const { activities } = standIns({
    promoteRanker: async request => {
      asked.push(request);
      return { ...CHAMPION, model: request.model, previous: request.replaces };
    },
  });
  await working(activities, async taskQueue => {
    const result = await env.client.workflow.execute('rollback', {
      ...{ taskQueue, workflowId: 'rollback-home', args: [{ surface: 'home', ...BY }] },
    });
    expect(result).toEqual({ from: CHAMPION.model, to: 'home-0000000000' });
  });
  expect(asked).toMatchObject([
    { kind: 'rollback', model: 'home-0000000000', replaces: CHAMPION.model, requested_by: 'anna' },
  ]);
});
