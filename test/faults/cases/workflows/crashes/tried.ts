import { setTimeout as sleep } from 'node:timers/promises';
import { trainingIn } from '../../../../../activities/places.ts';
import type { PlannedStage } from '../../../../../schemas/models/trials.ts';
import { retrainStatus } from '../../../../../workflows/clients/client.ts';
import { decide } from '../../../../../workflows/clients/decisions.ts';
import { only } from '../../../moves.ts';
import type { Room } from '../../../suite.ts';
import { met, patience, type WorkflowRoom, watched } from '../room.ts';
import { isAlive, trainingOf } from '../trainer.ts';
import { type Kills, PATIENCE_MS, WITHIN_MS } from './kill.ts';
import { checkpointed, finished } from './training.ts';

/** Where all users have the challenger it is compared with nobody: it takes time alone, and no visitors. */
const ALL = { stage: { kind: 'canary', share: 1 }, for_ms: 2_000 } satisfies PlannedStage;
export const TRIAL: PlannedStage[] = [ALL, ALL];
/** How long there are lists: a trial ends where none have come for five minutes, which one kill may take on a busy machine. */
const VISITED_MS = 86_400_000;
const LOOK_MS = 50;
/** Activities of a trial, in their order. */
const ACTIVITIES = ['setStage', 'measureTrial', 'promoteRanker', 'endTrial'];

/**
 * A retraining that waits for approval, and whose model is tried before it serves: of its training the process that trains
 * dies alone, and the worker while it waits and in each activity of the trial.
 *
 * @returns its model
 */
export async function tried(room: Room, workflows: WorkflowRoom, kills: Kills): Promise<string | null> {
  const { client } = workflows;
  const run = await workflows.retrain(room.seed + 1, { approval: true, trial: TRIAL });
  await killTrainer(room, workflows, { run, kills });
  await visit(room);
  await approve(room, workflows, kills);
  const trial = watched(client, 'canary-home');
  for (const activity of ACTIVITIES) await kills.killIn(activity, trial, { as: `trial_${activity}` });
  return await finished(room, workflows, { run, of: 'trainer' }, kills);
}

/** kill -9 of the process that trains, once it has something to go on from; the worker has to go on by itself. */
async function killTrainer(
  room: Room,
  workflows: WorkflowRoom,
  { run, kills }: { run: string; kills: Kills },
): Promise<void> {
  const { signal, progress } = room;
  const worker = only(room, 'worker');
  const isMet = await met(workflows, 'trainRanker', { within_ms: WITHIN_MS, signal });
  const trainer = isMet ? await trainingOf(worker.pid, room) : undefined;
  if (trainer === undefined) {
    kills.broken.push('there was no process that trains');
    return;
  }
  await checkpointed(trainingIn(room.stack.config, run), room);
  if (isAlive(trainer)) process.kill(trainer, 'SIGKILL');
  else kills.broken.push('training was over before it could be killed');
  progress('the process that trains is killed');
  const getsOn = patience(workflows.progress, WITHIN_MS);
  while ((await workflows.attempt('trainRanker')) < 2 && (await getsOn())) await sleep(LOOK_MS, undefined, { signal });
  if (only(room, 'worker').pid !== worker.pid) kills.broken.push('the worker went with it');
}

/** A list and an example of no trial and of no layout of features: nobody learns from them, or judges by them. */
async function visit({ stack }: Room): Promise<void> {
  const visited = { list: 'visit', user: 'visitor', surface: 'home', at: Date.now() + VISITED_MS };
  for (const table of ['ranked_lists', 'examples']) await stack.store.insert(table, [visited]);
}

/** The worker dies while a model waits for somebody; what is decided then goes to the next one. */
async function approve(room: Room, { client, startWorker, progress }: WorkflowRoom, kills: Kills): Promise<void> {
  const getsOn = patience(progress, WITHIN_MS);
  const waits = async () => (await retrainStatus(client, 'home')).step === 'approve';
  while (!(await waits())) {
    if (!(await getsOn())) {
      kills.broken.push('no model waited for approval');
      return;
    }
    await sleep(LOOK_MS, undefined, { signal: room.signal });
  }
  await only(room, 'worker').kill();
  room.progress('killed while a model waits for approval');
  await startWorker();
  kills.slowDown();
  await decide(client, 'home', 'approve', { by: 'faults', reason: 'a fault' }, { patience_ms: PATIENCE_MS });
}
