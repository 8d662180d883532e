import { Context } from '@temporalio/activity';
import { z } from 'zod';
import { BackfillPart } from '../schemas/backfills.ts';
import { Erasing } from '../schemas/erasures.ts';
import { TemperError } from '../schemas/errors.ts';
import { ClearTraining, clearTraining } from './clear-training.ts';
import { EnsureChampion, ensureChampion } from './ensure-champion.ts';
import { AwaitReaders, awaitReaders, cutLogs, MarkErased, markAgain, markErased } from './erasure/logs.ts';
import { RecordErasure, recordErasure } from './erasure/record.ts';
import { eraseRows } from './erasure/rows.ts';
import { scanStores } from './erasure/scan.ts';
import { eraseSnapshots } from './erasure/snapshots.ts';
import { EvaluateRanker, evaluateRanker } from './evaluate-ranker.ts';
import { toFailure } from './failure.ts';
import {
  BeginBackfill,
  beginBackfill,
  CompareBackfill,
  compareStates,
  PositionBackfill,
  positionBackfill,
  publishStates,
  RecordRebuild,
  rebuildStates,
  recordRebuild,
} from './features/backfill.ts';
import { CompareFeatures, compareFeatures } from './features/compare-features.ts';
import type { Ports } from './ports.ts';
import { PromoteRanker, promoteRanker } from './promote-ranker.ts';
import { FormerChampion, formerChampion } from './promotions/former-champion.ts';
import { ServingAmong, servingAmong } from './promotions/serving.ts';
import { RegisterRanker, registerRanker } from './register-ranker.ts';
import { Retain, retain } from './retention/retain.ts';
import { LearnSearches, learnSearches } from './searches/learn-searches.ts';
import { inUse } from './snapshot/in-use.ts';
import { SnapshotExamples, snapshotExamples } from './snapshot/snapshot-examples.ts';
import { ValidateSnapshot, validateSnapshot } from './snapshot/validate-snapshot.ts';
import { TrainRanker, trainRanker } from './train-ranker.ts';
import { MeasureTrial, measureTrial } from './trial/measure.ts';
import { EndTrial, endTrial, SetStage, setStage } from './trial/stage.ts';
import { LookAtChampion, lookAtChampion } from './watch/look.ts';
import { RecordDeed, recordDeed } from './watch/record.ts';

export type { FeatureComparison } from './features/compare-features.ts';
export type { Ports } from './ports.ts';
export type { Retained } from './retention/retain.ts';
export type { LearnedFromSearches } from './searches/learn-searches.ts';
export type { Snapshot } from './snapshot/snapshot-examples.ts';
export type { Candidate } from './train-ranker.ts';
export type { Look } from './trial/measure.ts';
export type { WatchLook } from './watch/look.ts';

/** What workflows do. Each may be tried again at any time, and passes references: data stay where they are. */
export function createActivities(ports: Ports) {
  return {
    ensureChampion: activity(EnsureChampion, request => alive(ensureChampion(ports, request))),
    snapshotExamples: activity(SnapshotExamples, request => {
      const read = { rows: 0 };
      return alive(
        snapshotExamples(ports, request, rows => Object.assign(read, { rows })),
        read,
      );
    }),
    validateSnapshot: activity(ValidateSnapshot, request =>
      alive(inUse(request.snapshot.path, () => validateSnapshot(ports, request, asker()))),
    ),
    trainRanker: activity(TrainRanker, request =>
      inUse(request.snapshot.path, () => trainRanker(ports, request, Context.current())),
    ),
    evaluateRanker: activity(EvaluateRanker, request =>
      alive(inUse(request.snapshot.path, () => evaluateRanker(ports, request, asker()))),
    ),
    registerRanker: activity(RegisterRanker, request => alive(registerRanker(ports, request))),
    promoteRanker: activity(PromoteRanker, request => alive(promoteRanker(ports, request))),
    setStage: activity(SetStage, request => alive(setStage(ports, request))),
    measureTrial: activity(MeasureTrial, request => alive(measureTrial(ports, request))),
    endTrial: activity(EndTrial, request => alive(endTrial(ports, request))),
    formerChampion: activity(FormerChampion, request => alive(formerChampion(ports, request))),
    servingAmong: activity(ServingAmong, request => alive(servingAmong(ports, request))),
    lookAtChampion: activity(LookAtChampion, request => lookAtChampion(ports, request)),
    recordDeed: activity(RecordDeed, deed => alive(recordDeed(ports, deed))),
    learnSearches: activity(LearnSearches, request => alive(learnSearches(ports, request))),
    compareFeatures: activity(CompareFeatures, request => compareFeatures(ports, request)),
    beginBackfill: activity(BeginBackfill, request => beginBackfill(ports, request)),
    positionBackfill: activity(PositionBackfill, request => positionBackfill(ports, request)),
    rebuildStates: activity(BackfillPart, part => rebuildStates(ports, part, Context.current())),
    compareStates: activity(CompareBackfill, request => alive(compareStates(ports, request, Context.current()))),
    publishStates: activity(BackfillPart, part => alive(publishStates(ports, part))),
    recordRebuild: activity(RecordRebuild, request => alive(recordRebuild(ports.store, request))),
    clearBackfill: activity(z.string(), run => ports.backfills.clear(run)),
    markErased: activity(MarkErased, request => alive(markErased(ports, request))),
    awaitReaders: activity(AwaitReaders, request => awaitReaders(ports, request, Context.current())),
    markAgain: activity(MarkErased, request => markAgain(ports, request, Context.current())),
    eraseRows: activity(Erasing, erasing => alive(eraseRows(ports.store, erasing))),
    eraseSnapshots: activity(Erasing, erasing => alive(eraseSnapshots(ports, erasing))),
    cutLogs: activity(Erasing, erasing => alive(cutLogs(ports, erasing))),
    scanStores: activity(Erasing, erasing => alive(scanStores(ports, erasing))),
    recordErasure: activity(RecordErasure, record => alive(recordErasure(ports.store, record))),
    retain: activity(Retain, request => alive(retain(ports, request))),
    clearTraining: activity(ClearTraining, request => alive(clearTraining(ports, request))),
  };
}

export type Activities = ReturnType<typeof createActivities>;

const BEAT_MS = 5_000;

/** Tells that the worker of this work lives, and how far it is, as often as its thread is free. */
async function alive<T>(work: Promise<T>, progress?: object): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(progress), BEAT_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

/** The workflow that asks, and its run; nothing where none does. */
function asker(): string {
  const { workflowExecution } = Context.current().info;
  return workflowExecution ? `${workflowExecution.workflowId}/${workflowExecution.runId}` : '';
}

/** An activity at the edge: its request is parsed, its errors get Temporal's form. */
function activity<S extends z.ZodType, T>(schema: S, work: (request: z.output<S>) => Promise<T>) {
  return async (request: z.input<S>): Promise<T> => {
    try {
      const parsed = schema.safeParse(request);
      if (!parsed.success) {
        throw new TemperError('INPUT_INVALID', { where: 'an activity', got: z.prettifyError(parsed.error) });
      }
      return await work(parsed.data);
    } catch (error) {
      throw toFailure(error);
    }
  };
}
