import { setTimeout as sleep } from 'node:timers/promises';
import { only, round } from '../../../moves.ts';
import type { Room } from '../../../suite.ts';
import { met, patience, type Watched, type WorkflowRoom } from '../room.ts';

/** Longer than any activity waits for a worker that has died: two minutes, and a minute between attempts. */
export const WITHIN_MS = 300_000;
/** For a deed of a person: a worker has to be there first, on a busy machine too. */
export const PATIENCE_MS = 1_200_000;
/** Each way: so that what asks ClickHouse for a row or two can be met in it. */
const SLOW = { kind: 'slow', delay_ms: 400, bytes_per_s: 10_000_000 } as const;
/** Those that do nothing else for long. */
const ASKS_CLICKHOUSE = ['ensureChampion', 'snapshotExamples', 'promoteRanker', 'setStage', 'measureTrial', 'endTrial'];

/** What came of the kills of a case. */
export class Kills {
  readonly broken: string[] = [];
  readonly measured: Record<string, number | string> = {};
  /** Within an activity: one may end between the moment when it is met and the kill. */
  count = 0;
  readonly #room: Room;
  readonly #workflows: WorkflowRoom;

  constructor(room: Room, workflows: WorkflowRoom) {
    this.#room = room;
    this.#workflows = workflows;
  }

  /** Before the first activity begins: what asks ClickHouse takes its time from here on. */
  slowDown(): void {
    this.#room.stack.clickhouse.proxy.set(SLOW);
  }

  /**
   * kill -9 of the worker within an activity; another worker is started.
   *
   * @param as what the time is called until somebody is at the activity again, or past it
   * @param ripe resolves when the activity is so far as it is to be
   */
  async killIn(
    activity: string,
    of: Watched,
    { as = activity, ripe = async () => {} }: { as?: string; ripe?: () => Promise<unknown> } = {},
  ): Promise<void> {
    const { stack } = this.#room;
    if (ASKS_CLICKHOUSE.includes(activity)) this.slowDown();
    const { recovery_s, missed, stuck } = await this.#kill(activity, of, ripe);
    stack.clickhouse.proxy.set({ kind: 'clear' });
    if (stuck) this.broken.push(stuck);
    if (recovery_s !== undefined) this.count++;
    this.measured[`${as}_s`] = recovery_s ?? missed ?? 'none';
  }

  async #kill(activity: string, of: Watched, ripe: () => Promise<unknown>): Promise<Killed> {
    const { signal, progress } = this.#room;
    const worker = only(this.#room, 'worker');
    if (!(await met(of, activity, { within_ms: WITHIN_MS, signal }))) {
      if (await of.isPast(activity)) return { missed: 'ended unseen' };
      const stuck = `${activity} did not begin: all is over, or nothing got on for ${WITHIN_MS / 1_000} s`;
      return { stuck };
    }
    await ripe();
    process.kill(worker.pid, 'SIGSTOP');
    await sleep(100); // what it had said by then is known
    const isInIt = (await of.underway()).includes(activity);
    await worker.kill();
    const killed_ms = Date.now();
    await this.#workflows.startWorker();
    if (!isInIt) return { missed: 'ended before the kill' };
    progress(`killed in ${activity}`);
    const getsOn = patience(of.progress, WITHIN_MS);
    while ((await of.attempt(activity)) < 2) {
      if (!(await getsOn())) return { stuck: `nobody was at ${activity} again` };
      await sleep(50, undefined, { signal });
    }
    return { recovery_s: round((Date.now() - killed_ms) / 1_000, 1) };
  }
}

interface Killed {
  /** From the kill until somebody is at the activity again, or past it. */
  recovery_s?: number;
  /** It was over before the kill. */
  missed?: string;
  /** Nobody came to it. */
  stuck?: string;
}
