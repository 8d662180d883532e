import { readdirSync } from 'node:fs';
import path from 'node:path';
import { bundleWorkflowCode, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker';
import { createLog } from '../../schemas/log.ts';
import { WORKFLOWS_PATH } from '../../workflows/places.ts';
import { routeLogs } from '../../workflows/worker/runtime-log.ts';
import { type History, readHistory } from './history-file.ts';

/** The recorded runs, by their files. */
export const FILES = readdirSync(import.meta.dirname).filter(name => name.endsWith('.json'));

export const read = (name: string): Promise<History> => readHistory(path.join(import.meta.dirname, name));

/** Runs a history through today's workflows. It rejects with DeterminismViolationError where they would do something else. */
export async function openReplay(): Promise<(history: History) => Promise<void>> {
  routeLogs(createLog('test', 'silent'));
  const workflowBundle: WorkflowBundle = await bundleWorkflowCode({
    workflowsPath: WORKFLOWS_PATH,
    logger: Runtime.instance().logger,
  });
  return history => Worker.runReplayHistory({ workflowBundle }, history, 'retrain-home');
}

/** What no run of today's workflows can have done. */
export const TAMPERED: readonly { what: string; history(): Promise<History> }[] = [
  {
    what: 'a retraining that registered before it had judged',
    history: () => inPlaceOf('retrain-v1-promoted.json', 'evaluateRanker', 'registerRanker'),
  },
  {
    what: 'a check of features in which something else was done first',
    history: () => inPlaceOf('check-features-v1.json', 'compareFeatures', 'clearTraining'),
  },
  {
    what: 'a backfill that published before it had rebuilt',
    history: () => inPlaceOf('backfill-v1.json', 'rebuildStates', 'publishStates'),
  },
  {
    what: 'a canary that promoted before it had looked',
    history: () => inPlaceOf('canary-v2-promoted.json', 'measureTrial', 'promoteRanker'),
  },
  {
    what: 'a rollback that promoted before it had asked whom',
    history: () => inPlaceOf('rollback-v2.json', 'formerChampion', 'promoteRanker'),
  },
  {
    what: 'a watch that wrote down what followed before it had looked',
    history: () => inPlaceOf('watch-v1-rollback.json', 'lookAtChampion', 'recordDeed'),
  },
  {
    what: 'a retraining whose model nobody approved',
    async history() {
      const history = await read('retrain-v2-trial.json');
      const accepted = history.events!.find(event => event.workflowExecutionUpdateAcceptedEventAttributes)!;
      accepted.workflowExecutionUpdateAcceptedEventAttributes!.acceptedRequest!.input!.name = 'reject';
      return history;
    },
  },
  {
    what: 'a retraining that registered a refused model',
    async history() {
      const [promoted, refused] = [await read('retrain-v1-promoted.json'), await read('retrain-v1-refused.json')];
      completed(promoted, 'evaluateRanker').result = completed(refused, 'evaluateRanker').result!;
      return promoted;
    },
  },
];

/** With one activity scheduled in place of another. */
async function inPlaceOf(file: string, activity: string, other: string): Promise<History> {
  const history = await read(file);
  scheduled(history, activity).attributes.activityType!.name = other;
  return history;
}

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
