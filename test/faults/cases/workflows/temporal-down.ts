import { setTimeout as sleep } from 'node:timers/promises';
import { retrainResult } from '../../../../workflows/clients/client.ts';
import { round } from '../../moves.ts';
import type { Fault, Room } from '../../suite.ts';
import { met, OF_WORKFLOWS, openWorkflowRoom, standing, type WorkflowRoom } from './room.ts';

const DOWN_MS = 10_000;
const WITHIN_MS = 300_000;

export const TEMPORAL_DOWN: Fault = {
  ...OF_WORKFLOWS,
  number: 18,
  name: 'Temporal down',
  inject:
    'Temporal is killed with -9 in one step of a retraining and stopped in another, for 10 s each, and started again',
  expect: 'the retraining goes on where it was, and promotes once',
  async run(room) {
    const { stack, seed, random } = room;
    const workflows = await openWorkflowRoom(room);
    try {
      await workflows.startWorker();
      const run = await workflows.retrain(seed);
      const first = random.below(2) === 0 ? 'snapshotExamples' : 'trainRanker';
      const broken: string[] = [];
      let restarts = 0;
      for (const [n, step] of [first, 'evaluateRanker'].entries()) {
        if (!(await met(workflows, step, { ...room, within_ms: WITHIN_MS }))) broken.push(`${step} was never met`);
        room.progress(`Temporal ${n === 0 ? 'killed' : 'stopped'} in ${step}`);
        if (n === 0) await stack.temporal!.crash();
        else await stack.temporal!.stopProgram();
        await sleep(DOWN_MS, undefined, { signal: room.signal });
        await stack.temporal!.start();
        restarts += await workerAgain(room, workflows);
      }
      const back_ms = Date.now();
      const { promoted, model } = await retrainResult(workflows.client, 'home', run);
      const took_s = round((Date.now() - back_ms) / 1_000, 1);
      if (!promoted) broken.push('the model was not promoted');
      const { rows, raw, models, broken: wrong } = await standing(stack);
      if (rows !== 2 || models.at(-1) !== model) broken.push(`the history is ${models.join(', ')}`);
      const measured = { down_s: DOWN_MS / 1_000, back_to_promotion_s: took_s, restarts, rows, raw_rows: raw };
      return { broken: [...broken, ...wrong], measured };
    } finally {
      await workflows.close();
    }
  },
};

/** A worker that has ended for want of Temporal is run again, as its supervisor would. @returns how many were */
async function workerAgain({ stack }: Room, workflows: WorkflowRoom): Promise<number> {
  if (stack.running('worker').length > 0) return 0;
  await workflows.startWorker();
  return 1;
}
