import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, RetryState, TimeoutFailure, TimeoutType } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { decide, rollBack } from '../../../workflows/clients/decisions.ts';
import { temporalThat } from './temporal-that.ts';

const BY = { by: 'anna', reason: 'empty lists' };
const run = (model: string | null) => ({ runId: 'r-1', status: { name: 'RUNNING' }, memo: { status: { model } } });
const ended = { runId: 'r-0', status: { name: 'COMPLETED' } };
/** A retraining that waits with this model, and no trial. */
const waiting = (model: string | null) => (id: string) => (id === 'retrain-home' ? run(model) : ended);
const onTrial = (model: string) => (id: string) => (id === 'canary-home' ? run(model) : ended);

function past(deadline = 'Deadline exceeded'): Error {
  return Object.assign(new Error(deadline), { code: 4, details: deadline, metadata: {} });
}

describe('a decision', () => {
  it('goes to the run that was looked at, and to no later one', async () => {
    const { client, updates } = temporalThat({ describe: waiting('home-a') });
    await decide(client, 'home', 'approve', BY, { seen: 'home-a' });
    expect(updates).toEqual([{ workflowId: 'retrain-home', runId: 'r-1', name: 'approve' }]);
  });

  it.each([
    ['approve', waiting('home-b'), /expected home-a, which was decided on; got home-b/],
    ['reject', waiting('home-b'), /got home-b/],
    ['approve', waiting(null), /got no model yet/],
    ['reject', onTrial('home-b'), /got home-b/],
    ['pause', onTrial('home-b'), /got home-b/],
    ['resume', onTrial('home-b'), /got home-b/],
  ] as const)('to %s one model is no decision on another that is there by now', async (verb, describe, refusal) => {
    const { client, updates } = temporalThat({ describe });
    await expect(decide(client, 'home', verb, BY, { seen: 'home-a' })).rejects.toThrow(refusal);
    expect(updates).toEqual([]);
  });

  it('of who names no model is on the one that is there', async () => {
    const { client, updates } = temporalThat({ describe: onTrial('home-b') });
    await decide(client, 'home', 'reject', BY);
    expect(updates).toEqual([{ workflowId: 'canary-home', runId: 'r-1', name: 'rollback' }]);
  });

  it('is told where nothing waits for it', async () => {
    const { client } = temporalThat({ describe: () => ended });
    await expect(decide(client, 'home', 'pause', BY)).rejects.toThrow(/a run that waits for it; got none/);
  });

  it('waits for a worker for a while and no longer, and is told to have taken too long', async () => {
    const { client, deadlines } = temporalThat({
      describe: waiting('home-a'),
      executeUpdate: () => {
        throw past();
      },
    });
    const asked = Date.now();
    const told = decide(client, 'home', 'approve', BY, { seen: 'home-a', patience_ms: 5_000 });
    await expect(told).rejects.toThrow(/TIMED_OUT.*temper approve.*within 5 s/);
    expect(deadlines[0]! - asked).toBeGreaterThan(4_000);
    expect(deadlines[0]! - asked).toBeLessThan(10_000);
  });
});

describe('a rollback', () => {
  it('of the challenger that was seen ends its trial; of another one, nothing', async () => {
    const { client, updates, executed } = temporalThat({ describe: onTrial('home-b') });
    expect(await rollBack(client, 'home', BY, { seen: 'home-b' })).toEqual({ trial: 'home-b' });
    await expect(rollBack(client, 'home', BY, { seen: 'home-champion' })).rejects.toThrow(/INPUT_INVALID.*got home-b/);
    expect([updates.length, executed.length]).toEqual([1, 0]);
  });

  it('is of the champion that was seen, and may not happen once it is too late', async () => {
    const { client, executed, deadlines } = temporalThat({ execute: () => ({ from: 'home-b', to: 'home-a' }) });
    await rollBack(client, 'home', BY, { seen: 'home-b', to: 'home-a', patience_ms: 60_000 });
    expect(executed[0]!.args).toEqual([{ surface: 'home', ...BY, champion: 'home-b', model: 'home-a' }]);
    expect(executed[0]!.workflowExecutionTimeout).toBe(60_000);
    expect(deadlines[0]!).toBeGreaterThan(Date.now() + 60_000); // it ends before the wait for it
  });

  it.each([
    ['its time is over', new TimeoutFailure('timed out', undefined, TimeoutType.START_TO_CLOSE), /^TIMED_OUT/],
    [
      'another one serves',
      ApplicationFailure.create({ details: [{ code: 'MODEL_REFUSED', got: 'home-a' }] }),
      /^MODEL_REFUSED.*got home-a/,
    ],
  ])('says when %s', async (_, cause, sentence) => {
    const { client } = temporalThat({
      execute: () => {
        throw new WorkflowFailedError('failed', cause, RetryState.TIMEOUT);
      },
    });
    await expect(rollBack(client, 'home', BY)).rejects.toThrow(sentence);
  });
});
