import type { PlannedStage, Trial } from '../../../schemas/models/trials.ts';
import type { CanaryInput, canary } from '../../../workflows/canary/canary.ts';
import { PAUSE } from '../../../workflows/canary/looks.ts';
import { cancelRetrain, retrainResult, startRetrain, type TemporalClient } from '../../../workflows/clients/client.ts';
import { decide, rollBack, trialStatus } from '../../../workflows/clients/decisions.ts';
import { TASK_QUEUE } from '../../../workflows/places.ts';
import { INPUT, type RealRoom } from '../../workflows/real-run.ts';
import { ENOUGH, type Recorder, until } from './recorder.ts';
import { requireThat, whenItWaits } from './retrainings.ts';

const BY = { by: 'anna', reason: 'empty lists' };
const ID = 'canary-home';
/** Of one shop each training has a seed of its own: the same model would be registered again. */
const SEEDS = { promoted: 14, stopped: 15, cancelled: 16, resumed: 17 };
const SHADOW = { kind: 'shadow' } as const;
const part = (share: number) => ({ kind: 'canary', share }) as const;
const lasting = (for_ms: number, stage: PlannedStage['stage']): PlannedStage => ({ stage, for_ms });
const second = (stage: PlannedStage['stage']): PlannedStage => lasting(1_000, stage);
/** Long enough for whoever wants to end it. */
const long = (stage: PlannedStage['stage']): PlannedStage => lasting(60_000, stage);

/** A retraining that waits for approval and goes through a trial, that trial, and the rollback of what it promoted. */
export async function trial(to: Recorder): Promise<void> {
  const room = await to.room(ENOUGH);
  const { client } = room;
  const stages = [second(SHADOW), second(part(1))]; // nobody comes, and so nothing would be shown by one that compares
  await startRetrain(client, { ...INPUT, seed: SEEDS.promoted, approval: true, trial: stages });
  await whenItWaits(client, 'approve');
  requireThat((await retrainResult(client, 'home')).promoted, 'a promotion');
  await to.write(client, { workflow: 'retrain', what: 'trial', id: 'retrain-home' });
  await to.write(client, { workflow: 'canary', what: 'promoted', id: ID });
  await rollBack(client, 'home', BY);
  await to.write(client, { workflow: 'rollback', id: 'rollback-home' });
  await rollBack(client, 'home', BY, { seen: 'home-0000000000' }).catch(() => {});
  await to.write(client, { workflow: 'rollback', what: 'refused', id: 'rollback-home' });
}

/** A trial that a guardrail stops, one that goes with its retraining, and one that somebody pauses and ends. */
export async function ends(to: Recorder): Promise<void> {
  const room = await to.room(ENOUGH);
  const { client } = room;
  await startRetrain(client, { ...INPUT, seed: SEEDS.stopped, trial: [second(SHADOW), long(part(0.05))] });
  await fail(room, await stageIs(client, 'canary 5 %'));
  requireThat((await retrainResult(client, 'home')).trial?.outcome === 'stopped', 'a trial that is stopped');
  await to.write(client, { workflow: 'retrain', what: 'trial-stopped', id: 'retrain-home' });
  await to.write(client, { workflow: 'canary', what: 'stopped', id: ID });

  await startRetrain(client, { ...INPUT, seed: SEEDS.cancelled, trial: [long(part(0.25))] });
  await stageIs(client, 'canary 25 %');
  await cancelRetrain(client, 'home');
  await retrainResult(client, 'home').catch(() => {});
  await to.write(client, { workflow: 'retrain', what: 'trial-cancelled', id: 'retrain-home' });
  await to.write(client, { workflow: 'canary', what: 'cancelled', id: ID });

  const backs = await tryAgain(room, [long({ kind: 'interleave', share: 0.1 })]);
  await stageIs(client, 'interleave 10 %');
  await decide(client, 'home', 'pause', BY);
  await rollBack(client, 'home', BY);
  requireThat((await backs.result()).by === BY.by, 'a trial that was taken back');
  await to.write(client, { workflow: 'canary', what: 'paused-rolled-back', id: ID });
}

/** A trial by shadow, interleaving and canary that somebody pauses, and lets go on; too few come to show anything. */
export async function resumption(to: Recorder): Promise<void> {
  const room = await to.room(ENOUGH);
  const { client } = room;
  const both = lasting(2_000, { kind: 'interleave', share: 0.1 });
  await startRetrain(client, { ...INPUT, seed: SEEDS.resumed, trial: [second(SHADOW), both, ...[0.01, 1].map(part).map(second)] });
  await stageIs(client, 'interleave 10 %');
  await decide(client, 'home', 'pause', BY);
  await until('wait of a paused trial', () => isWaiting(client, PAUSE.between_ms));
  await visit(room);
  await decide(client, 'home', 'resume', { by: 'bert', reason: 'all is well' });
  requireThat((await retrainResult(client, 'home')).trial?.outcome === 'undecided', 'a trial without a word either way');
  await to.write(client, { workflow: 'canary', what: 'resumed', id: ID });
}

async function stageIs(client: TemporalClient, stage: string): Promise<string> {
  return until(`stage ${stage}`, async () => {
    const status = await trialStatus(client, 'home');
    return status?.stage === stage && status.experiment;
  });
}

/** Another trial of the model that was on trial last. */
async function tryAgain({ client, ports }: RealRoom, stages: PlannedStage[]) {
  const { model, manifest, champion } = ports.champions.trials.findLast(trial => !('ended' in trial)) as Trial;
  const input: CanaryInput = { ...{ surface: 'home', model, manifest, champion, stages }, reason: 'again', requestedBy: 'vitest' };
  return client.temporal.workflow.start<typeof canary>('canary', { workflowId: ID, taskQueue: TASK_QUEUE, args: [input] });
}

/** Its lists fall back to popularity, as far as the archive tells. */
async function fail({ ports: { store } }: RealRoom, experiment: string): Promise<void> {
  const of = { surface: 'home', experiment, stage: 'canary 5 %', assigned: 'challenger', role: 'fallback' };
  await store.insert('ranked_lists', Array.from({ length: 300 }, (_, n) => ({ ...of, ...listOf(n), arm: 'fallback' })));
}

/** Somebody comes in a minute: a trial whose tables say nothing for five minutes is watched by nobody. */
async function visit({ ports: { store } }: RealRoom): Promise<void> {
  const visited = { surface: 'home', ...listOf(1_000), at: Date.now() + 60_000 };
  await store.insert('ranked_lists', [visited]);
  await store.insert('examples', [{ ...visited, topic: 'visit' }]);
}

async function isWaiting({ temporal }: TemporalClient, for_ms: number): Promise<boolean> {
  const { events } = await temporal.workflow.getHandle(ID).fetchHistory();
  return events!.some(({ timerStartedEventAttributes: timer }) => {
    return Number(timer?.startToFireTimeout?.seconds) * 1_000 >= for_ms;
  });
}

const listOf = (n: number) => ({ list: `visit-${n}`, user: `user-${n % 60}`, at: Date.now() });
