import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Activities } from '../../activities/index.ts';
import type { Remain } from '../../schemas/erasures.ts';
import { createLog } from '../../schemas/log.ts';
import type { erase } from '../../workflows/erasure/erase.ts';
import { askedAgain, type EraseInput } from '../../workflows/erasure/story.ts';
import { routeLogs } from '../../workflows/worker/runtime-log.ts';
import { standIns } from './stand-ins.ts';
import { skippingTime } from './test-server.ts';

const INPUT: EraseInput = { erasure: 'a'.repeat(32), by: 'anna', reason: 'a test', cutLogs: false };
const THROUGH = { approval: false, trial: [] };
const DAY_MS = 86_400_000;
const IN_TABLE: Remain = { where: 'ClickHouse events', count: 2, expires_ms: null };
/** As of the server's clock, which skips. */
const inLog = async (): Promise<Remain> => {
  return { where: 'shop.events/0', count: 3, expires_ms: (await env.currentTimeMs()) + 8 * DAY_MS };
};

let env: TestWorkflowEnvironment;
const workflowBundle = inject('workflowBundle');

beforeAll(async () => {
  routeLogs(createLog('test', 'silent'));
  env = await skippingTime();
});
afterAll(() => env?.teardown());

/**
 * @param meanwhile is called once it waits for logs to expire
 * @param beside what runs already
 */
async function run(
  replaced: Partial<Activities>,
  input = INPUT,
  meanwhile?: (
    again: (cutLogs: boolean, more?: Pick<EraseInput, 'retrain'>) => Promise<void>,
    calls: readonly string[],
  ) => Promise<void>,
  beside?: { workflow: string; input: object },
) {
  const { activities, calls } = standIns(replaced);
  const taskQueue = `test-${crypto.randomUUID()}`;
  const worker = await Worker.create({ connection: env.nativeConnection, taskQueue, workflowBundle, activities });
  const began_ms = await env.currentTimeMs();
  const { result, other } = await worker.runUntil(async () => {
    const other =
      beside &&
      (await env.client.workflow.start(beside.workflow, {
        taskQueue,
        workflowId: beside.workflow,
        args: [beside.input],
      }));
    const handle = await env.client.workflow.start<typeof erase>('erase', {
      ...{ taskQueue, workflowId: taskQueue, args: [input] },
    });
    if (meanwhile) {
      const isWaiting = async () => {
        await env.sleep('31 seconds'); // the server's time stands while nobody waits for the result
        return calls.includes('recordErasure');
      };
      await expect.poll(isWaiting, { timeout: 60_000 }).toBe(true);
      await meanwhile((cutLogs, more) => handle.signal(askedAgain, { cutLogs, ...more }), calls);
    }
    const result = await handle.result();
    await other?.result(); // the server's clock would wait for what no worker works on
    return { result, other };
  });
  return { result, other, calls, days: ((await env.currentTimeMs()) - began_ms) / DAY_MS };
}

const times = (calls: readonly string[], name: string) => calls.filter(call => call === name).length;

