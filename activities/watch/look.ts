import { z } from 'zod';
import { type ClickFactor, UNCORRECTED } from '../../models/ads/click-factor.ts';
import { FEATURES_VERSION } from '../../models/features/vector.ts';
import { openModel } from '../../models/registry/registry.ts';
import { modelsIn } from '../../models/registry/store/place.ts';
import { type Change, type Signal, whenLearnable } from '../../models/watch/decide.ts';
import { judgeLook, type Windows, windowsOf } from '../../models/watch/judge.ts';
import { readWatchPolicy } from '../../models/watch/policy.ts';
import type { Figures, Watched } from '../../models/watch/reading.ts';
import { type Drifted, driftsOf } from '../../models/watch/signals/windows.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';
import type { Manifest, Promotion } from '../../schemas/models/models.ts';
import type { PlannedStage } from '../../schemas/models/trials.ts';
import type { WatchPolicy } from '../../schemas/policies/watch-policy.ts';
import { at_ms } from '../../schemas/topics/events.ts';
import { Surface } from '../../schemas/topics/ranking.ts';
import type { Ports } from '../ports.ts';
import { championOf } from '../promotions/champion.ts';
import { startOfNewest } from '../snapshot/snapshot-examples.ts';
import { adClicksIn, adFactorIn } from './ads.ts';
import { calibrationIn, listsIn, trafficIn } from './clicks.ts';
import { type RecordDeed, readPast, writeLook } from './record.ts';
import { type Reference, referenceOf } from './reference.ts';
import type { Span } from './rows.ts';
import { serviceIn } from './service.ts';
import { spreadsIn } from './spreads.ts';

export const LookAtChampion = z.object({
  surface: Surface,
  at_ms,
  /** The workflow and its run, for the record. */
  workflow: z.string(),
  /** Nothing is written down, and nothing is to follow. */
  isDry: z.boolean(),
});
export type LookAtChampion = z.infer<typeof LookAtChampion>;

/** What a look saw, and what is to follow. */
export interface WatchLook extends Omit<RecordDeed, 'outcome'> {
  signals: Signal[];
  /** The features that drifted the most. */
  drifts: Drifted[];
  /** How a retraining that begins now is to go on, as the configuration says. */
  retraining: { trial: PlannedStage[]; approval: boolean; span?: { from_ms: number; until_ms: number } };
}

/** Sinks insert once a second; what comes later is in the next look. */
const SETTLING_MS = 15_000;
const MINUTE_MS = 60_000;
/** Whose champion says what ads are sold by. */
const SELLS_ADS: Surface = 'home';
/** How far back lists teach how often ads are clicked. */
const WEEK_MS = 7 * 24 * 3_600_000;
const TOLD_DRIFTS = 10;
/** It stands in promotions and in the names of workflows. */
const REASON_CHARS = 480;

/**
 * Looks at the champion of a surface: reads what was logged as it served, judges it by the policy and by what earlier
 * looks left, and writes that down before anything follows.
 *
 * @returns null where nobody serves
 * @throws CONFIG_INVALID, MODEL_REFUSED where the champion is not in the registry
 */
export async function lookAtChampion(ports: Ports, request: LookAtChampion): Promise<WatchLook | null> {
  const { config, store } = ports;
  const { surface, at_ms, workflow } = request;
  const champion = await championOf(ports, surface);
  if (!champion) {
    if (!request.isDry) ports.looked(surface, at_ms, 'none');
    return null;
  }
  const policy = readWatchPolicy(config.watchPolicy);
  const { manifest } = await openModel(modelsIn(config), champion.model, champion.manifest);
  const watched = await watchedIn(ports, champion, manifest);
  // Until its purchase window is over a list may get clicks.
  const windows = windowsOf(watched, at_ms - config.purchaseWindow_ms - SETTLING_MS, policy);
  const figures = await figuresOf(ports, { surface, at_ms, isDry: request.isDry, watched, manifest, windows, policy });
  const about = { surface, at_ms, model: watched.model, promoted_ms: watched.promoted_ms };
  const past = await readPast(ports, about);
  const every_ms = config.watchEvery_ms ?? 0;
  const judged = judgeLook(watched, figures, past, { policy, epoch: windows.epoch, every_ms });
  const { signals } = judged;
  const since = judged.change && { surface, from_ms: judged.change.began_ms, until_ms: at_ms };
  const lists = since ? await listsIn(store, since) : 0;
  const { act, reason, change } = whenLearnable(judged, { lists, at_ms, retrained: past.retrained }, policy);
  const drifts = figures.spreads ? driftsOf(figures.spreads, policy.alpha, policy.drift) : [];
  const deed = { ...about, act, reason: reason.slice(0, REASON_CHARS), workflow };
  if (!request.isDry) {
    if (figures.factor) {
      const { factor } = figures.factor;
      await ports.ads.learned({ v: 1, part: 'click_factor', at_ms, model: watched.model, factor });
    }
    await writeLook(ports, { ...deed, outcome: '' }, signals, drifts);
    ports.looked(surface, at_ms, act);
  }
  const retraining = {
    ...{ trial: config.trial, approval: config.approval === 'needed' },
    ...(change && { span: await spanOf(store, { surface, at_ms, change, least: policy.retrain.lists }) }),
  };
  return { ...deed, signals, drifts: drifts.slice(0, TOLD_DRIFTS), retraining };
}

