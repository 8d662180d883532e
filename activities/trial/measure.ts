import { z } from 'zod';
import {
  type Group,
  type Judgement,
  judgeTrial,
  type Seen,
  TRIAL_POLICY,
} from '../../models/evaluate/sequential/judge.ts';
import { TemperError } from '../../schemas/errors.ts';
import { nameOf } from '../../schemas/models/stage-names.ts';
import { Stage } from '../../schemas/models/trials.ts';
import { at_ms, id } from '../../schemas/topics/events.ts';
import { Surface } from '../../schemas/topics/ranking.ts';
import type { Ports } from '../ports.ts';
import { calibrations, credits, earnings, exposure, SILENT_MS, service, shadowsOf, silentSince } from './figures.ts';

export const MeasureTrial = z.object({
  surface: Surface,
  experiment: id,
  champion: id,
  stage: Stage,
  /** When the stage began; a little earlier does no harm. */
  since_ms: at_ms,
  /** Stages that are judged apart. */
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
  const { stage, stages, scales, surface, champion } = request;
  const serving = (await ports.champions.of(surface))?.model;
  await refuseSilence(ports, request);
  const look = stage.kind === 'shadow' ? await lookAtShadow(ports, request) : await lookAtLists(ports, request);
  if (serving === champion) return look;
  return {
    ...look,
    decision: 'stop',
    reason: `${serving} is champion now, and not ${champion}, against which it is tried`,
  };

  async function lookAtLists({ store }: Ports, request: MeasureTrial): Promise<Look> {
    const part = { ...request, stage: nameOf(stage) };
    const [served, calibrated, exposed] = [
      await service(store, part),
      await calibrations(store, part),
      await exposure(store, part),
    ];
    const isBoth = stage.kind === 'interleave';
    const earned = isBoth ? await credits(store, part) : await earnings(store, part);
    const group = (name: 'champion' | 'challenger'): Group => ({
      ...earned[name],
      ...served[isBoth ? 'both' : name],
      calibration: isBoth ? null : calibrated[name],
    });
    const seen: Seen = {
      champion: group('champion'),
      challenger: group('challenger'),
      interleaved: earned.interleaved,
    };
    const whole = stage.kind === 'canary' && stage.share === 1;
    const judged = whole ? withoutChampion(seen, stages) : judgeTrial(seen, TRIAL_POLICY, stages, scales);
    return { ...judged, exposed, shadow: null };
  }
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

/** Where all users have the challenger, there is nobody to compare them with: limits alone are held. */
function withoutChampion({ challenger }: Seen, stages: number): Judgement {
  const seen = { champion: challenger, challenger, interleaved: null };
  const judged = judgeTrial(seen, TRIAL_POLICY, stages, null);
  const reason = judged.decision === 'stop' ? judged.reason : `${judged.lists.challenger} lists, all by the challenger`;
  return {
    ...judged,
    decision: judged.decision === 'stop' ? 'stop' : 'continue',
    reason,
    clicks: null,
    value: null,
    scales: null,
    isBehind: false,
  };
}

async function lookAtShadow({ store }: Ports, { experiment, since_ms }: MeasureTrial): Promise<Look> {
  const { champion, challenger, ...shadow } = await shadowsOf(store, { experiment, since_ms });
  const judged = judgeTrial({ champion, challenger, interleaved: null }, TRIAL_POLICY, 1, null);
  const agreed = shadow.kendall === null ? '' : `, Kendall's tau ${shadow.kendall.toFixed(2)} with the champion`;
  const words = `${shadow.lists} lists scored unseen${agreed}, p99 ${shadow.p99_ms.toFixed(1)} ms`;
  const isStopped = judged.decision === 'stop';
  return {
    ...judged,
    decision: isStopped ? 'stop' : 'continue',
    reason: isStopped ? judged.reason : words,
    clicks: null,
    value: null,
    isBehind: false,
    exposed: { users: 0, lists: 0 },
    shadow,
  };
}