describe('an erasure', () => {
  it('tells the jobs, waits for them stage by stage, deletes, scans, and records it', async () => {
    const { result, calls } = await run({});
    expect(result).toMatchObject({ state: 'erased', left: [], asked: 1, step: 'done' });
    expect(calls).toEqual([
      ...['markErased', 'eraseRows', 'awaitReaders', 'awaitReaders', 'markAgain'],
      ...['eraseRows', 'eraseSnapshots', 'scanStores', 'recordErasure'],
    ]);
  });

  it('waits for the jobs once more where logs are cut: what one of them may have to read again, nobody cuts', async () => {
    const { calls } = await run({}, { ...INPUT, cutLogs: true });
    expect(calls).toEqual([
      ...['markErased', 'eraseRows', 'awaitReaders', 'awaitReaders', 'markAgain', 'awaitReaders', 'awaitReaders'],
      ...['eraseRows', 'eraseSnapshots', 'cutLogs', 'scanStores', 'recordErasure'],
    ]);
  });

  it('means all until the jobs were told again, and of states what they wrote until they knew it', async () => {
    const asked: object[] = [];
    const { result } = await run({
      markAgain: async () => 12_345,
      scanStores: async erasing => {
        asked.push(erasing);
        return [];
      },
    });
    expect(result.until_ms).toBe(12_345);
    expect(asked).toEqual([{ erasure: INPUT.erasure, until_ms: 12_345, forgotten_ms: expect.any(Number) }]);
  });

  it('deletes and looks again as long as something is left that does not go by itself', async () => {
    const left = [[IN_TABLE], [IN_TABLE], []];
    const { result, calls } = await run({ scanStores: async () => left.shift()! });
    expect([result.state, times(calls, 'scanStores'), times(calls, 'markErased')]).toEqual(['erased', 3, 1]);
  });

  it('says so where only logs have something, and ends when these have expired', async () => {
    const scans: Remain[][] = [[await inLog()], []];
    const recorded: string[] = [];
    const { result, days } = await run({
      scanStores: async () => scans.shift()!,
      recordErasure: async ({ state }) => {
        recorded.push(state);
        return { rows: {}, records: {}, snapshots: [], models: [] };
      },
    });
    expect([result.state, recorded]).toEqual(['erased', ['expiring', 'erased']]);
    expect(days).toBeGreaterThan(7.9); // what is left was made up a moment before the run began
  });

  it('begins again where somebody asks again meanwhile, and cuts the logs if that is asked', async () => {
    const first = [await inLog()];
    let cut = false;
    const { result, calls } = await run(
      {
        scanStores: async () => (cut ? [] : first),
        cutLogs: async () => {
          cut = true;
        },
      },
      INPUT,
      async (again, calls) => {
        await again(true); // the server's clock would not wait until the worker has heard of it
        await expect.poll(() => times(calls, 'markErased'), { timeout: 60_000 }).toBe(2);
      },
    );
    expect(result).toMatchObject({ state: 'erased', asked: 2 });
    // A look before the question, one after it, and none because logs have expired.
    expect(['markErased', 'cutLogs', 'scanStores'].map(name => times(calls, name))).toEqual([2, 1, 2]);
  });

  it('waits for records of others that no cut takes, though the logs are cut', async () => {
    const scans: Remain[][] = [[{ ...(await inLog()), ofOthers: true }], []];
    const { result, calls } = await run({ scanStores: async () => scans.shift()! }, { ...INPUT, cutLogs: true });
    expect(result).toMatchObject({ state: 'erased' });
    expect(['markErased', 'recordErasure'].map(name => times(calls, name))).toEqual([1, 2]);
  });

  it('is incomplete, and says where, if the jobs were told three times and the logs still have it', async () => {
    const left = [await inLog()];
    const { result, calls } = await run({ scanStores: async () => left }, { ...INPUT, cutLogs: true, rebuild: true });
    expect(result).toMatchObject({ state: 'incomplete', left, rebuilt: false });
    expect(times(calls, 'markErased')).toBe(3);
    // Neither of what is left are sums made anew, nor where nobody asks, as before.
    await expect(env.client.workflow.getHandle('backfill').describe()).rejects.toThrow(/not found/i);
  });

  it('has all sums made anew, once, as soon as nothing is left but in logs, where that is asked', async () => {
    const scans: Remain[][] = [[await inLog()], []];
    const backfill = env.client.workflow.getHandle('backfill');
    const begun: string[] = [];
    const { result } = await run(
      {
        scanStores: async () => scans.shift()!,
        recordErasure: async ({ state }) => {
          begun.push(`${state}: ${(await backfill.describe()).runId}`);
          return { rows: {}, records: {}, snapshots: [], models: [] };
        },
      },
      { ...INPUT, rebuild: true },
    );
    const { runId } = await backfill.describe();
    expect(begun).toEqual([`expiring: ${runId}`, `erased: ${runId}`]);
    expect(result).toMatchObject({ state: 'erased', rebuilt: true });
    expect((await backfill.describe()).memo).toMatchObject({ status: { features: [] } });
  });

  it('tells a backfill that runs, which then makes all anew behind itself', async () => {
    const input = { features: ['user.clicks.1d'], anyway: false, settle_ms: DAY_MS };
    const { result, other } = await run({}, { ...INPUT, rebuild: true }, undefined, { workflow: 'backfill', input });
    expect(result).toMatchObject({ state: 'erased', rebuilt: true });
    const first = env.client.workflow.getHandle('backfill', other!.firstExecutionRunId);
    const { events } = await first.fetchHistory();
    const heard = events!.flatMap(({ workflowExecutionSignaledEventAttributes: told }) => told?.signalName ?? []);
    expect(heard).toEqual(['anew']);
    const behind = await env.client.workflow.getHandle('backfill').describe();
    expect(behind.memo).toMatchObject({ status: { features: [], switched: true } });
  });

  it('asks whom to train anew as soon as nothing is left but in logs', async () => {
    expect(await asksOfModels([[await inLog()], []], { ...INPUT, retrain: THROUGH })).toEqual([
      ...['recordErasure', 'servingAmong', 'recordErasure'],
    ]);
  });

  it('asks whom to train anew also where somebody wants that later', async () => {
    const left = await inLog();
    const asks = await asksOfModels([[left], [left], []], INPUT, async (again, calls) => {
      await again(false, { retrain: THROUGH });
      const isAsked = async () => {
        await env.sleep('31 seconds');
        return times(calls, 'servingAmong') > 0;
      };
      await expect.poll(isAsked, { timeout: 60_000 }).toBe(true);
    });
    expect(asks).toEqual(['recordErasure', 'recordErasure', 'servingAmong', 'recordErasure']);
  });

  // Last: the server's clock stands still behind a child that nobody works on.
  it('begins a retraining of those surfaces whose champions had learned from the user, where that is asked', async () => {
    const asked: string[][] = [];
    const model = 'search-1111111111';
    await run(
      {
        recordErasure: async () => ({ rows: {}, records: {}, snapshots: [], models: [model, 'home-0000000000'] }),
        servingAmong: async ({ models }) => {
          asked.push(models);
          return [{ surface: 'search', model }];
        },
      },
      { ...INPUT, retrain: THROUGH },
    );
    expect(asked).toEqual([[model, 'home-0000000000']]);
    const begun = env.client.workflow.getHandle('retrain-search');
    expect((await begun.describe()).memo).toMatchObject({
      reason: expect.stringContaining(model),
      requestedBy: 'anna',
    });
    await expect(env.client.workflow.getHandle('retrain-home').describe()).rejects.toThrow(/not found/i);
    await begun.terminate(); // the server's clock would wait for it
  });
});

/** When it asks which of the models serve that it has named; none does. */
async function asksOfModels(scans: Remain[][], input: EraseInput, meanwhile?: Parameters<typeof run>[2]) {
  const { result, calls } = await run(
    {
      scanStores: async () => scans.shift()!,
      recordErasure: async () => ({ rows: {}, records: {}, snapshots: [], models: ['home-1111111111'] }),
      servingAmong: async () => [],
    },
    input,
    meanwhile,
  );
  expect(result).toMatchObject({ state: 'erased', retrained: [] });
  return calls.filter(call => call === 'recordErasure' || call === 'servingAmong');
}
