import { readdirSync } from 'node:fs';
import path from 'node:path';
import { bundleWorkflowCode, type InjectedSinks, Runtime, Worker } from '@temporalio/worker';
import { createLog } from '../../schemas/log.ts';
import { WORKFLOWS_PATH } from '../../workflows/places.ts';
import { routeLogs } from '../../workflows/worker/runtime-log.ts';
import { type History, RECORDED, readHistory } from './history-file.ts';
import type { PatchSinks } from './interceptor.ts';

/** The recorded runs, by their files. */
export const FILES = readdirSync(RECORDED);

export const read = (name: string): Promise<History> => readHistory(path.join(RECORDED, name));

/** Which way a run went at a patch. */
export type Side = 'old' | 'new';

/**
 * Runs a history through today's workflows, and tells which patches it met on which side. It rejects with
 * DeterminismViolationError where they would do something else.
 */
export async function openReplay(): Promise<(history: History) => Promise<ReadonlySet<`${Side} ${string}`>>> {
  routeLogs(createLog('test', 'silent'));
  const workflowInterceptorModules = [path.join(import.meta.dirname, 'interceptor.ts')];
  const { logger } = Runtime.instance();
  const workflowBundle = await bundleWorkflowCode({ workflowsPath: WORKFLOWS_PATH, workflowInterceptorModules, logger });
  return async history => {
    const met = new Set<`${Side} ${string}`>();
    const fn = (_: unknown, patch: string, isNew: boolean) => void met.add(`${isNew ? 'new' : 'old'} ${patch}`);
    const sinks = { patches: { met: { fn, callDuringReplay: true } } } satisfies InjectedSinks<PatchSinks>;
    await Worker.runReplayHistory({ workflowBundle, sinks }, history, 'retrain-home');
    return met;
  };
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
    what: 'a trial that was stopped although no look had said so',
    async history() {
      const history = await read('canary-v3-stopped.json');
      const looks = completed(history, 'measureTrial');
      looks.at(-1)!.result = looks[0]!.result!;
      return history;
    },
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
      const [own, other] = [promoted, refused].map(history => completed(history, 'evaluateRanker')[0]!);
      own!.result = other!.result!;
      return promoted;
    },
  },
];

/** With one activity scheduled in place of another. */
async function inPlaceOf(file: string, activity: string, other: string): Promise<History> {
  const history = await read(file);
  scheduled(history, activity).activityType!.name = other;
  return history;
}

function scheduled({ events }: History, activity: string) {
  for (const { activityTaskScheduledEventAttributes: attributes } of events!) {
    if (attributes?.activityType?.name === activity) return attributes;
  }
  throw new Error(`${activity} was never scheduled`);
}

/** How an activity ended each time. */
function completed({ events }: History, activity: string) {
  const isOf = (id: unknown) =>
    events![Number(String(id)) - 1]?.activityTaskScheduledEventAttributes?.activityType?.name === activity;
  return events!.flatMap(({ activityTaskCompletedEventAttributes: end }) =>
    end && isOf(end.scheduledEventId) ? [end] : [],
  );
}
