import { z } from 'zod';
import type { Allowed, Service } from '../../models/evaluate/sequential/guardrails.ts';
import {
  type Judgement,
  judgeLimits,
  judgeTrial,
  type Seen,
  TRIAL_POLICY,
} from '../../models/evaluate/sequential/judge.ts';
import { readGatePolicy } from '../../models/evaluate/verdict.ts';
import { TemperError } from '../../schemas/errors.ts';
import { isCompared, nameOf } from '../../schemas/models/stage-names.ts';
import { Stage } from '../../schemas/models/trials.ts';
import type { GatePolicy } from '../../schemas/policies/gate-policy.ts';
import { at_ms, id } from '../../schemas/topics/events.ts';
import { Surface } from '../../schemas/topics/ranking.ts';
import type { Ports } from '../ports.ts';
import { credits, earnings, exposure, SILENT_MS, shadowsOf, silentSince } from './figures.ts';
import { calibrations, service, serviceBefore } from './service.ts';

export const MeasureTrial = z.object({
  surface: Surface,
  experiment: id,
  champion: id,
  stage: Stage,
  /** When the stage began; a little earlier does no harm. */
  since_ms: at_ms,
  /** Of the trial, in which both are compared. */
  stages: z.int().positive(),
  /** What earlier looks at this stage returned. */
  scales: z.object({ clicks: z.number(), value: z.number() }).nullable(),
});
export type MeasureTrial = z.infer<typeof MeasureTrial>;

/** What a look at a trial saw, and what it says. */
export interface Look extends Judgement {
  /** Users who got a list that the challenger had a part in, and those lists, in all stages. */
  exposed: { users: number; lists: number };
  /** Of a shadow: how far it agrees with the champion, and what its scores cost. */
  shadow: { lists: number; kendall: number | null; overlap: number | null; p50_ms: number; p99_ms: number } | null;
}

/**
 * Looks at a trial: reads what its lists brought so far from ClickHouse, and judges it. Nothing is changed by it.
 *
 * @throws DATA_INSUFFICIENT where rows have ceased to come: nothing would ever speak against a challenger that nobody sees
 */
export async function measureTrial(ports: Ports, request: MeasureTrial): Promise<Look> {
  const { stage, surface, champion } = request;
  const serving = (await ports.champions.of(surface))?.model;
  await refuseSilence(ports, request);
  const look = stage.kind === 'shadow' ? await lookAtShadow(ports, request) : await lookAtLists(ports, request);
  if (serving === champion) return look;
  return {
    ...look,
    decision: 'stop',
    reason: `${serving} is champion now, and not ${champion}, against which it is tried`,
  };
}

async function lookAtLists({ store, config }: Ports, request: MeasureTrial): Promise<Look> {
  const { stage, stages, scales } = request;
  const part = { ...request, stage: nameOf(stage) };
  const [served, calibrated, exposed] = [
    await service(store, part),
    await calibrations(store, part),
    await exposure(store, part),
  ];
  const isBoth = stage.kind === 'interleave';
  const earned = isBoth ? await credits(store, part) : await earnings(store, part);
  const own = isBoth
    ? { ...served.both, calibration: null, categories: served.teams.challenger }
    : { ...served.challenger, calibration: calibrated.challenger };
  const beside = await champion({ ...served.champion, calibration: calibrated.champion });
  const categories = isBoth ? served.teams.champion : beside.champion.categories;
  const seen: Seen = {
    ...beside,
    champion: { ...earned.champion, ...beside.champion, categories },
    challenger: { ...earned.challenger, ...own },
    interleaved: earned.interleaved,
  };
  const judged = isCompared(stage)
    ? judgeTrial(seen, TRIAL_POLICY, stages, scales)
    : judgeLimits(seen, TRIAL_POLICY, `${seen.challenger.clicks.lists} lists, all by the challenger`);
  return { ...judged, exposed, shadow: null };

  /** How the champion makes its lists: in this stage, or where all users or nearly all have the challenger, before it. */
  async function champion(now: Service): Promise<Pick<Seen, 'allowed'> & { champion: Service }> {
    if (now.served >= TRIAL_POLICY.least.lists) return { champion: now };
    const before = await serviceBefore(store, request, TRIAL_POLICY.least.lists);
    return { champion: before ?? NOTHING_KNOWN, allowed: allowedBy(readGatePolicy(config.gates)) };
  }
}

const NOTHING_KNOWN: Service = {
  served: 0,
  failed: 0,
  score_ms: null,
  p99_ms: null,
  calibration: null,
  categories: null,
};

function allowedBy({ serving, calibration }: GatePolicy): Allowed {
  return {
    score_ms: serving.mode === 'refuse' ? serving.p99_ms : null,
    calibration: calibration.mode === 'refuse' ? calibration.ece : null,
  };
}

async function refuseSilence({ store, config }: Ports, request: MeasureTrial): Promise<void> {
  const [isShadow, label_ms] = [request.stage.kind === 'shadow', config.labelWindow_ms];
  const silent = await silentSince(store, request, { isShadow, label_ms, now_ms: Date.now() });
  if (silent.length === 0) return;
  throw new TemperError('DATA_INSUFFICIENT', {
    where: silent.join(' and '),
    expected: `rows of ${request.surface} within ${SILENT_MS / 60_000} minutes`,
    got: 'none',
    next: 'see whether the sinks and the outcomes run, and whether anybody visits the shop (temper status)',
  });
}

async function lookAtShadow({ store }: Ports, { experiment, since_ms }: MeasureTrial): Promise<Look> {
  const { champion, challenger, ...shadow } = await shadowsOf(store, { experiment, since_ms });
  const agreed = shadow.kendall === null ? '' : `, Kendall's tau ${shadow.kendall.toFixed(2)} with the champion`;
  const words = `${shadow.lists} lists scored unseen${agreed}, p99 ${shadow.p99_ms.toFixed(1)} ms`;
  const judged = judgeLimits({ champion, challenger, interleaved: null }, TRIAL_POLICY, words);
  return { ...judged, exposed: { users: 0, lists: 0 }, shadow };
}
