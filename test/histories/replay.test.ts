import { readdirSync } from 'node:fs';
import path from 'node:path';
import { bundleWorkflowCode, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../schemas/log.ts';
import { WORKFLOWS_PATH } from '../../workflows/places.ts';
import { routeLogs } from '../../workflows/worker/runtime-log.ts';
import { type History, readHistory } from './history-file.ts';

const FILES = readdirSync(import.meta.dirname).filter(name => name.endsWith('.json'));
const read = (name: string) => readHistory(path.join(import.meta.dirname, name));

let workflowBundle: WorkflowBundle;
beforeAll(async () => {
  routeLogs(createLog('test', 'silent'));
  workflowBundle = await bundleWorkflowCode({ workflowsPath: WORKFLOWS_PATH, logger: Runtime.instance().logger });
}, 180_000);

const replay = (history: History): Promise<void> => Worker.runReplayHistory({ workflowBundle }, history, 'retrain-home');

describe('histories of former runs', () => {
  it('are there', () => {
    expect(FILES).toEqual(
      expect.arrayContaining([
        'backfill-v1.json',
        'canary-v2-promoted.json',
        'check-features-v1.json',
        'retrain-v1-promoted.json',
        'retrain-v1-refused.json',
        'retrain-v2-trial.json',
        'rollback-v2.json',
      ]),
    );
  });

  it.each(FILES)('%s goes through today\'s code', async name => {
    await expect(replay(await read(name))).resolves.toBeUndefined();
  });

  it('one in which another activity was scheduled does not', async () => {
    const history = await read('retrain-v1-promoted.json');
    scheduled(history, 'evaluateRanker').attributes.activityType!.name = 'registerRanker';
    await expect(replay(history)).rejects.toThrow(DeterminismViolationError);
  });

  it('a check of features in which something else was done first does not', async () => {
    const history = await read('check-features-v1.json');
    scheduled(history, 'compareFeatures').attributes.activityType!.name = 'clearTraining';
    await expect(replay(history)).rejects.toThrow(DeterminismViolationError);
  });

  it('a backfill that published before it had rebuilt does not', async () => {
    const history = await read('backfill-v1.json');
    scheduled(history, 'rebuildStates').attributes.activityType!.name = 'publishStates';
    await expect(replay(history)).rejects.toThrow(DeterminismViolationError);
  });

  it('a canary that promoted before it had looked does not', async () => {
    const history = await read('canary-v2-promoted.json');
    scheduled(history, 'measureTrial').attributes.activityType!.name = 'promoteRanker';
    await expect(replay(history)).rejects.toThrow(DeterminismViolationError);
  });

  it('a canary that looked at other times goes on', async () => {
    const history = await read('canary-v2-promoted.json');
    const timers = history.events!.flatMap(({ timerStartedEventAttributes: timer }) => timer ?? []);
    expect(timers.length).toBeGreaterThan(2);
    for (const timer of timers) timer.startToFireTimeout = { seconds: 60, nanos: 0 } as never;
    await expect(replay(history)).resolves.toBeUndefined();
  });

  it('a retraining whose model nobody approved does not', async () => {
    const history = await read('retrain-v2-trial.json');
    const accepted = history.events!.find(event => event.workflowExecutionUpdateAcceptedEventAttributes)!;
    accepted.workflowExecutionUpdateAcceptedEventAttributes!.acceptedRequest!.input!.name = 'reject';
    await expect(replay(history)).rejects.toThrow(DeterminismViolationError);
  });

  it('one in which a refused model was registered does not', async () => {
    const [promoted, refused] = [await read('retrain-v1-promoted.json'), await read('retrain-v1-refused.json')];
    completed(promoted, 'evaluateRanker').result = completed(refused, 'evaluateRanker').result!;
    await expect(replay(promoted)).rejects.toThrow(DeterminismViolationError);
  });
});

function scheduled({ events }: History, activity: string) {
  for (const { eventId, activityTaskScheduledEventAttributes: attributes } of events!) {
    if (attributes?.activityType?.name === activity) return { eventId, attributes };
  }
  throw new Error(`${activity} was never scheduled`);
}

function completed(history: History, activity: string) {
  const { eventId } = scheduled(history, activity);
  const ends = history.events!.map(event => event.activityTaskCompletedEventAttributes);
  return ends.find(end => String(end?.scheduledEventId) === String(eventId))!;
}
