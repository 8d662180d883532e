import { Context } from '@temporalio/activity';
import type { WorkflowFailedError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Activities } from '../../activities/index.ts';
import { createLog } from '../../schemas/log.ts';
import type { backfill } from '../../workflows/backfill/backfill.ts';
import {
  ALL_ANEW,
  ANEW_FOR_ALL,
  anewSince,
  type BackfillInput,
  backfillQuery,
} from '../../workflows/backfill/story.ts';
import { routeLogs } from '../../workflows/worker/runtime-log.ts';
import { AGREEING, standIns } from './stand-ins.ts';
import { skippingTime } from './test-server.ts';

const INPUT: BackfillInput = { features: ['user.clicks.1d'], anyway: false };
const DIFFERENT = { ...AGREEING, different: 3 };
const WRONG = { ...AGREEING, bySql: { ...AGREEING.bySql, different: 1 } };

let env: TestWorkflowEnvironment;
const workflowBundle = inject('workflowBundle');

beforeAll(async () => {
  routeLogs(createLog('test', 'silent'));
  env = await skippingTime();
});
afterAll(() => env?.teardown());

/**
 * @param cancelAt cancels it as soon as this activity has been called
 * @param anew as soon as this activity has been called somebody wants all anew, of what is archived so long after that
 */
async function run(
  replaced: Partial<Activities>,
  input = INPUT,
  cancelAt?: keyof Activities,
  anew?: { at: keyof Activities; later_ms: number },
) {
  const { activities, calls } = standIns(replaced);
  const taskQueue = `test-${crypto.randomUUID()}`;
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue,
    workflowBundle,
    activities,
    maxHeartbeatThrottleInterval: 100, // a cancellation comes with the answer to a heartbeat
  });
  const outcome = await worker.runUntil(async () => {
    const options = { taskQueue, workflowId: taskQueue, args: [input] as [BackfillInput] };
    const handle = await env.client.workflow.start<typeof backfill>('backfill', options);
    if (anew) {
      await expect.poll(() => calls, { timeout: 20_000 }).toContain(anew.at);
      await handle.signal(anewSince, { since_ms: (await env.currentTimeMs()) + anew.later_ms });
    }
    if (cancelAt) {
      await expect.poll(() => calls, { timeout: 20_000 }).toContain(cancelAt);
      await handle.cancel();
    }
    const result = await handle.result().catch((error: Error) => error);
    return { result, status: await handle.query(backfillQuery) };
  });
  return { ...outcome, calls };
}

const times = (calls: readonly string[], name: string) => calls.filter(call => call === name).length;