/** What a retraining is to learn from: what came since the change, and more only where that is too little. */
async function spanOf(
  store: RowStore,
  { surface, at_ms, change, least }: { surface: Surface; at_ms: number; change: Change; least: number },
) {
  const newest_ms = await startOfNewest(store, { surface, until_ms: at_ms, lists: least });
  return { from_ms: Math.min(change.began_ms, newest_ms), until_ms: at_ms };
}

async function watchedIn(
  { store }: Ports,
  promotion: Promotion,
  { kind, features_version }: Manifest,
): Promise<Watched> {
  const { surface, model, previous, at_ms: promoted_ms } = promotion;
  const [row] = await store.query<{ kind: string }>(
    `SELECT kind FROM promotions FINAL WHERE surface = {surface:String} AND model = {model:String}
       AND at = fromUnixTimestamp64Milli({promoted_ms:Int64}) AND kind IN ('promotion', 'rollback')`,
    { surface, model, promoted_ms },
  );
  // A champion of another layout than today's is served by nobody.
  const isTrained = kind !== 'popularity' && features_version === FEATURES_VERSION;
  return { model, former: previous, promoted_ms, isPromoted: row?.kind !== 'rollback', isTrained };
}

interface Asked {
  surface: Surface;
  at_ms: number;
  isDry: boolean;
  watched: Watched;
  manifest: Manifest;
  windows: Windows;
  policy: WatchPolicy;
}

async function figuresOf(
  ports: Ports,
  { surface, at_ms, isDry, watched, manifest, windows, policy }: Asked,
): Promise<Figures> {
  const { store, config } = ports;
  const span = (from_ms: number, until_ms: number): Span => ({ surface, model: watched.model, from_ms, until_ms });
  const { from_ms, until_ms } = windows.reference;
  const { recent, epoch, succession } = windows;
  // How lists failed before it served is not its fault.
  const health_ms = Math.max(watched.promoted_ms, at_ms - policy.health_minutes * MINUTE_MS);
  const isJudged = watched.isTrained && windows.isReferenceOver;
  const reference = isJudged ? await referenceOf(ports, span(from_ms, until_ms), manifest, { isDry }) : null;
  const window = isJudged && recent ? span(recent.from_ms, recent.until_ms) : null;
  const spreads = window && reference ? await spreadsOf(ports, window, reference) : null;
  return {
    at_ms,
    spreads: spreads?.slice(0, -1) ?? null,
    scores: spreads?.at(-1) ?? null,
    calibration:
      window && policy.calibration.act !== 'off'
        ? { before: await calibrationIn(store, span(from_ms, until_ms)), after: await calibrationIn(store, window) }
        : null,
    ads: window && surface === SELLS_ADS && policy.ads.act !== 'off' ? await adClicksIn(store, window) : null,
    factor:
      watched.isTrained && surface === SELLS_ADS
        ? await factorIn(store, { model: watched.model, from_ms: at_ms - WEEK_MS, until_ms: windows.until_ms }, policy)
        : null,
    traffic:
      isJudged && epoch
        ? await trafficIn(store, { before: span(from_ms, until_ms), after: span(epoch.since_ms, windows.until_ms) })
        : null,
    succession:
      watched.isTrained && succession && watched.former !== null
        ? await trafficIn(store, {
            before: { ...span(0, 0), ...succession.before, model: watched.former },
            after: { ...span(0, 0), ...succession.after },
          })
        : null,
    service: await serviceIn(store, span(health_ms, at_ms), {
      before: reference?.defaults ?? null,
      label_ms: config.labelWindow_ms + SETTLING_MS,
    }),
  };
}

/** Where the policy wants no correction, nothing is read, and what was learned before is taken back. */
async function factorIn(
  store: RowStore,
  sold: { model: string; from_ms: number; until_ms: number },
  { ads, least }: WatchPolicy,
): Promise<ClickFactor | null> {
  return ads.correct ? adFactorIn(store, sold, least) : UNCORRECTED;
}

/** Nothing where there were no lists. */
async function spreadsOf({ store }: Ports, window: Span, { features, edges, spreads }: Reference) {
  const now = await spreadsIn(store, window, edges);
  if (now.length === 0) return null;
  return features.map((feature, place) => ({ feature, reference: spreads[place]!, now: now[place]! }));
}
