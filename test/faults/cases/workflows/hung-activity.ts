import { setTimeout as sleep } from 'node:timers/promises';
import { cancelRetrain } from '../../../../workflows/clients/client.ts';
import { inTime, round, until } from '../../moves.ts';
import type { Fault, Room } from '../../suite.ts';
import { met, OF_WORKFLOWS, openWorkflowRoom, type WorkflowRoom } from './room.ts';
import { isAlive, trainingOf } from './trainer.ts';

/** workflows/worker: after 15 s nobody waits for an activity; then the process has 20 s in all to take leave. */
const FORCE_S = 15;
const LEAVE_S = 20;
const WITHIN_MS = 300_000;

export const HUNG_ACTIVITY: Fault = {
  ...OF_WORKFLOWS,
  number: 17,
  name: 'hung activity',
  inject:
    'an activity that never resolves: ClickHouse swallows its question, or its training process is frozen; then SIGTERM',
  expect: 'the worker ends within the force time',
  async run(room) {
    const { stack, seed } = room;
    const workflows = await openWorkflowRoom(room);
    const broken: string[] = [];
    const measured: Record<string, number | string> = {};
    const judge = (what: string, { took_s, code }: Stopped) => {
      measured[`${what}_s`] = took_s;
      measured[`${what}_exit_code`] = code ?? 'killed';
      if (took_s > LEAVE_S + 1) broken.push(`${what}: ended after ${took_s} s`);
    };
    try {
      const worker = await workflows.startWorker();
      stack.clickhouse.proxy.set({ kind: 'black hole' });
      await workflows.retrain(seed);
      if (!(await met(workflows, 'ensureChampion', { ...room, within_ms: WITHIN_MS }))) broken.push('nothing hung');
      await sleep(2_000);
      judge('question_without_answer', await stopped(worker, room));
      stack.clickhouse.proxy.set({ kind: 'clear' });

      const next = await workflows.startWorker();
      if (!(await met(workflows, 'trainRanker', { ...room, within_ms: WITHIN_MS }))) broken.push('nothing was trained');
      const child = await trainingOf(next.pid, room);
      if (child === undefined) broken.push('there was no process that trains');
      else process.kill(child, 'SIGSTOP');
      judge('frozen_training', await stopped(next, room));
      if (child !== undefined) {
        const gone = await until(() => !isAlive(child), { within_ms: 10_000, signal: room.signal });
        if (!gone) broken.push('the frozen process is still there');
      }
      measured.force_s = FORCE_S;
      await end(workflows);
      return { broken, measured };
    } finally {
      await workflows.close();
    }
  },
};

interface Stopped {
  took_s: number;
  code: number | undefined;
}

async function stopped(worker: Awaited<ReturnType<WorkflowRoom['startWorker']>>, { signal }: Room): Promise<Stopped> {
  const since_ms = Date.now();
  process.kill(worker.pid, 'SIGTERM'); // by itself alone: execa's own kill sends SIGKILL after 5 s
  const code = await inTime(worker.ended, [worker], 60_000, signal);
  if (code !== 'late') return { took_s: round((Date.now() - since_ms) / 1_000, 1), code };
  await worker.kill();
  return { took_s: Number.POSITIVE_INFINITY, code: undefined };
}

async function end({ client }: WorkflowRoom): Promise<void> {
  await cancelRetrain(client, 'home').catch(() => {}); // nobody waits for it any more
}