describe('a backfill', () => {
  it('rebuilds users, then items, compares, and switches until nothing of before is left', async () => {
    const parts: string[] = [];
    const lacking = [256, 256, 256, 256, 3];
    const { result, status, calls } = await run({
      rebuildStates: async ({ entity, partition }) => void parts.push(`${entity}-${partition}`),
      publishStates: async () => lacking.shift() ?? 0,
    });
    expect(parts).toEqual(['user-0', 'user-1', 'item-0', 'item-1']);
    expect(result).toMatchObject({ switched: true, generation: 1, comparison: { keys: 40, changed: 16 } });
    expect(status).toMatchObject({ step: 'done', switched: true });
    expect(times(calls, 'publishStates')).toBe(12);
    expect(calls.slice(0, 2)).toEqual(['beginBackfill', 'positionBackfill']);
    expect(calls.at(-1)).toBe('clearBackfill');
  });

  it('switches nothing where other features would change too, unless it was asked to', async () => {
    const refused = await run({ compareStates: async () => DIFFERENT });
    const reason = 'other features';
    expect(refused.result).toMatchObject({ switched: false, refused: reason, comparison: { different: 12 } });
    expect(refused.calls).not.toContain('publishStates');
    expect(refused.calls.at(-1)).toBe('clearBackfill');
    const anyway = await run({ compareStates: async () => DIFFERENT }, { ...INPUT, anyway: true });
    expect(anyway.result).toMatchObject({ switched: true });
  });

  it('switches nothing that is not as the declared SQL has it, whoever asks', async () => {
    const { result, calls } = await run({ compareStates: async () => WRONG }, { ...INPUT, anyway: true });
    const bySql = { keys: 20, compared: 1_600, different: 4 };
    expect(result).toMatchObject({ switched: false, refused: 'not as the SQL', comparison: { bySql } });
    expect(calls).not.toContain('publishStates');
    expect(calls.at(-1)).toBe('clearBackfill');
  });

  it('lets one value in a thousand be otherwise', async () => {
    const bySql = { ...AGREEING.bySql, compared: 4_000, different: 4 };
    const { result } = await run({ compareStates: async () => ({ ...AGREEING, bySql }) });
    expect(result).toMatchObject({ switched: true, refused: null });
  });

  it('that is cancelled before it switches ends its work, and then clears', async () => {
    const ended: string[] = [];
    const { result, calls } = await run(
      {
        rebuildStates: async () => {
          const beat = setInterval(() => Context.current().heartbeat(), 50);
          await Context.current().cancelled.finally(() => {
            clearInterval(beat);
            ended.push('rebuilding');
          });
        },
        clearBackfill: async () => void ended.push('clear'),
      },
      INPUT,
      'rebuildStates',
    );
    expect((result as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
    expect(ended).toEqual(['rebuilding', 'clear']);
    expect(calls).not.toContain('publishStates');
  });

  it('that is cancelled between two attempts ends as cancelled, whatever the last one met', async () => {
    const { result, calls } = await run(
      {
        rebuildStates: async () => {
          throw new Error('not archived yet');
        },
      },
      INPUT,
      'rebuildStates',
    );
    expect((result as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
    expect(calls.at(-1)).toBe('clearBackfill');
  });

  it('that is cancelled while it switches goes through with it', async () => {
    const lacking = [256, 256, 256, 256];
    const { result, status } = await run({ publishStates: async () => lacking.shift() ?? 0 }, INPUT, 'publishStates');
    expect(result).toMatchObject({ switched: true });
    expect(status).toMatchObject({ step: 'done', switched: true });
  });

  it('of all features switches whatever changes, and notes since when nothing of before is in them', async () => {
    const noted: { generation: number; began_ms: number; at_ms: number }[] = [];
    const { result, status } = await run(
      {
        recordRebuild: async rebuild => void noted.push(rebuild),
        compareStates: async () => ({ ...AGREEING, compared: 0 }),
      },
      ANEW_FOR_ALL,
    );
    expect(result).toMatchObject({ features: [], switched: true });
    expect(noted).toEqual([{ generation: 1, began_ms: status.began_ms, at_ms: expect.any(Number), imports: [] }]);
    expect(noted[0]!.at_ms).toBeGreaterThan(noted[0]!.began_ms);
    expect((await run({})).calls).not.toContain('recordRebuild');
  });

  /** The first part takes until somebody has been heard. */
  const slow = () => {
    const parts = [400];
    return () => new Promise<void>(resolve => setTimeout(resolve, parts.pop() ?? 0));
  };

  it('makes all anew behind itself, once, where somebody wants it of what was archived since it began', async () => {
    const anew = { at: 'rebuildStates', later_ms: 1 } as const;
    const { result, calls } = await run({ rebuildStates: slow() }, ALL_ANEW, undefined, anew);
    expect(result).toMatchObject({ features: [], switched: true });
    expect(['beginBackfill', 'recordRebuild', 'clearBackfill'].map(name => times(calls, name))).toEqual([2, 2, 2]);
  });

  it('is enough where that was before it began', async () => {
    const anew = { at: 'rebuildStates', later_ms: -60_000 } as const;
    const { calls } = await run({ rebuildStates: slow() }, ALL_ANEW, undefined, anew);
    expect(times(calls, 'beginBackfill')).toBe(1);
  });

  it('of some features is not enough, and all are made anew though it ends with an error or is refused', async () => {
    const anew = { at: 'rebuildStates', later_ms: -60_000 } as const;
    const looks = [DIFFERENT];
    const compareStates = async () => looks.shift() ?? AGREEING;
    const { result, calls } = await run({ rebuildStates: slow(), compareStates }, INPUT, undefined, anew);
    expect(result).toMatchObject({ features: [], switched: true });
    expect(times(calls, 'recordRebuild')).toBe(1);
    let isFirst = true;
    const failing = await run(
      {
        rebuildStates: slow(),
        publishStates: async () => (isFirst ? 1 : 0),
        clearBackfill: async () => {
          isFirst = false;
        },
      },
      INPUT,
      undefined,
      anew,
    );
    expect(failing.result).toMatchObject({ features: [], switched: true });
  });

  it('that is cancelled makes nothing anew', async () => {
    const anew = { at: 'rebuildStates', later_ms: 1 } as const;
    const { result, calls } = await run({ rebuildStates: slow() }, ALL_ANEW, 'rebuildStates', anew);
    expect((result as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
    expect(times(calls, 'beginBackfill')).toBe(1);
  });

  it('gives up where somebody goes on writing what was before', async () => {
    const { result, calls } = await run({ publishStates: async () => 1 });
    expect(result).toBeInstanceOf(Error);
    expect(times(calls, 'publishStates')).toBe(20 * 4);
    expect(calls.at(-1)).toBe('clearBackfill');
  });
});
